# 계약이 직접 정하지 않은 문장. 키는 en.ftl과 같다.
# `error-CODE`는 실패, `reason-REASON`은 필드가 잘못된 이유이고, `reason-REASON-FIELD`는 특정 입력 필드에 맞춘 문장이다
# (`too_similar`에서는 비밀번호가 무엇과 같은지).

## 처리 중의 실패

error-invalid = 요청이 올바르지 않습니다.
error-email_taken = 이미 가입된 이메일 주소입니다.
error-username_taken = 이미 사용 중인 사용자 이름입니다.
error-phone_taken = 이미 가입된 휴대전화 번호입니다.
error-nickname_taken = 이미 사용 중인 닉네임입니다.
error-identity_taken = 이미 가입된 사용자입니다.
error-upload_taken = 이미 다른 계정에서 사용 중인 파일입니다.
error-wrong_credentials = 로그인 정보가 올바르지 않습니다.
error-wrong_password = 비밀번호가 올바르지 않습니다.
error-unauthenticated = 로그인이 필요합니다.
error-reauthentication_required = 로그인한 지 오래되었습니다. 다시 로그인해 주세요.
error-forbidden = 권한이 없습니다.
error-not_found = 찾을 수 없습니다.
error-account_not_found = 존재하지 않는 계정입니다.
error-account_pending = 승인 대기 중인 계정입니다.
error-account_rejected = 승인이 거절된 계정입니다.
error-account_suspended = 이용이 정지된 계정입니다.
error-code_invalid = 인증 코드가 올바르지 않거나 만료되었습니다.
error-token_invalid = 토큰이 올바르지 않거나 만료되었습니다.
error-token_revoked = 더 이상 사용할 수 없는 토큰입니다.
error-email_not_proven = 먼저 이메일 주소를 인증해 주세요.
error-email_domain_not_allowed = 사용할 수 없는 이메일 도메인입니다.
error-product_key_unknown = 존재하지 않는 제품 키입니다.
error-product_key_used = 이미 사용 중인 제품 키입니다.
error-already_friends = 이미 친구입니다.
error-self_not_allowed = 자기 자신에게는 할 수 없습니다.
error-not_friends = 친구가 아닙니다.
error-in_another_room = 참여 중인 방이 있습니다.
error-room_full = 방의 정원이 찼습니다.
error-wrong_room_password = 방 비밀번호가 올바르지 않습니다.
error-too_soon = 변경한 지 얼마 되지 않았습니다. 나중에 다시 시도해 주세요.
error-already_decided = 이미 처리되었습니다.
error-already_exists = 이미 존재합니다.
error-idempotency_key_reused = 이 멱등 키는 다른 요청에 이미 쓰였습니다.
error-message_gone = 이 메시지는 더 이상 보낼 내용이 없습니다.
error-request_in_progress = 같은 요청을 처리하고 있습니다. 잠시 후 다시 시도해 주세요.
error-too_many_requests = 요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.
error-unavailable = 요청이 몰리고 있습니다. 잠시 후 다시 시도해 주세요.

## 요청 자체의 실패

error-route_not_found = 존재하지 않는 주소입니다.
error-method_not_allowed = 허용되지 않는 메서드입니다.
error-body_malformed = 요청 본문을 읽을 수 없습니다.
error-body_too_large = 요청 본문이 너무 큽니다.
error-unsupported_media_type = 지원하지 않는 콘텐츠 형식입니다.
error-internal = 서버에 문제가 발생했습니다.

## 필드가 잘못된 이유

reason-required = 필수 항목입니다.
reason-blank = 빈 값은 입력할 수 없습니다.
reason-malformed = 올바른 값을 입력해 주세요.
reason-malformed-email = 올바른 이메일 주소를 입력해 주세요.
reason-malformed-phone_number = 올바른 전화번호를 입력해 주세요.
reason-malformed-birthdate = 날짜를 YYYY-MM-DD 형식으로 입력해 주세요.
reason-malformed-preferred_username = 사용자 이름에 사용할 수 없는 문자가 있습니다.
reason-malformed-password = 비밀번호를 문자열로 입력해 주세요.
reason-too_short = { $min }자 이상 입력해 주세요.
reason-too_short-password = 비밀번호는 { $min }자 이상이어야 합니다.
reason-too_long = { $max }자 이하로 입력해 주세요.
reason-too_long-password = 비밀번호는 { $max }자 이하여야 합니다.
reason-too_long-uploads = 최대 { $max }개까지 보낼 수 있습니다.
reason-too_long-interests = 최대 { $max }개까지 고를 수 있습니다.
reason-too_common = 너무 흔한 비밀번호입니다. 추측하기 어려운 비밀번호를 선택해 주세요.
reason-too_similar = 비밀번호는 계정에 등록된 정보와 같을 수 없습니다.
reason-too_similar-email = 비밀번호는 이메일 주소와 같을 수 없습니다.
reason-too_similar-local_part = 비밀번호는 이메일 주소의 아이디 부분과 같을 수 없습니다.
reason-too_similar-preferred_username = 비밀번호는 사용자 이름과 같을 수 없습니다.
reason-too_similar-name = 비밀번호는 이름과 같을 수 없습니다.
reason-too_similar-given_name = 비밀번호는 이름과 같을 수 없습니다.
reason-too_similar-family_name = 비밀번호는 성과 같을 수 없습니다.
reason-too_similar-nickname = 비밀번호는 닉네임과 같을 수 없습니다.
reason-too_similar-phone_number = 비밀번호는 전화번호와 같을 수 없습니다.
reason-too_similar-service = 비밀번호는 서비스 이름과 같을 수 없습니다.
reason-mismatch = 두 입력값이 일치하지 않습니다.
reason-mismatch-password_again = 두 비밀번호가 일치하지 않습니다.
reason-not_a_choice = 허용된 값 중에서 선택해 주세요.
reason-not_a_choice-gender = 허용된 성별 값 중에서 선택해 주세요.
reason-out_of_range = 허용된 범위를 벗어난 값입니다.
reason-out_of_range-birthdate = 실제 생년월일을 입력해 주세요.
reason-unknown = 존재하지 않는 항목입니다.
reason-unknown-organization = 존재하지 않는 단체입니다.
reason-taken = 이미 사용 중인 값입니다.
reason-taken-email = 이미 가입된 이메일 주소입니다.
reason-taken-preferred_username = 이미 사용 중인 사용자 이름입니다.
reason-taken-phone_number = 이미 가입된 전화번호입니다.
reason-taken-nickname = 이미 사용 중인 닉네임입니다.
