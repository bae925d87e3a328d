# 관리자가 들어오는 화면, 내 계정, 관리자 목록.
section-me = 내 계정
section-administrators = 관리자

code-wrong-password = 비밀번호가 맞지 않습니다.
code-code-invalid = 코드가 맞지 않거나, 오래되었거나, 이미 사용되었습니다. 다음 코드를 기다려 주세요.

sign-in-title = 로그인
sign-in-email = 이메일 주소
sign-in-password = 비밀번호
sign-in-next = 다음
sign-in-do = 로그인
sign-in-wrong = 이메일 주소 또는 비밀번호가 맞지 않습니다.
sign-in-late = 시간이 지났거나 로그아웃되었습니다. 다시 로그인해 주세요.
sign-in-forgot = 로그인할 수 없다면 다른 소유자에게 로그인 초기화를 요청하세요.

second-step-title = 2단계 인증
second-step-code = 인증 코드
second-step-hint = 인증 앱에서 Daemun 항목에 표시되는 6자리 숫자입니다.
second-step-recovery = 복구 코드
second-step-recovery-hint = 보관해 둔 복구 코드 10개 중 하나입니다. 코드마다 한 번만 쓸 수 있습니다.
second-step-other-account = 다른 계정으로
second-step-use-recovery = 복구 코드 사용
second-step-use-app = 인증 앱 사용

set-up-title = 서버 설정
join-title = 초대 수락
set-up-again-title = 로그인 다시 설정
join-text-set-up = 첫 번째 관리자가 됩니다. 소유자로서 모든 권한을 가지며 다른 관리자를 초대할 수 있습니다.
join-text-join = 이 서버의 관리자로 초대되었습니다.
join-text-again = 소유자가 로그인을 초기화했습니다. 새 비밀번호를 정하고 인증 앱을 등록해 주세요.
join-role = 내 역할:
join-you = 내 정보
join-name = 이름
join-name-hint = 다른 관리자에게 보이는 이름입니다.
join-password = 비밀번호
join-password-hint = 8자 이상. 문장으로 만들면 외우기 쉽습니다.
join-password-again = 비밀번호 확인
join-do = 완료

app-title = 2단계 인증
app-text = 비밀번호와 함께 휴대전화 앱에 표시되는 코드로 로그인합니다.
app-step-install = 휴대전화에 인증 앱이 없다면 먼저 설치하세요.
app-step-scan = 앱으로 이 QR 코드를 스캔하세요.
app-step-code = 지금 앱에 표시되는 6자리 숫자를 입력하세요.
app-qr = 인증 앱용 QR 코드
app-secret = 또는 앱에 이 키를 입력하세요.
app-open = 이 기기에서 앱 열기

recovery-codes-title = 복구 코드를 보관하세요
recovery-codes-text = 휴대전화를 잃어버렸을 때 로그인하는 데 씁니다. 코드마다 한 번만 쓸 수 있습니다.
recovery-codes-once = 다시 표시되지 않습니다. 인쇄하거나 비밀번호 관리자에 저장하세요.
recovery-codes-kept = 보관했습니다

link-dead-title = 사용할 수 없는 링크입니다
link-dead-text = 이미 사용되었거나, 만료되었거나, 새 링크로 바뀌었습니다. 링크를 준 사람에게 다시 요청하세요. 첫 번째 관리자용 링크는 “daemun admin set-up-link” 명령으로 만들 수 있습니다.

confirm-title = 본인 확인
confirm-text = 계속하려면 비밀번호와 인증 코드가 한 번 더 필요합니다. 확인한 뒤 { $count }분 동안은 다시 묻지 않습니다.
confirm-code-hint = 인증 앱의 코드 또는 복구 코드입니다.
confirm-do = 확인

save = 저장
me-sessions = 로그인한 브라우저
me-this-browser = 이 브라우저
me-signed-in = 로그인
me-last-used = 마지막 사용
me-end = 로그아웃시키기
me-end-others = 다른 곳에서 모두 로그아웃
me-profile = 이름과 언어
me-language = 언어
me-language-browser = 브라우저 설정대로
me-password = 비밀번호
me-current-password = 현재 비밀번호
me-new-password = 새 비밀번호
me-change-password = 비밀번호 변경
me-codes-left = 남은 복구 코드: { $count }개
me-codes-few = 복구 코드가 얼마 남지 않았습니다. 새로 만드세요.
me-renew-codes = 복구 코드 새로 만들기
second-factor-change = 인증 앱 바꾸기
second-factor-title = 인증 앱 바꾸기
second-factor-text = 이전 앱과 복구 코드는 더 이상 쓸 수 없고, 다른 브라우저는 로그아웃됩니다.
second-factor-do = 이 앱 사용

