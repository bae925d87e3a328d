//! Contracts with a mistake in them are refused: with the line, the column, a sentence, and what to do about it.

use daemun_testkit::Setup;

/// A contract without faults, in which each case below changes one thing.
const SOUND: &str = r#"contract: broken
title: Broken
version: 1.0.0
language: en
tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
shapes:
  me: { id: "{{ account.id }}", mail: "{{ account.email }}" }
errors:
  invalid: { status: 400 }
  body: { code: "{{ error.code }}" }
routes:
  POST /members:
    summary: Join
    does: account.sign_up
    takes: { email: body.email, password: body.password }
    gives: { status: 201, body: { shape: me } }
  POST /session:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }
  GET /me:
    summary: Me
    does: account.show
    gives: { body: { shape: me } }
"#;

/// What is replaced, by what, and everything that is said about it.
const MISTAKES: [(&str, &str, &str); 25] = [
    (
        "routes:\n",
        "route:\n",
        r"broken.yaml:13:1: unknown key `route` in a contract
  hint: did you mean `routes`? the keys here are `contract`, `title`, `version`, `description`, `language`, `timezone`, `accepts`, `callers`, `idempotency`, `policy`, `tokens`, `enums`, `attributes`, `options`, `shapes`, `messages`, `errors`, `groups`, `routes`",
    ),
    (
        "    summary: Sign in\n",
        "\tsummary: Sign in\n",
        r"broken.yaml:20:1: a tab stands where spaces indent
  hint: indent with spaces, two for each level",
    ),
    (
        "    summary: Sign in\n",
        "   summary: Sign in\n",
        r"broken.yaml:21:5: this line is indented by 4 spaces, the one above it by 3
  hint: a map's keys begin in one column; what is below a key is indented by two spaces more",
    ),
    (
        r#""{{ account.email }}" }"#,
        r#""{{ account.email }} }"#,
        r"broken.yaml:9:39: the quote is not closed
  hint: a text that begins with a quote ends with the same quote",
    ),
    (
        "takes: { email: body.email, password: body.password }\n    gives: { status",
        "takes: { email: body.email, password: body.password\n    gives: { status",
        r"broken.yaml:17:12: the bracket `{` is not closed
  hint: close it with `}`",
    ),
    (
        "summary: Join",
        "summary: Join: now",
        r"broken.yaml:15:18: a `:` stands where no key can be
  hint: put a text that holds `: ` in quotes, and check the indentation",
    ),
    (
        "account.sign_up",
        "account.signUp",
        r"broken.yaml:16:11: unknown operation `account.signUp`
  hint: did you mean `account.sign_up`?",
    ),
    (
        "account.email",
        "account.mail",
        r"broken.yaml:9:43: the output of account.sign_up has no `account.mail`
  hint: did you mean `email`?",
    ),
    (
        "{{ account.email }}",
        "{{ account.email | lowercase }}",
        r"broken.yaml:9:59: unknown filter `lowercase`
  hint: did you mean `lower`?",
    ),
    (
        "{{ account.email }}",
        "{{ account.email }",
        r"broken.yaml:9:40: the `{{` is not closed
  hint: end the expression with `}}`",
    ),
    (
        "{{ account.email }}",
        "{{ account.email + }}",
        r"broken.yaml:9:57: not an expression: unexpected end of input, expected expression
  hint: write MiniJinja's expressions, such as `account.email` or `account.name | default('')`",
    ),
    (
        "{{ error.code }}",
        "{{ error.cod }}",
        r"broken.yaml:12:21: a failure has no `error.cod`
  hint: did you mean `code`? `error` has `code`, `status`, `message`, `fields`, `reasons`, `retry_after`, `request_id`",
    ),
    (
        "does: session.sign_in\n    takes: { email: body.email, password: body.password }",
        "does: session.sign_in\n    takes: { email: body.email }",
        r"broken.yaml:21:11: session.sign_in needs `password`, and nothing supplies it
  hint: add it under `takes`, for example `password: body.password`",
    ),
    (
        "takes: { email: body.email, password: body.password }\n    gives: { status",
        "takes: { email: body.email, name: body.email, password: bdy.password }\n    gives: { status",
        r"broken.yaml:17:39: `body.email` fills two inputs: `email` and `name`
  hint: the other is on line 17; one field means one thing
broken.yaml:17:61: a request has no `bdy`
  hint: did you mean `body`? a request has `body`, `query`, `path`, `header`",
    ),
    (
        "takes: { email: body.email, password: body.password }\n    gives: { status",
        "takes: { email: body.email, password: body.password, gender: { value: man }, open_session: true }\n    gives: { status",
        r"broken.yaml:17:75: `gender` cannot be `man`
  hint: it is one of `male`, `female`, `other`
broken.yaml:17:96: `open_session` does not say where it comes from
  hint: a constant is written `{ value: true }`",
    ),
    (
        "status: 201",
        "status: created",
        r"broken.yaml:18:22: `status` is a number, not text
  hint: for example `status: 200`",
    ),
    (
        "status: 201",
        "status: 204",
        r"broken.yaml:18:27: an answer of status 204 has no body
  hint: take out the body, or change the status",
    ),
    (
        "lifetime: 15m",
        "lifetime: 15",
        r"broken.yaml:6:36: `15` is no length of time
  hint: write a whole number and its unit, as in `90s`, `30m`, `12h`, `14d`, `1w`",
    ),
    (
        "lifetime: 15m",
        "lifetime: 2h",
        r"broken.yaml:6:36: `lifetime` is 2h; at most 30m is allowed
  hint: who holds an access token keeps it until it expires; the refresh token carries the session on",
    ),
    (
        "invalid: { status: 400 }",
        "invald: { status: 400 }",
        r"broken.yaml:11:3: unknown failure code `invald`
  hint: did you mean `invalid`?",
    ),
    (
        "{ shape: me } }\n  POST",
        "{ shape: mee } }\n  POST",
        r"broken.yaml:18:42: unknown shape `mee`
  hint: did you mean `me`?",
    ),
    (
        "me: { id",
        "me: { self: { shape: me }, id",
        "broken.yaml:9:24: the shape `me` contains itself: me → me",
    ),
    (
        r#"token: "{{ tokens.access }}""#,
        r#"token: { shape: me, of: "{{ tokens.access }}" }"#,
        r"broken.yaml:23:38: the shape `me` shows `id`, which `tokens.access` does not have
  hint: `tokens.access` is a single value",
    ),
    (
        "  GET /me:\n",
        "  GET /session/{id:int}:\n    does: account.show\n    takes: { id: path.id }\n    gives: { body: {} }\n  GET /session/{no:int}:\n",
        r"broken.yaml:28:3: a request can mean `GET /session/{no:int}` as well as `GET /session/{id:int}` on line 24
  hint: a literal part beats a parameter, but two parameters are alike: change one of the paths",
    ),
    (
        "  GET /me:\n",
        "  GTE /me:\n",
        r"broken.yaml:24:3: `GTE` is no method of a route
  hint: did you mean `GET`? there are `GET`, `POST`, `PUT`, `PATCH`, `DELETE`",
    ),
];

