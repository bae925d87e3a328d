//! The program as an operator runs it.

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

mod account;
mod admins;
mod backup;
mod introspect;
mod keys;
mod metrics;
mod operators;
mod organization;
mod place;
mod points;
mod traces;
mod uploads;

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use place::{CONFIG, MEMBERS, Place, ask};

#[test]
fn a_wrong_command_line_is_2_and_shows_how() {
    let place = Place::empty();
    assert!(place.run(&[]).fails_with(2).contains("Usage:"));
    assert!(place.run(&["sreve"]).fails_with(2).contains("serve"), "what was meant is told");
    assert!(place.run(&["account", "find"]).fails_with(2).contains("<ACCOUNT>"));
    assert!(place.run(&["--help"]).succeeds().contains("check-config"));
    assert!(place.run(&["--version"]).succeeds().starts_with("daemun "));
    assert!(place.run(&["completions", "bash"]).succeeds().contains("_daemun"));
}

#[test]
fn a_configuration_is_checked_without_starting() {
    assert_eq!(
        Place::configured().run(&["check-config"]).succeeds(),
        "daemun.toml: nothing is wrong; 1 app\n"
    );

    let place = Place::empty();
    assert!(place.run(&["check-config"]).succeeds().starts_with("no file: demo mode"));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing was made");

    place.write("daemun.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    let told = place.run(&["check-config"]);
    assert_eq!(told.err(), "warning: there is no [[app]]: nothing but the console is served\n");
    assert_eq!(told.succeeds(), "daemun.toml: nothing is wrong; 0 apps\n");

    place.write("daemun.toml", "[server]\nlistn = \"127.0.0.1:1\"\n");
    assert_eq!(
        place.run(&["check-config"]).fails_with(1),
        "error: daemun.toml: unknown key server.listn\n  hint: did you mean server.listen?\n"
    );
    assert!(
        place
            .run(&["check-config", "--config", "nowhere.toml"])
            .fails_with(1)
            .contains("nowhere.toml: there is no such file")
    );
}

/// A newcomer installs it, starts it, and writes into it afterwards.
#[test]
fn the_configuration_to_begin_with_is_right_as_it_is() {
    let place = Place::empty();
    place.write("daemun.toml", include_str!("../../../../deploy/daemun.toml"));
    assert_eq!(place.run(&["check-config"]).succeeds(), "daemun.toml: nothing is wrong; 1 app\n");
}

#[test]
fn a_secret_of_a_text_message_that_is_missing_is_told_with_its_variable() {
    let place = Place::empty();
    let sms = "[delivery.sms]\nkind = \"http\"\nfrom = \"1\"\nurl = \"https://example.com\"\nbody = '{{ secret.key }}'\n";
    place.write("daemun.toml", sms);
    let told = place.run(&["check-config"]).fails_with(1);
    assert!(told.contains("`body`") && told.contains("DAEMUN__DELIVERY__SMS__SECRETS__NAME"), "{told}");
}

#[test]
fn a_broken_contract_does_not_start_and_every_fault_is_told() {
    let place = Place::configured();
    place.write(
        "members.yaml",
        &MEMBERS.replace("account.sign_up", "account.sing_up").replace("tokens.access", "tokens.acess"),
    );
    let told = place.run(&["serve"]).fails_with(1);
    assert!(told.contains("members.yaml:13:"), "{told}");
    assert!(told.contains("account.sign_up"), "what was meant: {told}");
    assert!(told.contains("members.yaml:20:"), "{told}");
}

#[test]
fn the_dev_outbox_is_not_shown_to_the_world() {
    let told = Place::empty().run(&["serve", "--listen", "0.0.0.0:0"]).fails_with(1);
    assert!(told.contains("dev outbox") && told.contains("hint:"), "{told}");
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = Place::configured().run(&["serve", "--listen", &address]).fails_with(1);
    assert!(told.contains(&address) && told.contains("another program listens there"), "{told}");
}

#[test]
fn a_database_is_brought_up_to_date_once() {
    let place = Place::configured();
    let told = place.run(&["outbox", "list"]).fails_with(1);
    assert!(told.contains("daemun migrate"), "{told}");
    assert!(place.run(&["migrate"]).succeeds().contains("V1__"));
    assert_eq!(place.run(&["migrate"]).succeeds(), "nothing to do\n");
    assert_eq!(place.run(&["outbox", "list", "--json"]).json(), json!([]));
    let mode = |name: &str| std::fs::metadata(place.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("daemun-data"), mode("daemun-data/daemun.db")), (0o700, 0o600));
}

