//! What becomes of sound contracts.

use daemun_contract::ast::{Action, Alternative, Contract, InputKind, Node, ParameterKind, Segment, Source};
use daemun_contract::{Loaded, load, show};
use daemun_model::app::{AttributeKind, Identifier, VerifyEmail};
use daemun_model::{Code, Language, TokenPolicy};
use daemun_operations::CallerRule;
use serde_json::json;

fn sound(text: &str) -> Loaded {
    load("demo.yaml", text).unwrap_or_else(|faults| {
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}

fn does(alternative: &Alternative) -> &daemun_contract::ast::Does {
    match &alternative.action {
        Action::Does(does) => does,
        Action::Fails(code) => panic!("it fails with {code:?}"),
    }
}

#[test]
fn the_built_in_contracts_are_sound() {
    for name in ["welt", "energyboost"] {
        let path = format!("{}/../../contracts/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let loaded = sound(&std::fs::read_to_string(path).unwrap());
        assert_eq!(loaded.contract.name, name);
    }
}

/// The first example of the language's description, word for word.
const FIRST: &str = r#"
contract: welt
title: Account management API
version: 0.65.0
language: en

policy:                                   # what this API implies about accounts; an app's configuration may override it
  sign_in: [email]
  required: [email, password, name]

tokens:
  access:  { format: jwt, lifetime: 30m }
  refresh: { format: jwt, lifetime: 14d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

shapes:
  profile: { id: "{{ account.id }}", email: "{{ account.email }}", name: "{{ account.name }}" }

errors:                                   # how a failure of the core reads on this wire
  invalid:          { status: 400 }
  email_taken:      { status: 400, message: Email already exists }
  wrong_password:   { status: 400, message: Invalid password }
  unauthenticated:  { status: 401, message: Unauthorized }
  body:                                   # the shape of every failure
    status: "{{ error.status }}"
    code: "{{ error.status * 100 }}"
    message: "{{ error.message }}"
    detail: "{{ (error.fields | joined) if error.code == 'invalid' else '' }}"

routes:
  POST /auth/accounts/register:
    summary: Register an account
    does: account.sign_up
    takes: { email: body.email, password: body.password, name: body.name }
    gives: { status: 201, body: { shape: profile } }

  DELETE /auth/accounts:
    summary: Delete the account
    does: account.delete
    takes: { email: body.email, password: body.password }
    gives: { body: { success: true } }
    errors: { wrong_password: { status: 401 } }
"#;

#[test]
fn the_first_example_of_the_language_is_sound() {
    let loaded = sound(FIRST);
    assert_eq!(loaded.contract.name, "welt");
    assert_eq!(loaded.contract.version, "0.65.0");
    let wrong_password = |route: usize| loaded.contract.routes[route].errors.rules.get(&Code::WrongPassword);
    assert_eq!(wrong_password(1).and_then(|rule| rule.status), Some(http::StatusCode::UNAUTHORIZED));
}

#[test]
fn the_routes_are_shown_as_a_table() {
    let loaded = sound(
        "contract: demo\ntitle: Demo\nversion: 1.0\nroutes:\n  \
         POST /login: { also: [/sign-in], summary: Sign in, does: session.sign_in, takes: { email: body.email, password: body.password }, gives: { body: {} } }\n  \
         DELETE /me/: { beyond: true, does: account.delete, gives: { status: 204 } }\n",
    );
    assert_eq!(
        show::table(&loaded.contract),
        "Demo 1.0 (demo)\n\n\
         METHOD  PATH              DOES             CALLER  STATUS  BEYOND  SUMMARY\n\
         POST    /login, /sign-in  session.sign_in  no      200             Sign in\n\
         DELETE  /me               account.delete   yes     204     beyond  Delete the caller's account\n"
    );
}

/// The whole vocabulary, over the operations that there are.
const EVERYTHING: &str = r#"
contract: demo
title: Demo
version: 1.0
description: All the words of the language.
language: ko
timezone: Asia/Seoul
accepts: [json, form, multipart]

policy:
  sign_in: [preferred_username, email]
  verify_email: proven
  approval: required
  unique: [nickname]
  nickname.change_every: 30d
  rejection_reasons: [Blurred photo, Not a member]
  find_email: { masked: true }
  password_change: { recent_sign_in: 6h }
  fields: { preferred_username: { min: 4, max: 32, pattern: "[A-Za-z0-9_.-]+" } }

tokens:
  access: { format: jwt, lifetime: 5m, outlives_sign_out: true, claims: { user_id: "{{ account.id }}" } }
  refresh: { format: jwt, lifetime: 14d, rotates: false }
  carried_in: [{ header: Authorization, scheme: Token }, { header: X-CSRFToken }]

enums: { gender: { male: 0, female: 1 } }
attributes:
  carrier: { type: string, max: 50 }
  foreigner: { type: boolean, default: false }
  floor: { type: integer, min: -2, max: 9 }
options: { envelope_http: { choice: [mapped, always_200], default: mapped } }

shapes:
  account: { id: "{{ account.id }}", gender: "{{ account.gender | wire('gender') }}", carrier: "{{ account.attributes.carrier }}" }
  session: { id: "{{ session.id }}", text: "from {{ session.address }}, {{ session.user_agent }}" }

messages:
  username.taken: 해당 사용자 이름은 이미 존재합니다.
  "*.taken": 이 필드는 반드시 고유(unique)해야 합니다.
  non_field_errors.mismatch: 서로 다릅니다.

errors:
  non_field: non_field_errors
  http: "{{ 200 if option.envelope_http == 'always_200' else error.status }}"
  invalid: { status: 403, message: 잘못된 요청입니다, body: { detail: "{{ error.message }}", "...": "{{ error.fields }}" } }
  body: { status: "{{ 2 if error.code in ['unauthenticated', 'token_invalid', 'token_revoked'] else 1 }}", error_msg: "{{ error.message }}" }

groups:
  /api/: { wrap: { status: OK, data: "{{ body }}" }, errors: { unauthenticated: { status: 401 } } }
  /api/bare: { carried_in: [{ header: X-Token }] }
  "": { errors: { not_found: { status: 404 } } }

routes:
  POST /accounts:
    does: account.sign_up
    takes:
      email: body.email
      preferred_username: { from: [body.username, header.X-User] }
      password: body.password
      gender: { from: body.gender, enum: gender, default: female }
      given_name: body.first ~ ' ' ~ body.second
      attributes.carrier: body.carrier
      attributes.foreigner: { from: body.foreigner, default: true }
      open_session: { value: true }
    gives: { status: 201, headers: { Location: "/accounts/{{ account.id }}" }, body: { shape: account } }

  POST /api/logout:
    also: [/logout, /api/bare/logout/]
    caller: optional
    takes: { refresh_token: { from: [body.refresh, header.refresh] } }
    does: session.sign_out
    wrap: false
    gives: { body: { detail: Successfully logged out. } }

  GET /api/accounts/{userId:int}/:
    does: account.show
    takes: { id: path.userId }
    gives: { body: { "...": { shape: account }, me: { shape: account, of: "{{ caller }}" } } }

  GET /api/bare/sessions:
    does: session.list
    gives:
      body:
        cards: { each: "{{ sessions }}", as: s, shape: session }
        ids: { each: "{{ sessions }}", as: s, item: "@{{ s.id }}" }
        fixed: { a: [1, 2.5, null, true] }

  POST /users/login:
    - { when: body.refresh is defined and body.username is undefined, does: session.refresh, takes: { refresh_token: body.refresh }, gives: { body: { access: "{{ tokens.access }}" } } }
    - { when: body.username is defined, does: session.sign_in, takes: { preferred_username: body.username, password: body.password }, gives: { body: { tokens: { access: "{{ tokens.access }}" } } }, errors: { wrong_credentials: { status: 401 } } }
    - { fails: invalid }
"#;

fn everything() -> Contract {
    sound(EVERYTHING).contract
}

#[test]
fn the_head_is_read() {
    let contract = everything();
    assert_eq!(
        (contract.version.as_str(), contract.language),
        ("1.0", Language::Ko),
        "the version as written"
    );
    assert!(contract.accepts.form && contract.accepts.multipart && contract.accepts.json);
    let policy = &contract.policy;
    assert_eq!(policy.sign_in, [Identifier::PreferredUsername, Identifier::Email]);
    assert_eq!(policy.required, ["preferred_username", "email", "password"], "what is not said follows");
    assert_eq!(policy.unique, ["nickname", "preferred_username", "email"]);
    assert_eq!(policy.verify_email, VerifyEmail::Proven);
    assert_eq!(policy.nickname_change_every, Some(30 * 86_400));
    assert_eq!(policy.rejection_reasons, ["Blurred photo", "Not a member"]);
    assert!(policy.find_email_masked);
    assert_eq!(policy.password_change_recent_sign_in, 6 * 3600);
    let pattern = policy.fields["preferred_username"].pattern.as_ref().unwrap();
    assert!(pattern.is_match("a.b-c") && !pattern.is_match("a b"), "the whole value");
    let TokenPolicy::Jwt { access, refresh } = &contract.tokens else { panic!("{:?}", contract.tokens) };
    assert_eq!((access.lifetime, access.outlives_sign_out), (300, true));
    assert_eq!((refresh.idle, refresh.absolute, refresh.rotates), (14 * 86_400, 14 * 86_400, false));
    assert_eq!(contract.claims[0].0, "user_id");
    let carriers: Vec<_> =
        contract.carried_in.iter().map(|c| (c.header.as_str(), c.scheme.as_deref())).collect();
    assert_eq!(carriers, [("authorization", Some("Token")), ("x-csrftoken", None)]);
    assert_eq!(contract.enums["gender"].wire("female"), Some(&json!(1)));
    assert!(matches!(contract.attributes["floor"].kind, AttributeKind::Integer { min: -2, max: 9 }));
    assert_eq!(contract.switches["envelope_http"].default, "mapped");
}

#[test]
fn groups_have_the_longest_prefix_first_and_the_default_last() {
    let contract = everything();
    let prefixes: Vec<_> = contract.groups.iter().map(|group| group.prefix.as_str()).collect();
    assert_eq!(prefixes, ["/api/bare/", "/api/", ""]);
    let of: Vec<_> = contract.routes.iter().map(|route| route.group).collect();
    assert_eq!(of, [2, 1, 1, 0, 2]);
    assert!(!contract.routes[1].wrap && contract.routes[2].wrap);
}

#[test]
fn takes_are_read() {
    let contract = everything();
    let sign_up = does(&contract.routes[0].alternatives[0]);
    let names: Vec<String> = sign_up.takes.iter().map(|take| take.input.join(".")).collect();
    assert_eq!(names[5], "attributes.carrier");
    let Source::Wire { from, .. } = &sign_up.takes[1].source else { panic!() };
    let places: Vec<_> = from.iter().map(|place| format!("{}/{}", place.root, place.wire_name())).collect();
    assert_eq!(places, ["body/username", "header/x-user"], "names of headers in lower case");
    let Source::Wire { table, default, .. } = &sign_up.takes[3].source else { panic!() };
    assert_eq!((*table, default.clone()), (Some(0), Some(json!("female"))));
    let Source::Computed { blames, .. } = &sign_up.takes[4].source else { panic!() };
    assert_eq!(blames.as_ref().unwrap().wire_name(), "first");
    assert_eq!(sign_up.takes[6].kind, InputKind::Boolean);
    assert!(matches!(&sign_up.takes[7].source, Source::Constant(value) if *value == json!(true)));
}

#[test]
fn gives_are_read() {
    let contract = everything();
    let sessions = does(&contract.routes[3].alternatives[0]);
    let shown = format!("{:?}", sessions.gives.body);
    assert!(
        shown.contains(r#"aliases: ["s", "session"]"#),
        "the element has the name that the shape uses: {shown}"
    );
    assert!(
        shown.contains(r#"Literal(Object {"a": Array [Number(1), Number(2.5), Null, Bool(true)]})"#),
        "{shown}"
    );
    let account = does(&contract.routes[2].alternatives[0]);
    let shown = format!("{:?}", account.gives.body);
    assert!(shown.contains(r#"Spread(Shape { shape: 0, of: None })"#), "{shown}");
    assert!(shown.contains(r#"Shape { shape: 0, of: Some(("account", {{ caller }})) }"#), "{shown}");
    let sign_up = does(&contract.routes[0].alternatives[0]);
    assert!(matches!(&sign_up.gives.headers[0].1, Node::Text(pieces) if pieces.len() == 2));
}

#[test]
fn paths_and_callers_are_read() {
    let contract = everything();
    let logout = &contract.routes[1];
    let paths: Vec<_> = logout.paths.iter().map(|path| path.text.as_str()).collect();
    assert_eq!(paths, ["/api/logout", "/logout", "/api/bare/logout"], "without the final slash");
    assert_eq!(does(&logout.alternatives[0]).caller, CallerRule::Optional);
    assert_eq!(logout.summary, "Sign out", "the operation's, where the contract has none");
    let Segment::Parameter { name, kind } = &contract.routes[2].paths[0].segments[2] else { panic!() };
    assert_eq!((name.as_str(), *kind), ("userId", ParameterKind::Int));
    let login = &contract.routes[4];
    assert_eq!(login.alternatives.len(), 3);
    assert!(matches!(login.alternatives[2].action, Action::Fails(Code::Invalid)));
    assert!(login.alternatives[1].errors.rules.contains_key(&Code::WrongCredentials));
}

#[test]
fn what_is_not_said_has_the_documented_defaults() {
    let contract = sound(
        "contract: demo\ntitle: Demo\nversion: 0.65.0\nroutes:\n  GET /: { does: account.show, gives: { body: \"{{ account.id }}\" } }\n",
    )
    .contract;
    assert_eq!(contract.timezone, chrono_tz::Asia::Seoul);
    assert!(contract.accepts.json && !contract.accepts.form);
    assert_eq!(contract.policy.required, ["email"], "no route asks for a password");
    assert_eq!(contract.policy.phone_region, "KR");
    let TokenPolicy::Jwt { access, refresh } = &contract.tokens else { panic!() };
    assert_eq!(
        (access.lifetime, refresh.idle, refresh.absolute, refresh.rotates),
        (900, 14 * 86_400, 90 * 86_400, true)
    );
    assert_eq!(contract.carried_in[0].scheme.as_deref(), Some("Bearer"));
    assert_eq!((contract.groups.len(), contract.groups[0].prefix.as_str()), (1, ""));
    assert_eq!(
        (contract.routes[0].paths[0].text.as_str(), contract.routes[0].paths[0].segments.len()),
        ("/", 0)
    );
}

#[test]
fn an_opaque_session_is_read() {
    let contract = sound(
        "contract: demo\ntitle: Demo\nversion: 1.0.0\ntokens:\n  session: { format: opaque, hex: 40, idle: 90d, absolute: 365d }\nroutes:\n  GET /me: { does: account.show, gives: { body: {} } }\n",
    )
    .contract;
    let TokenPolicy::Opaque(opaque) = &contract.tokens else { panic!() };
    assert_eq!((opaque.hex, opaque.idle, opaque.absolute), (40, 90 * 86_400, 365 * 86_400));
}

#[test]
fn what_is_worth_a_look_is_a_warning() {
    let loaded = sound(
        "contract: demo\n\
         title: Demo\n\
         version: 1.0.0\n\
         policy: { sign_in: [email], approval: required, verify_email: required }\n\
         errors:\n  \
           invalid: { status: 400 }\n  \
           token_invalid: { status: 401 }\n\
         groups: { /api/: {} }\n\
         routes:\n  \
           POST /login:\n    \
             does: session.sign_in\n    \
             takes: { email: body.email, password: body.password }\n    \
             gives: { body: {} }\n    \
             errors: { wrong_credentials: { status: 401 }, wrong_password: { status: 401 } }\n  \
           POST /refresh: { does: session.refresh, takes: { refresh_token: body.refresh }, gives: { body: {} } }\n  \
           GET /verify: { does: session.verify, takes: { token: body.token }, gives: { body: {} } }\n  \
           POST /two:\n  \
           - { when: body.a is defined, fails: invalid }\n",
    );
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "demo.yaml:8:11: no route is under `/api/`",
            "demo.yaml:11:11: session.sign_in can end in `account_pending` (403), `account_rejected` (403), `account_suspended` (403), `email_not_proven` (400), which this contract gives no status: the default in brackets is sent\n  hint: for example `errors: { account_pending: { status: 403 } }`",
            "demo.yaml:14:51: this route never ends in `wrong_password`\n  hint: it can end in `invalid`, `wrong_credentials`, `account_pending`, `account_rejected`, `account_suspended`, `email_not_proven`",
            "demo.yaml:16:40: a GET request has no body for `token`\n  hint: take it from `query.NAME`",
            "demo.yaml:17:3: a request that fits none of these alternatives fails as `invalid`\n  hint: say so with a last one: `- { fails: invalid }`",
        ],
        "a rotated token reads as an invalid one, so it needs no status of its own"
    );
}