fn refused(text: &str) -> String {
    match daemun_contract::load("broken.yaml", text) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn a_mistake_is_told_where_it_was_made_and_with_what_helps() {
    assert_eq!(refused(SOUND), "nothing is wrong");
    for (right, wrong, told) in MISTAKES {
        assert!(SOUND.contains(right), "{right}");
        assert_eq!(refused(&SOUND.replacen(right, wrong, 1)), told, "{wrong}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let both =
        SOUND.replacen("account.sign_up", "account.signUp", 1).replacen("{ shape: me } }\n  GET", "{}", 1);
    let both =
        both.replacen("lifetime: 15m", "lifetime: 15", 1).replacen("{{ error.code }}", "{{ error.cod }}", 1);
    let lines: Vec<String> =
        refused(&both).lines().filter_map(|line| line.split(':').nth(1).map(str::to_owned)).collect();
    let lines: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| line.parse::<u32>().is_ok()).collect();
    assert_eq!(lines, ["6", "12", "16"]);
}

#[tokio::test]
async fn a_contract_that_does_not_check_does_not_start() {
    let wrong = SOUND.replacen("account.email", "account.mail", 1);
    let error = Setup::default().contract("broken", &wrong).try_start().await.err().unwrap().to_string();
    assert!(
        error.contains("broken.yaml:9:43: the output of account.sign_up has no `account.mail`"),
        "{error}"
    );
}