#[test]
fn apps_and_routes_are_listed() {
    let place = Place::configured();
    assert_eq!(
        place.run(&["app", "list", "--json"]).json(),
        json!([{
            "name": "members", "title": "Members", "contract": "members", "version": "1.0.0", "mount": "/members",
            "hosts": [], "public_url": "http://127.0.0.1:0/members",
        }])
    );
    assert!(place.run(&["app", "list"]).succeeds().contains("/members"));
    assert_eq!(
        place.run(&["contract", "check", "members.yaml"]).succeeds(),
        "members.yaml: nothing is wrong; 3 routes\n"
    );
    let routes = place.run(&["contract", "show", "members.yaml", "--json"]).json();
    assert_eq!(
        routes[2],
        json!({
            "method": "GET", "path": "/me", "also": [], "does": "account.show", "when": null, "caller": "yes",
            "status": 200, "beyond": false, "summary": "The own account",
        })
    );
    assert!(place.run(&["contract", "show", "members.yaml"]).succeeds().contains("account.sign_up"));
    assert!(
        place.run(&["contract", "check", "nothing"]).fails_with(1).contains("there is no built-in contract")
    );
}

#[test]
fn without_a_file_every_built_in_contract_is_served_for_this_machine() {
    let place = Place::empty();
    let server = place.serve(&["--listen", "127.0.0.1:0"]);
    let told: Vec<_> = server.told.iter().filter_map(|line| line.split_whitespace().next()).collect();
    let (mounts, console) = told.split_at(daemun_server::builtin::names().len());
    assert_eq!(mounts, daemun_server::builtin::names());
    // Nobody administers it yet: the console, and the link with which somebody begins.
    assert_eq!(console, ["console", "set"]);
    let link = server.told.last().and_then(|line| line.strip_prefix("set up     "));
    let begin = format!("{}/console/set-up?token=", server.url);
    assert!(link.is_some_and(|link| link.starts_with(&begin)), "{link:?}");
    assert!(place.path().join("daemun-data/daemun.db").is_file());

    let allowed = |origin: &str| {
        let request = server
            .client()
            .request(reqwest::Method::OPTIONS, format!("{}/{}/nowhere", server.url, mounts[0]))
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(request.send()).unwrap();
        answer.headers().contains_key("access-control-allow-origin")
    };
    assert!(allowed("http://localhost:3000"));
    assert!(!allowed("https://example.com"));
}

#[test]
fn options_are_the_contracts_switches() {
    let place = Place::configured();
    place.write(
        "members.yaml",
        &MEMBERS.replace("policy:", "options: { style: { choice: [plain, rich], default: plain } }\npolicy:"),
    );
    let told = |options: &str| {
        place.write("daemun.toml", &format!("{CONFIG}options = {{ {options} }}\n"));
        place.run(&["check-config"])
    };
    told("style = \"rich\"").succeeds();
    assert!(told("style = \"bold\"").fails_with(1).contains("it can be plain or rich"));
    assert!(told("stile = \"rich\"").fails_with(1).contains("options.stile: is unknown"));
}

#[test]
fn a_policy_can_differ_from_the_contracts() {
    let place = Place::configured();
    let told = |policy: &str| {
        place.write("daemun.toml", &format!("{CONFIG}policy = {{ {policy} }}\n"));
        place.run(&["check-config"])
    };
    told("verify_email = \"none\", required = [\"email\", \"name\"], fields = { name = { max = 5 } }")
        .succeeds();
    let wrong = told("verify_emial = \"none\", approval = \"perhaps\"").fails_with(1);
    assert!(wrong.contains("verify_email") && wrong.contains("perhaps"), "{wrong}");

    told("required = [\"email\", \"password\", \"name\"]").succeeds();
    let server = place.serve(&[]);
    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    assert_eq!(server.post("/members/members", &member).0, 400, "the name is required now");
}

