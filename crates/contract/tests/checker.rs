//! What the checker says of broken contracts: every fault, at its line and column, with what to do about it.

use daemun_contract::load;

/// The first three lines of every contract here.
const HEAD: &str = "contract: demo\ntitle: Demo\nversion: 1.0.0\n";

fn refused(text: &str) -> String {
    match load("demo.yaml", text) {
        Ok(_) => panic!("it was taken"),
        Err(faults) => faults.iter().map(|fault| format!("{fault}\n")).collect(),
    }
}

#[test]
fn an_unknown_key_is_told_with_the_known_ones() {
    let contract = r#"lenguage: ko
routes:
  POST /login:
    sumary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { status: 200, bdy: { ok: true } }
"#;
    let faults = r#"demo.yaml:4:1: unknown key `lenguage` in a contract
  hint: did you mean `language`? the keys here are `contract`, `title`, `version`, `description`, `language`, `timezone`, `accepts`, `callers`, `idempotency`, `policy`, `tokens`, `enums`, `attributes`, `options`, `shapes`, `messages`, `errors`, `groups`, `routes`
demo.yaml:7:5: unknown key `sumary` in a route
  hint: did you mean `summary`? the keys here are `summary`, `description`, `beyond`, `also`, `wrap`, `does`, `caller`, `takes`, `gives`, `errors`
demo.yaml:10:27: unknown key `bdy` in `gives`
  hint: did you mean `body`? the keys here are `status`, `headers`, `body`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_missing_key_is_told_where_it_should_stand() {
    let contract = r#"routes:
  POST /login:
    takes: { email: body.email, password: body.password }
    gives: { body: {} }
  GET /me:
    does: account.show
"#;
    let faults = r#"demo.yaml:5:3: a route lacks `does`
  hint: for example `does: account.show`
demo.yaml:8:3: this route does not say what it gives
  hint: add `gives: { body: … }`, or `gives: { status: 204 }` for an answer without a body
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_operation() {
    let contract = r#"routes:
  POST /login:
    does: session.sing_in
    gives: { body: {} }
  POST /pay:
    does: session.pay
    gives: { body: {} }
"#;
    let faults = r#"demo.yaml:6:11: unknown operation `session.sing_in`
  hint: did you mean `session.sign_in`?
demo.yaml:9:11: unknown operation `session.pay`
  hint: there are `session.sign_in`, `session.request_code`, `session.redeem_code`, `session.refresh`, `session.verify`, `session.sign_out`, `session.list`, `session.revoke`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_operation_of_administrators() {
    let contract = r#"routes:
  POST /suspend:
    does: account.suspend
    takes: { account: body.account }
    gives: { status: 204 }
"#;
    let faults = r#"demo.yaml:6:11: account.suspend needs an administrator, and a contract's callers are members
  hint: administrators use the command line and the API below `/admin/`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_input() {
    let contract = r#"routes:
  POST /login:
    does: session.sign_in
    takes: { emial: body.email, password: body.password }
    gives: { body: {} }
"#;
    let faults = r#"demo.yaml:7:14: session.sign_in has no input `emial`
  hint: did you mean `email`? it takes `email`, `preferred_username`, `phone_number`, `password`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_required_input_that_nothing_supplies() {
    let contract = r#"policy: { sign_in: [email], required: [email, password, name] }
routes:
  POST /accounts:
    does: account.sign_up
    takes: { email: body.email }
    gives: { status: 201, body: {} }
  POST /login:
    does: session.sign_in
    takes: { password: body.password }
    gives: { body: {} }
  POST /refresh:
    does: session.refresh
    gives: { body: {} }
"#;
    let faults = r#"demo.yaml:7:11: account.sign_up needs `password`, `name`, and nothing supplies it
  hint: add it under `takes`, for example `password: body.password`
demo.yaml:11:11: session.sign_in needs `email`, and nothing supplies it
  hint: add it under `takes`, for example `email: body.email`
demo.yaml:15:11: session.refresh needs `refresh_token`, and nothing supplies it
  hint: add it under `takes`, for example `refresh_token: body.refresh_token`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_output_field() {
    let contract = r#"shapes:
  profile: { id: "{{ account.id }}", mail: "{{ account.emial }}" }
routes:
  GET /me:
    does: account.show
    gives: { body: { shape: profile } }
  GET /you:
    does: account.show
    gives: { body: { name: "{{ acount.name }}", deep: "{{ account.email.local }}", carrier: "{{ account.attributes.carrier }}" } }
  POST /refresh:
    does: session.refresh
    takes: { refresh_token: body.refresh }
    gives: { body: { shape: profile } }
"#;
    let faults = r#"demo.yaml:5:48: the output of account.show has no `account.emial`
  hint: did you mean `email`?
demo.yaml:12:32: the output of account.show has no `acount`
  hint: did you mean `account`? expressions here see `account`, `caller`
demo.yaml:12:59: there is no `account.email.local`: `email` is a single value
demo.yaml:12:97: the contract declares no attribute `carrier`
  hint: declare it: `attributes: { carrier: { type: string } }`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_shape_where_its_subject_is_missing() {
    let contract = r#"shapes:
  profile: { id: "{{ account.id }}", name: "{{ account.name }}" }
routes:
  POST /verify:
    does: session.verify
    takes: { token: body.token }
    gives: { body: { shape: profile } }
"#;
    let faults = r#"demo.yaml:10:29: the shape `profile` needs `account`, which the output of session.verify does not have
  hint: expressions here see nothing
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_filter_test_and_function() {
    let contract = r#"routes:
  GET /me:
    does: account.show
    gives:
      body:
        uuid: "{{ account.uuid | shortuid }}"
        odd: 'it''s {{ account.id is oddd }}'
        now: "{{ now() }}"
        gender: "{{ account.gender | wire('gender') }}"
"#;
    let faults = r#"demo.yaml:9:34: unknown filter `shortuid`
  hint: did you mean `shortuuid`?
demo.yaml:10:38: unknown test `oddd`
  hint: did you mean `odd`?
demo.yaml:11:18: unknown function `now`
  hint: expressions call no functions; use a filter: `value | filter`
demo.yaml:12:38: there is no table `gender` under `enums`
  hint: declare it: `enums: { gender: { … } }`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_expression_that_is_none() {
    let contract = r#"routes:
  GET /me:
    does: account.show
    gives:
      body:
        open: "{{ account.id"
        close: "account.id }}"
        half: "{{ account. }}"
        empty: "{{ }}"
        quote: "{{ account.name | default('x) }}"
        statement: "{% if account.name %}x{% endif %}"
"#;
    let faults = r#"demo.yaml:9:16: the `{{` is not closed
  hint: end the expression with `}}`
demo.yaml:10:28: this `}}` closes nothing
  hint: begin the expression with `{{`
demo.yaml:11:26: not an expression: unexpected end of input, expected identifier or integer
  hint: write MiniJinja's expressions, such as `account.email` or `account.name | default('')`
demo.yaml:12:20: the expression is empty
demo.yaml:13:17: a quote or bracket inside this expression is not closed
  hint: close it before the `}}`
demo.yaml:14:21: contracts have expressions, not statements
  hint: write an expression: `{{ a if condition else b }}`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_failure_code() {
    let contract = r#"errors:
  401: { status: 401 }
  emial_taken: { status: 409 }
  sunburn: { status: 418 }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:3: unknown failure code `401`
  hint: errors go by failure, not by status: `unauthenticated: { status: 401 }`
demo.yaml:6:3: unknown failure code `emial_taken`
  hint: did you mean `email_taken`?
demo.yaml:7:3: unknown failure code `sunburn`
  hint: the failures are listed in docs/writing-a-contract.md; for example `invalid`, `wrong_password`, `unauthenticated`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_unknown_shape() {
    let contract = r#"shapes:
  profile: { id: "{{ account.id }}" }
routes:
  GET /me:
    does: account.show
    gives: { body: { shape: profil } }
"#;
    let faults = r#"demo.yaml:9:29: unknown shape `profil`
  hint: did you mean `profile`?
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_shape_that_contains_itself() {
    let contract = r#"shapes:
  user: { id: "{{ account.id }}", room: { shape: room } }
  room: { owner: { shape: user } }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:6:27: the shape `user` contains itself: user → room → user
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn structure_words_that_do_not_fit() {
    let contract = r#"shapes:
  card: { id: "{{ person.id }}" }
  pair: { a: "{{ one.id }}", b: "{{ other.id }}" }
routes:
  GET /sessions:
    does: session.list
    gives:
      body:
        both: { each: "{{ sessions }}", as: it, shape: pair }
        neither: { each: "{{ sessions }}" }
        nameless: { each: "{{ sessions }}", item: x }
        scalar: { each: "{{ caller.id }}", as: it, item: "{{ it }}" }
        beside: { shape: card, of: "{{ caller }}", more: 1 }
        bare: { shape: card, of: caller }
        wrong: { each: "{{ sessions }}", as: it, item: "{{ it.agent }}" }
        "...": "{{ caller.email }}"
"#;
    let faults = r#"demo.yaml:12:56: the shape `pair` is about several things
  hint: say with `as` which of `one`, `other` this is
demo.yaml:13:18: this `each` does not say what each element becomes
  hint: add `shape: NAME`, or `item:` with a body of its own
demo.yaml:14:19: this `each` lacks `as`
  hint: add `as: NAME`, by which the item sees the element
demo.yaml:15:29: `each` goes through a list, and `caller.id` is none
demo.yaml:16:52: `more` cannot stand beside `shape`
  hint: to add to a shape, spread it: `{ "...": { shape: NAME }, more: … }`
demo.yaml:17:34: `of` is one expression between `{{` and `}}`
  hint: for example "{{ caller }}"
demo.yaml:18:60: the output of session.list has no `sessions[].agent`
  hint: did you mean `user_agent`? `sessions[]` has `id`, `created_at`, `auth_time`, `last_used_at`, `expires_at`, `user_agent`, `address`, `current`
demo.yaml:19:20: `...` spreads the members of an object, and `caller.email` is none
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_value_of_the_wrong_type() {
    let contract = r#"enums: { gender: { male: 0, female: 1 } }
routes:
  POST /accounts/{id:int}:
    does: account.sign_up
    takes:
      email: body.email
      password: body.password
      open_session: { value: "yes" }
      nickname: { from: body.nickname, default: 5 }
      name: true
      locale: path.id
      gender: { from: body.gender, enum: gendr }
    gives: { status: "201", body: {} }
"#;
    let faults = r#"demo.yaml:11:30: the constant of `open_session` is text, and the input takes true or false
demo.yaml:12:49: the default of `nickname` is a number, and the input takes text
demo.yaml:13:13: `name` does not say where it comes from
  hint: a constant is written `{ value: true }`
demo.yaml:14:15: `path.id` is a number, and the input `locale` takes text
  hint: change the kind of the parameter in the path
demo.yaml:15:42: there is no table `gendr` under `enums`
  hint: did you mean `gender`?
demo.yaml:16:22: `status` is a number, not text
  hint: write 201 without quotes
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn one_field_for_two_inputs() {
    let contract = r#"routes:
  POST /accounts:
    does: account.sign_up
    takes:
      email: body.email
      password: body.password
      preferred_username: { from: [body.username, body.email] }
    gives: { status: 201, body: {} }
"#;
    let faults = r#"demo.yaml:10:51: `body.email` fills two inputs: `email` and `preferred_username`
  hint: the other is on line 8; one field means one thing
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_source_that_is_no_place() {
    let contract = r#"routes:
  POST /accounts/{id:int}:
    does: account.sign_up
    takes:
      email: "{{ body.email }}"
      password: password
      name: bodi.name
      nickname: path.idd
      given_name: body.first ~ ' ' ~ boddy.last
      family_name: query.a.b
      birthdate: { form: body.birth }
      picture: header.X-Picture
      locale: header.X-Lang if header.X-Lang is defined else 'ko'
    gives: { body: {} }
"#;
    let faults = r#"demo.yaml:8:15: a source is an expression without braces
  hint: write `body.email`
demo.yaml:9:17: a request has no `password`
  hint: a field of the body is written `body.password`, a constant `{ value: password }`
demo.yaml:10:13: a request has no `bodi`
  hint: did you mean `body`? a request has `body`, `query`, `path`, `header`
demo.yaml:11:17: the path of this route has no parameter `idd`
  hint: did you mean `id`?
demo.yaml:12:38: a request has no `boddy`
  hint: did you mean `body`? a request has `body`, `query`, `path`, `header`
demo.yaml:13:20: `query` is followed by one name
  hint: for example `query.id`
demo.yaml:14:18: `birthdate` does not say where it comes from
  hint: write `from:` with a place of the request, `value:` with a constant, or `each:` with a list
demo.yaml:16:15: `header.X-Lang` is a subtraction here
  hint: write `header['x-lang']`
demo.yaml:16:32: `header.X-Lang` is a subtraction here
  hint: write `header['x-lang']`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn routes_that_one_request_could_mean() {
    let contract = r#"routes:
  GET /a/{id:int}: { does: account.show, gives: { body: {} } }
  GET /a/{key:text}: { does: account.show, gives: { body: {} } }
  GET /a/me: { does: account.show, gives: { body: {} } }
  POST /a/{id:int}: { does: account.show, gives: { body: {} } }
  GET /b: { also: [/c], does: account.show, gives: { body: {} } }
  GET /c/: { does: account.show, gives: { body: {} } }
"#;
    let faults = r#"demo.yaml:6:3: a request can mean `GET /a/{key:text}` as well as `GET /a/{id:int}` on line 5
  hint: a literal part beats a parameter, but two parameters are alike: change one of the paths
demo.yaml:10:3: `GET /c` comes twice: it is on line 9 already
  hint: a path answers with and without its final slash; one route is enough
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn methods_and_paths_that_are_none() {
    let contract = r#"routes:
  get /a: { does: account.show, gives: { body: {} } }
  HEAD /a: { does: account.show, gives: { body: {} } }
  /b: { does: account.show, gives: { body: {} } }
  GET c: { does: account.show, gives: { body: {} } }
  GET /d/{id}: { does: account.show, gives: { body: {} } }
  GET /e/{id:integer}: { does: account.show, gives: { body: {} } }
  GET /f/:id: { does: account.show, gives: { body: {} } }
  GET /g?x=1: { does: account.show, gives: { body: {} } }
  GET /docs/: { does: account.show, gives: { body: {} } }
  GET /h/{id:int}: { also: [/i, "/j/{id:text}"], does: account.show, gives: { body: {} } }
"#;
    let faults = r#"demo.yaml:5:3: `get` is no method of a route
  hint: did you mean `GET`? there are `GET`, `POST`, `PUT`, `PATCH`, `DELETE`
demo.yaml:6:3: `HEAD` is no method of a route
  hint: Daemun answers HEAD and OPTIONS for every path itself
demo.yaml:7:3: the route `/b` has no method
  hint: a route is written `POST /accounts/{id:int}`
demo.yaml:8:7: the path `c` does not begin with `/`
demo.yaml:9:10: the parameter `id` has no kind
  hint: write `{id:int}`, `{id:shortuuid}` or `{id:text}`
demo.yaml:10:10: a parameter cannot be `integer`
  hint: it is one of `int`, `shortuuid`, `text`
demo.yaml:11:10: `:id` is no parameter of a path
  hint: write `{id:int}`
demo.yaml:12:9: `?` cannot stand in a path
  hint: a query is taken as `query.NAME` under `takes`; it is no part of the path
demo.yaml:13:7: `/docs` is a path of Daemun's own
  hint: the OpenAPI document, its page, the keys, the hosted pages and the API for operators are served there
demo.yaml:14:29: this path has other parameters than the route's own
  hint: the route's path has `id`
demo.yaml:14:33: this path has other parameters than the route's own
  hint: the route's path has `id`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn errors_that_do_not_fit() {
    let contract = r#"errors:
  invalid: 400
  wrong_password: { status: 200, mesage: x }
  unauthenticated: { status: 401, message: "{{ eror.message }}" }
  forbidden: { status: 403, headers: { Content-Length: "5" } }
  http: "200 if option.always"
  body: { status: "{{ error.stats }}", fields: "{{ error.fields.email }}", id: "{{ account.id }}" }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:12: what is said of a failure is a map
  hint: write `{ status: 400 }`
demo.yaml:6:29: 200 is no status of a failure
  hint: it is from 400 to 599; `errors.http` sends another HTTP status beside the one that the body tells
demo.yaml:6:34: unknown key `mesage` in what is said of a failure
  hint: did you mean `message`? the keys here are `status`, `message`, `headers`, `body`
demo.yaml:7:48: a failure has no `eror`
  hint: did you mean `error`?
demo.yaml:8:40: the header `Content-Length` is Daemun's own
  hint: it sets `content-length`, `content-type`, `transfer-encoding`, `connection`, `date`, `x-request-id`, `www-authenticate` itself
demo.yaml:9:9: `http` is one expression between `{{` and `}}`
  hint: for example "{{ 200 if option.always }}"
demo.yaml:10:23: a failure has no `error.stats`
  hint: did you mean `status`? `error` has `code`, `status`, `message`, `fields`, `reasons`, `retry_after`, `request_id`
demo.yaml:10:84: a failure has no `account`
  hint: expressions here see `error`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn lives_that_are_too_long_or_none() {
    let contract = r#"tokens:
  access: { format: opaque, lifetime: 31m, claims: { sub: "{{ account.id }}", mail: "{{ account.mail }}" } }
  refresh: { idle: 30, absolute: 400d, rotates: on }
  carried_in: [{ header: "Auth orization" }, { sceme: Bearer }]
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:21: the format here is `jwt`, not `opaque`
  hint: an opaque token is written `session: { format: opaque }`
demo.yaml:5:39: `lifetime` is 31m; at most 30m is allowed
  hint: who holds an access token keeps it until it expires; the refresh token carries the session on
demo.yaml:5:54: the claim `sub` is Daemun's own
  hint: choose another name for it
demo.yaml:5:89: a claim has no `account.mail`
  hint: did you mean `email`?
demo.yaml:6:20: `30` is no length of time
  hint: write a whole number and its unit, as in `90s`, `30m`, `12h`, `14d`, `1w`
demo.yaml:6:34: `absolute` is 400d; at most 365d is allowed
  hint: a member proves who they are at least once a year
demo.yaml:6:49: `rotates` is true or false, not text
  hint: `on` is text in YAML; write `true` or `false`
demo.yaml:7:26: `Auth orization` is no name of a header
demo.yaml:7:46: a place of `carried_in` lacks `header`
  hint: for example `header: Authorization`
demo.yaml:7:48: unknown key `sceme` in a place of `carried_in`
  hint: did you mean `scheme`? the keys here are `header`, `scheme`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_opaque_token_that_is_too_short() {
    let contract = r#"tokens:
  session: { format: opaque, hex: 20, idle: 91d }
  refresh: { idle: 1d }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:35: a token of 20 hexadecimal digits is too short
  hint: fewer than 160 random bits could be guessed: write `hex: 40`
demo.yaml:5:45: `idle` is 91d; at most 90d is allowed
  hint: a token that lies unused for so long is a stolen one waiting
demo.yaml:6:3: `refresh` cannot stand beside `session`
  hint: an opaque session has one token, a pair has `access` and `refresh`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_policy_that_does_not_fit() {
    let contract = r#"policy:
  sign_in: [mail]
  required: [email, pasword]
  unique: [name]
  approval: maybe
  verify_email: yes
  fields: { preferred_username: { min: 9, max: 4, pattern: "[a-" } }
  phone_region: Korea
  nickname.change_every: soon
  password_change: { recent_sign_in: 48h }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:13: members cannot sign in with `mail`
  hint: did you mean `email`? there are `email`, `preferred_username`, `phone_number`
demo.yaml:6:21: sign-up has no field `pasword`
  hint: did you mean `password`?
demo.yaml:7:12: `name` cannot be unique
  hint: there are `email`, `preferred_username`, `phone_number`, `nickname`, `identity_keys`
demo.yaml:8:13: `approval` cannot be `maybe`
  hint: it is one of `none`, `required`
demo.yaml:9:17: `verify_email` cannot be `yes`
  hint: it is one of `none`, `sent`, `required`, `proven`
demo.yaml:10:40: `min` is 9, more than `max`, which is 4
demo.yaml:10:60: this is no regular expression
  hint: unclosed character class
demo.yaml:11:17: unknown region `Korea`
  hint: write two capital letters of ISO 3166-1, as `KR`
demo.yaml:12:26: `soon` is no length of time
  hint: write a whole number and its unit, as in `90s`, `30m`, `12h`, `14d`, `1w`
demo.yaml:13:38: `recent_sign_in` is 48h; at most 24h is allowed
  hint: a session left open somewhere must not be enough to take an account over
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn words_that_do_not_fit() {
    let contract = r#"timezone: Asia/Soul
language: kr
accepts: [json, xml]
options: { a: { choice: [x, y], default: z } }
enums: { gender: { male: 0, female: "0" } }
attributes: { carrier: string, age: { type: int }, ok: { type: boolean, default: "no" }, no-dash: { type: date } }
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:4:11: unknown time zone `Asia/Soul`
  hint: did you mean `Asia/Seoul`?
demo.yaml:5:11: `language` cannot be `kr`
  hint: did you mean `ko`? it is one of `ko`, `en`
demo.yaml:6:17: unknown kind of body `xml`
  hint: there are `json`, `form`, `multipart`
demo.yaml:7:42: the default `z` is none of the choices
  hint: did you mean `x`? there are `x`, `y`
demo.yaml:8:37: `female` and `male` are the same on the wire
  hint: each word needs a value of its own, to be read back
demo.yaml:9:24: an attribute is a map with its `type`
  hint: write `{ type: string }`
demo.yaml:9:45: `type` cannot be `int`
  hint: it is one of `string`, `boolean`, `integer`, `number`, `date`
demo.yaml:9:82: the default of this attribute is true or false, not `no`
demo.yaml:9:90: `no-dash` cannot be the name of an attribute
  hint: a name is made of letters, digits and `_`, and no digit comes first
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn messages_of_nothing() {
    let contract = r#"messages:
  email.takn: Taken
  taken: Taken
  emial.taken: Taken
  "*.taken": Taken
  email.blank: "{{ error.message }}"
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:5:9: unknown reason `takn`
  hint: did you mean `taken`?
demo.yaml:6:3: `taken` names a field or a reason, not both
  hint: write `taken.required` for one field, `"*.taken"` for all
demo.yaml:7:3: no route takes a field `emial`
  hint: did you mean `email`? there are `email`, `password`
demo.yaml:9:17: a message of `messages` is plain text
  hint: what is computed stands in `errors`, as `message: "{{ … }}"`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn alternatives_that_are_never_taken() {
    let contract = r#"routes:
  POST /login:
    - { when: body.refresh is defined and bdy.username is undefined, does: session.refresh, takes: { refresh_token: body.refresh }, gives: { body: {} } }
    - { does: session.sign_in, takes: { email: body.email, password: body.password }, gives: { body: {} }, summary: Sign in }
    - { fails: invalid }
  POST /other:
    - { when: "true", fails: invald }
    - { fails: invalid, gives: { body: {} } }
"#;
    let faults = r#"demo.yaml:6:43: a request has no `bdy`
  hint: did you mean `body`? a request has `body`, `query`, `path`, `header`, `option`
demo.yaml:7:108: `summary` is of the whole route
  hint: it stands in the first alternative
demo.yaml:8:7: this alternative is never taken: the one on line 7 has no `when`
  hint: give that one a `when`, or move it to the end
demo.yaml:10:30: unknown failure code `invald`
  hint: did you mean `invalid`?
demo.yaml:11:25: `gives` means nothing where the request fails
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn a_caller_that_cannot_be_dropped() {
    let contract = r#"routes:
  GET /me:
    caller: optional
    does: account.show
    gives: { body: {} }
  POST /logout:
    caller: requird
    does: session.sign_out
    gives: { status: 204, body: {} }
  POST /login:
    caller: required
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { status: 404, body: {} }
"#;
    let faults = r#"demo.yaml:6:13: account.show always needs a caller
  hint: take `caller` out: it is for operations that allow a caller and need none
demo.yaml:10:13: `caller` cannot be `requird`
  hint: did you mean `required`? it is one of `optional`, `required`
demo.yaml:12:27: an answer of status 204 has no body
  hint: take out the body, or change the status
demo.yaml:14:13: session.sign_in does not look at the caller
  hint: take `caller` out: it is for operations that allow a caller and need none
demo.yaml:17:22: 404 is no status of a success
  hint: it is from 200 to 399; how a failure reads stands under `errors`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn groups_that_do_not_fit() {
    let contract = r#"groups:
  accounts: {}
  /a/: { wrap: { status: OK } }
  /b: { wrap: { data: "{{ body }}", who: "{{ account.id }}" }, erors: {} }
  /b/: {}
routes:
  GET /b/me:
    does: account.show
    wrap: no
    gives: { body: {} }
"#;
    let faults = r#"demo.yaml:5:3: `accounts` is no prefix of paths
  hint: a prefix is literal, as `/rest-auth/`; `""` is the default group
demo.yaml:6:16: this `wrap` leaves the route's body out
  hint: say where the route's body stands: `{ status: OK, data: "{{ body }}" }`
demo.yaml:7:46: what is wrapped has no `account`
  hint: expressions here see `body`
demo.yaml:7:64: unknown key `erors` in a group
  hint: did you mean `errors`? the keys here are `errors`, `carried_in`, `wrap`
demo.yaml:8:3: this prefix comes twice: it is on line 7 already
demo.yaml:12:11: `wrap` is true or false, not text
  hint: `no` is text in YAML; write `true` or `false`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn lists_where_none_is_wanted() {
    let contract = r#"attributes: { carrier: { type: string, max: 50 } }
routes:
  - POST /a
"#;
    let faults = r#"demo.yaml:6:3: `routes` is a map, not a list
  hint: write `key: value` pairs
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_attribute_that_is_not_declared() {
    let contract = r#"attributes: { carrier: { type: string, max: 50 }, foreigner: { type: boolean, default: false } }
routes:
  POST /accounts:
    does: account.sign_up
    takes:
      email: body.email
      password: body.password
      attributes.carier: body.carrier
      attributes.foreigner: { value: 1 }
      attributes.carrier: { from: body.carrier, default: 5 }
    gives: { status: 201, body: { carrier: "{{ account.attributes.carier }}" } }
"#;
    let faults = r#"demo.yaml:11:7: the contract declares no attribute `carier`
  hint: did you mean `carrier`? there are `carrier`, `foreigner`
demo.yaml:12:38: the constant of `attributes.foreigner` is a number, and the input takes true or false
demo.yaml:13:58: the default of `attributes.carrier` is a number, and the input takes text
demo.yaml:14:48: the contract declares no attribute `carier`
  hint: did you mean `carrier`? there are `carrier`, `foreigner`
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

#[test]
fn an_option_that_is_not_declared() {
    let contract = r#"options: { envelope_http: { choice: [mapped, always_200], default: mapped } }
errors:
  http: "{{ 200 if option.envelop_http == 'always_200' else error.status }}"
routes:
  POST /login:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    let faults = r#"demo.yaml:6:20: the contract has no option `envelop_http`
  hint: did you mean `envelope_http`?
"#;
    assert_eq!(refused(&format!("{HEAD}{contract}")), faults);
}

/// Files that are no YAML, and what is told of each: the place where it was meant otherwise.
const MISTAKES: &[(&str, &str)] = &[
    (
        r#"contract: demo
title: "Demo
version: 1.0.0
routes: {}
"#,
        r#"demo.yaml:2:8: the quote is not closed
  hint: a text that begins with a quote ends with the same quote"#,
    ),
    (
        r#"contract: demo
routes:
  POST /login:
    takes: { email: body.email, password: body.password
    gives: { body: {} }
"#,
        r#"demo.yaml:4:12: the bracket `{` is not closed
  hint: close it with `}`"#,
    ),
    (
        r#"contract: demo
routes:
  GET /a/{id:int}: { does: account.show, gives: { body: {} }
  GET /b: { does: account.show }
"#,
        r#"demo.yaml:3:20: the bracket `{` is not closed
  hint: close it with `}`"#,
    ),
    (
        r#"contract: demo
accepts: [json, form
version: 1.0.0
"#,
        r#"demo.yaml:2:10: the bracket `[` is not closed
  hint: close it with `]`"#,
    ),
    (
        r#"contract: demo
shapes:
  profile: { id: "{{ account.id }}", email: {{ account.email }} }
"#,
        r#"demo.yaml:3:46: a key of a map is text, not a map
  hint: an expression stands in quotes: "{{ account.email }}""#,
    ),
    (
        r#"contract: demo
title Demo
version: 1.0.0
"#,
        r#"demo.yaml:2:1: this has no `:`
  hint: a key is followed by `:` and its value; a text over several lines stands in quotes"#,
    ),
    (
        r#"contract: demo
title: Demo: the API
"#,
        r#"demo.yaml:2:12: a `:` stands where no key can be
  hint: put a text that holds `: ` in quotes, and check the indentation"#,
    ),
    (
        r#"contract: demo
routes:
	POST /a: {}
"#,
        r#"demo.yaml:3:1: a tab stands where spaces indent
  hint: indent with spaces, two for each level"#,
    ),
    (
        r#"contract: demo
routes:
  POST /login:
    does: session.sign_in
   takes: {}
"#,
        r#"demo.yaml:5:4: this does not fit what stands around it
  hint: a map's keys begin in one column and each is followed by `:`; a list's elements begin with `- `"#,
    ),
    (
        r#"contract: demo
messages:
  *.taken: x
"#,
        r#"demo.yaml:3:3: nothing before this is called `&.taken:`
  hint: a text that begins with `*` stands in quotes, as `"*.taken"`"#,
    ),
];

#[test]
fn mistakes_of_yaml_stand_where_they_were_made() {
    for (contract, fault) in MISTAKES {
        let faults = refused(contract);
        assert!(faults.contains(fault), "{faults}");
    }
}

#[test]
fn no_text_makes_the_checker_panic() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/energyboost.yaml");
    let whole = std::fs::read_to_string(path).unwrap();
    let characters: Vec<char> = whole.chars().collect();
    let odd = ['{', '}', '"', '\'', ':', '\t', '\n', '*', '&', '|', '한', '\u{0}', '\u{2028}', ' ', '%', '.'];
    for step in (0..characters.len()).step_by(41) {
        let truncated: String = characters[..step].iter().collect();
        let mut changed = characters.clone();
        changed[step] = odd[step % odd.len()];
        let without: String = characters[..step].iter().chain(&characters[step + 1..]).collect();
        for text in [truncated, changed.into_iter().collect(), without] {
            let _ = load("energyboost.yaml", &text);
        }
    }
}

#[test]
fn shapes_and_texts_of_any_depth_end_in_order() {
    let chain: String = (0..5000).map(|n| format!("  s{n}: {{ x: {{ shape: s{} }} }}\n", n + 1)).collect();
    let wide: String = (0..60)
        .map(|n| format!("  w{n}: {{ a: {{ shape: w{m} }}, b: {{ shape: w{m} }} }}\n", m = n + 1))
        .collect();
    let nested = format!("  deep: {}1{}\n", "{ a: ".repeat(30), " }".repeat(30));
    let parentheses = format!("  e: \"{{{{ {}1{} }}}}\"\n", "(".repeat(20_000), ")".repeat(20_000));
    let expressions: String = [("1", "+1"), ("a", ".b"), ("a", "|upper"), ("", "not "), ("", "("), ("", "[")]
        .iter()
        .flat_map(|(first, more)| {
            [990_usize, 100, 40_000].map(|length| format!("{first}{}", more.repeat(length / more.len())))
        })
        .enumerate()
        .map(|(index, text)| format!("  x{index}: {{ y: \"{{{{ {text}1 }}}}\" }}\n"))
        .collect();
    for shapes in [chain, wide, nested, parentheses, expressions] {
        let faults = load("demo.yaml", &format!("{HEAD}shapes:\n{shapes}routes: {{}}\n")).unwrap_err();
        assert!(faults.len() <= 200);
    }
}

#[test]
fn a_contract_for_api_keys_does_what_is_for_operators_and_nothing_of_members() {
    let contract = r#"contract: operators
title: Operators
version: 1.0.0
callers: api_keys
idempotency: { header: Idempotency-Key, keep: 24h }
tokens: { carried_in: [{ header: Authorization, scheme: Bearer }] }
errors: { content_type: application/problem+json }
routes:
  GET /accounts/{account:text}:
    does: account.find
    takes: { account: path.account }
    gives: { body: { id: "{{ account.id }}" } }
"#;
    assert!(load("operators.yaml", contract).is_ok());
    let told = |from: &str, to: &str| {
        let faults = load("operators.yaml", &contract.replace(from, to)).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    for (from, to, fault) in [
        (
            "does: account.find\n    takes: { account: path.account }",
            "does: account.show",
            "account.show needs a member who is signed in, and the callers here are API keys",
        ),
        ("callers: api_keys\n", "", "`idempotency` is for contracts that API keys call"),
        (
            "callers: api_keys\n",
            "",
            "account.find needs an administrator, and a contract's callers are members",
        ),
        (
            "idempotency:",
            "policy: { sign_in: [email] }\nidempotency:",
            "`policy` is about members, and the callers here are API keys",
        ),
        ("keep: 24h", "keep: 30d", "`keep` is 30d; at most 7d is allowed"),
        ("application/problem+json", "text/plain", "`text/plain` is no content type of JSON"),
        (
            "does: account.find",
            "does: account.find\n    caller: required",
            "every route needs an API key here",
        ),
        ("carried_in: [", "access: { lifetime: 5m }, carried_in: [", "unknown key `access` in `tokens`"),
        ("account.id", "caller.id", "the output of account.find has no `caller`"),
    ] {
        let faults = told(from, to);
        assert!(faults.contains(fault), "{to}:\n{faults}");
    }
}
