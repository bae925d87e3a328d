# What the page at {mount}/docs says. Every key stands in ko.ftl, too.

download = OpenAPI document
languages = Languages
base = Base URL
routes = Routes
skip = Skip to the routes

authentication = Authentication
authentication-text = Routes that say “token” need an access token. It is sent in this header:
authentication-several = Routes that say “token” need an access token. It is sent in one of these headers:
token = Access token
token-hint = Stays in this page's memory and is sent to this server only. It is gone when the page is reloaded.
token-clear = Clear
token-place = TOKEN stands for the access token.

beyond = not in the document
beyond-hint = The company's document does not have this route.
needs-token = token
optional-token = token optional
deprecated = deprecated
anchor = Link to this route

parameters = Parameters
in-path = path
in-query = query
in-header = header
in-cookie = cookie
name = Name
type = Type
about = Rules and meaning
required = required
absent = may be missing
no-body-fields = Any JSON.

body = Body
body-optional = optional
either = Either
or = Or
example = Example
more-examples = More examples
request = Request
answers = Answers
headers = Headers
fields = Fields
no-body = No body.
any-status = Others

rule-one-of = one of
rule-always = always
rule-default = default
rule-pattern = pattern
rule-characters = { $min } to { $max } characters
rule-characters-exactly = exactly { $min } characters
rule-characters-min = at least { $min } characters
rule-characters-max = at most { $max } characters
rule-range = { $min } to { $max }
rule-min = at least { $min }
rule-max = at most { $max }
rule-above = more than { $min }
rule-below = less than { $max }
rule-items = { $min } to { $max } elements
rule-items-min = at least { $min } elements
rule-items-max = at most { $max } elements
rule-unique = no element twice
rule-write-only = is never given back
rule-read-only = is given, never taken
any-name = any name

try = Try it
try-hint = A real request to this server: what it changes stays changed.
send = Send
sending = Sending…
send-token = Token
send-no-token = without a token
token-missing = No access token is set: the request goes without one.
media = Send as
answer = Answer
failed = The request did not get an answer. Is the server still there?
missing = This has no value:
use-token = Use as access token
token-used = In use
milliseconds = ms
cut = The rest is not shown.
empty = No body.
binary = A body that is no text.