#[test]
fn a_database_that_is_away_is_told_without_its_password() {
    let url = "postgres://daemun:hunter2@127.0.0.1:1/daemun";
    let told = Place::configured().run(&["serve", "--database", url]).fails_with(1);
    assert!(told.starts_with("error: database: ") && !told.contains("hunter2"), "{told}");
}

#[test]
fn an_address_that_is_none_is_told() {
    let told = Place::configured().run(&["serve", "--listen", "everywhere"]).fails_with(1);
    assert!(told.contains("server.listen"), "{told}");
}

#[test]
fn an_operator_works_beside_a_running_server() {
    let place = Place::configured();
    let server = place.serve(&[]);
    assert!(
        server.told.iter().any(|line| line.starts_with("members") && line.ends_with("/members")),
        "{:?}",
        server.told
    );

    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    let (status, account) = server.post("/members/members", &member);
    assert_eq!(status, 201, "{account}");
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/members/me", &token).0, 200);

    let uuid = account["uuid"].as_str().unwrap();
    for target in ["A@Example.com", &account["id"].to_string(), uuid] {
        let found = place.run(&["account", "find", target, "--json"]).json();
        assert_eq!(found["uuid"], *uuid, "{target}");
    }
    assert!(place.run(&["account", "find", "a@example.com", "--app", "members"]).succeeds().contains(uuid));
    assert!(
        place.run(&["account", "find", "b@example.com"]).fails_with(1).contains("there is no such account")
    );
    assert!(
        place
            .run(&["account", "find", "1", "--app", "other"])
            .fails_with(1)
            .contains("there is no app \"other\"")
    );

    let sent = place.run(&["outbox", "list", "--json"]).json();
    let message = &sent[0];
    assert_eq!(
        (&message["app"], &message["channel"], &message["to"]),
        (&json!("members"), &json!("email"), &json!("a@example.com"))
    );
    assert!(message["link"].as_str().unwrap().contains("token="), "{message}");
    for key in ["subject", "text", "code", "created_at", "sent_at"] {
        assert!(message.as_object().unwrap().contains_key(key), "{key}");
    }

    let suspended = place.run(&["account", "suspend", uuid, "--reason", "test", "--json"]).json();
    assert_eq!(suspended["status"], "suspended");
    assert_eq!(server.get("/members/me", &token).0, 401, "it holds at once");
    assert_ne!(server.post("/members/sessions", &member).0, 200);
    place.run(&["account", "restore", uuid]).succeeds();
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["account", "end-sessions", uuid, "--json"]).json()["ended"], 1);
    assert_eq!(server.get("/members/me", &token).0, 401);

    assert!(place.run(&["account", "delete", uuid]).fails_with(2).contains("--yes"));
    place.run(&["account", "delete", uuid, "--yes"]).succeeds();
    assert_eq!(server.post("/members/sessions", &member).0, 401);

    server.terminate();
    assert_eq!(server.ended().0, 0);
}

#[test]
fn log_lines_are_json_with_the_request_id_and_without_secrets() {
    let place = Place::configured();
    let server = place.serve(&[]);
    let url = format!("{}/members/sessions?token=query-secret", server.url);
    let body = json!({ "email": "secret@example.com", "password": "body-secret" });
    let request = server
        .client()
        .post(url)
        .header("x-request-id", "given-4711")
        .bearer_auth("header-secret")
        .json(&body);
    assert_eq!(ask(request).0, 401);
    server.terminate();
    let (code, log) = server.ended();
    assert_eq!(code, 0);
    assert!(!log.contains("secret"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request_id"] == "given-4711").expect("the request is logged");
    assert_eq!(
        (&line["method"], &line["app"], &line["route"], &line["status"], &line["code"]),
        (&json!("POST"), &json!("members"), &json!("/sessions"), &json!(401), &json!("wrong_credentials"))
    );
    assert_eq!(
        lines.iter().filter(|line| line["request_id"] == "given-4711").count(),
        1,
        "one line a request"
    );
}
