# 멤버가 보는 페이지의 문구입니다. 두 언어의 키는 같아야 하며 테스트가 확인합니다.
reset-title = 새 비밀번호 설정
reset-intro = 앞으로 이 비밀번호로 로그인합니다. 모든 기기에서 로그아웃됩니다.
reset-password = 새 비밀번호
reset-hint = 8자 이상 입력해 주세요. 나만 떠올릴 수 있는 단어 몇 개를 이어 쓰면 좋습니다.
reset-again = 새 비밀번호 확인
reset-button = 새 비밀번호 저장
reset-done-title = 비밀번호를 변경했습니다
reset-done-text = 이 페이지를 닫고 새 비밀번호로 로그인해 주세요.

forgot-title = 비밀번호 재설정
forgot-intro = 가입하신 이메일 주소를 입력하시면 인증 코드를 보내 드립니다.
forgot-button = 인증 코드 받기
forgot-aside = 이미 코드를 받았습니다
email-label = 이메일 주소

code-title = 인증 코드 입력
code-intro = 이 주소로 가입된 계정이 있다면 인증 코드가 담긴 메일이 곧 도착합니다. 스팸함도 확인해 주세요. 코드는 10분 동안 사용할 수 있습니다.
code-label = 메일로 받은 인증 코드
code-hint = 숫자 6자리입니다.
code-button = 새 비밀번호 저장
code-aside = 메일이 오지 않았나요? 코드 다시 받기

verify-title = 본인의 이메일 주소가 맞나요?
verify-intro = 버튼을 한 번 누르면 인증됩니다.
verify-button = 네, 인증합니다
verify-done-title = 이메일 주소를 인증했습니다
verify-done-text = 이 페이지를 닫아도 됩니다.

resend-title = 인증 메일 다시 받기
resend-intro = 가입하신 이메일 주소를 입력하시면 새 링크가 담긴 메일을 보내 드립니다.
resend-button = 인증 메일 받기
resend-next = 인증 메일 다시 받기
resend-done-title = 메일함을 확인해 주세요
resend-done-text = 인증이 필요한 주소라면 새 링크가 담긴 메일이 곧 도착합니다. 스팸함도 확인해 주세요. 전에 받은 링크는 더 이상 사용할 수 없습니다.

expired-title = 더 이상 사용할 수 없는 링크입니다
expired-reset-text = 이미 사용했거나, 기한이 지났거나, 더 최근에 보낸 링크가 있습니다. 앱에서 다시 요청한 뒤 가장 최근 메일의 링크를 눌러 주세요.
expired-next = 인증 코드 받기
expired-verify-text = 이미 사용했거나, 기한이 지났거나, 더 최근에 보낸 링크가 있습니다. 이메일 주소를 이미 인증했다면 그대로 두셔도 됩니다.

missing-title = 페이지를 찾을 수 없습니다
missing-text = 메일에 있는 링크 전체를 다시 열어 주세요.
method-title = 이 방법으로는 열 수 없는 페이지입니다
method-text = 메일에 있는 링크를 다시 열어 주세요.
large-title = 입력이 너무 큽니다
large-text = 양식이나 파일이 너무 큽니다. 뒤로 돌아가 나누어 보내거나 더 작은 파일을 선택하세요.
busy-title = 잠시만 기다려 주세요
busy-text = 지금은 서버가 바쁩니다. 몇 초 뒤에 이전 페이지로 돌아가 다시 시도해 주세요.
limited-title = 시도가 너무 많습니다
limited-text = 몇 분 뒤에 다시 시도해 주세요.
limited-mails-text = 이미 받은 메일이 있는지 확인해 주세요. 스팸함에 있을 수도 있습니다. 메일이 오지 않았다면 몇 분 뒤에 다시 시도해 주세요.
broken-title = 문제가 생겼습니다
broken-text = 저희 쪽 오류이며 기록해 두었습니다. 계속되면 고객센터에 다음 번호를 알려 주세요:
refused-title = 처리할 수 없습니다
refused-text = 앱의 고객센터에 문의해 주세요.

fault-summary = 다음 내용을 확인해 주세요
fault-prefix = 오류

reason-email = 이메일 주소가 아닙니다.
reason-code = 코드가 틀렸거나 더 이상 사용할 수 없습니다. 가장 최근 메일의 코드를 입력해 주세요.
reason-required = 입력해 주세요.
reason-too-short = { $min }자 이상이어야 합니다.
reason-too-long = { $max }자 이하여야 합니다.
reason-too-common = 너무 많은 사람이 쓰는 비밀번호라 쉽게 뚫립니다. 다른 비밀번호를 골라 주세요.
reason-too-similar = 이메일 주소, 이름, 전화번호, 서비스 이름과 같은 비밀번호는 쓸 수 없습니다.
reason-mismatch = 두 비밀번호가 서로 다릅니다.
reason-malformed = 사용할 수 없는 문자가 있습니다.
reason-other = 사용할 수 없는 값입니다. 다른 값을 골라 주세요.

languages = 언어
