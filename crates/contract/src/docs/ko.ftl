# {mount}/docs 페이지의 문구. 모든 키는 en.ftl에도 있다.

download = OpenAPI 문서
languages = 언어
base = 기본 URL
routes = 경로
skip = 경로 목록으로 건너뛰기

authentication = 인증
authentication-text = “토큰” 표시가 있는 경로에는 액세스 토큰이 필요합니다. 다음 헤더로 보냅니다.
authentication-several = “토큰” 표시가 있는 경로에는 액세스 토큰이 필요합니다. 다음 헤더 중 하나로 보냅니다.
token = 액세스 토큰
token-hint = 이 페이지의 메모리에만 있고 이 서버로만 보냅니다. 페이지를 새로 고치면 사라집니다.
token-clear = 지우기
token-place = TOKEN 자리에 액세스 토큰을 넣습니다.

beyond = 문서에 없음
beyond-hint = 회사의 문서에는 없는 경로입니다.
needs-token = 토큰
optional-token = 토큰 선택
deprecated = 사용 중단 예정
anchor = 이 경로의 링크

parameters = 매개변수
in-path = 경로
in-query = 쿼리
in-header = 헤더
in-cookie = 쿠키
name = 이름
type = 타입
about = 규칙과 뜻
required = 필수
absent = 없을 수 있음
no-body-fields = 어떤 JSON이든 됩니다.

body = 본문
body-optional = 선택
either = 둘 중 하나
or = 또는
example = 예시
more-examples = 다른 예시
request = 요청
answers = 응답
headers = 헤더
fields = 필드
no-body = 본문이 없습니다.
any-status = 그 밖

rule-one-of = 다음 중 하나
rule-always = 항상
rule-default = 기본값
rule-pattern = 패턴
rule-characters = { $min }~{ $max }자
rule-characters-exactly = 정확히 { $min }자
rule-characters-min = { $min }자 이상
rule-characters-max = { $max }자 이하
rule-range = { $min }~{ $max }
rule-min = { $min } 이상
rule-max = { $max } 이하
rule-above = { $min } 초과
rule-below = { $max } 미만
rule-items = { $min }~{ $max }개
rule-items-min = { $min }개 이상
rule-items-max = { $max }개 이하
rule-unique = 중복 없음
rule-write-only = 응답에는 나오지 않음
rule-read-only = 응답에만 나옴
any-name = 임의의 이름

try = 직접 해 보기
try-hint = 이 서버로 실제 요청을 보냅니다. 바뀐 내용은 그대로 남습니다.
send = 보내기
sending = 보내는 중…
send-token = 토큰
send-no-token = 토큰 없이
token-missing = 액세스 토큰이 없어 토큰 없이 보냅니다.
media = 보내는 형식
answer = 응답
failed = 응답을 받지 못했습니다. 서버가 켜져 있는지 확인해 주세요.
missing = 값이 비어 있습니다:
use-token = 액세스 토큰으로 사용
token-used = 사용 중
milliseconds = ms
cut = 나머지는 표시하지 않습니다.
empty = 본문이 없습니다.
binary = 텍스트가 아닌 본문입니다.