administrator-role = 역할
administrator-last = 마지막 로그인
administrator-you = 나
administrator-facts = 정보
administrator-joined = 가입
administrator-by = 초대한 사람
administrator-role-text = 역할이 바뀌면 모든 브라우저에서 로그아웃됩니다.
administrator-role-do = 역할 변경
administrator-reset = 로그인 초기화
administrator-let-in = 다시 허용
administrator-reset-text = 비밀번호, 인증 앱, 복구 코드를 더 이상 쓸 수 없고 모든 브라우저에서 로그아웃됩니다. 메일로 보내고 화면에도 표시되는 링크로 24시간 안에 다시 설정할 수 있습니다.
administrator-reset-do = 초기화
administrator-disable = 사용 중지
administrator-disable-text = 모든 곳에서 즉시 로그아웃되며 더 이상 로그인할 수 없습니다.
standing-active = 사용 중
standing-waiting = 링크 사용 대기
standing-disabled = 사용 중지됨
last-owner = 로그인할 수 있는 다른 소유자가 있어야 합니다. 변경된 내용은 없습니다.
reset-oneself = 내 비밀번호와 인증 앱은 “내 계정”에서 바꿀 수 있습니다.

role-owner-text = 관리자, API 키, 서명 키를 포함한 모든 권한.
role-operator-text = 앱과 회원에 관한 모든 권한.
role-moderator-text = 가입 승인. 계정과 포인트를 볼 수 있음.
role-auditor-text = 모두 볼 수 있고 아무것도 바꿀 수 없음.

invitations = 초대
invitations-none = 대기 중인 초대가 없습니다.
invitation-expires = 유효 기한
invitation-withdraw = 취소
invite-title = 초대하기
invite-language = 메일 언어
invite-do = 초대 보내기
invited-text = { $who }(으)로 초대 메일을 보냈습니다. 이 링크를 직접 전달해도 됩니다.
reset-text = { $who }(으)로 링크를 보냈습니다. 이 링크를 직접 전달해도 됩니다.
link-made-title = 링크
link-made-once = 이 링크를 가진 사람은 누구나 한 번 쓸 수 있습니다. 다시 표시되지 않습니다.
link-made-back = 관리자 목록으로

done-signed-out = 로그아웃했습니다.
done-saved = 저장했습니다.
done-password-changed = 비밀번호를 변경했습니다. 다른 브라우저는 로그아웃되었습니다.
done-session-ended = 해당 브라우저를 로그아웃시켰습니다.
done-sessions-ended = 다른 브라우저를 모두 로그아웃시켰습니다.
done-invitation-withdrawn = 초대를 취소했습니다.
done-role-changed = 역할을 변경했습니다.
done-disabled = 사용을 중지했습니다.

section-server-audit = 관리자 감사 기록
section-server-keys = 서버 키
server-keys-none-text = 서버 키는 모든 앱을 열 수 있습니다. 대부분의 프로그램에는 앱 하나의 키로 충분합니다.
server-keys-warning = 서버 키는 모든 앱을 열고, 선택한 권한을 2단계 인증 없이 씁니다. 꼭 필요한 것만 선택하세요.
server-keys-days-hint = 1~365
permission-api-keys-write = API 키 만들기와 폐기
permission-administrators-write = 관리자 초대와 역할 변경
permission-system-read = 서버, 앱, 서명 키 보기
permission-system-write = 서명 키 교체와 폐기
system-size = 크기
administrator-end-sessions = 세션 종료
administrator-end-sessions-text = 모든 브라우저에서 즉시 로그아웃됩니다. 다시 로그인할 수 있습니다.
done-administrator-sessions = 모든 세션을 종료했습니다.

accounts-since = 가입일 시작
accounts-until = 가입일 끝
approvals-list = 대기자 전체
approvals-approved = 승인
