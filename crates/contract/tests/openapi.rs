//! The OpenAPI document tells what the door serves.

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::path::PathBuf;

use daemun_contract::ast::Contract;
use daemun_contract::examples::Examples;
use daemun_contract::openapi;
use daemun_model::{App, AppId};
use serde_json::{Value, json};

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn app(contract: &Contract) -> App {
    App {
        id: AppId::default(),
        name: contract.name.clone(),
        title: contract.title.clone(),
        mount: format!("/{}", contract.name),
        public_url: format!("https://id.example.com/{}", contract.name),
        language: contract.language,
        timezone: contract.timezone,
        policy: contract.policy.clone(),
        tokens: contract.tokens.clone(),
        attributes: contract.attributes.clone(),
    }
}

/// The document of a contract in a file, with its examples.
fn document(path: &str) -> Value {
    let path = file(path);
    let text = std::fs::read_to_string(&path).unwrap();
    let contract = daemun_contract::load("x.yaml", &text).unwrap().contract;
    let examples = Examples::load_beside(&path).unwrap();
    openapi::document(&contract, &app(&contract), Some(&examples))
}

/// Follows a reference into the components.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn json_of<'d>(document: &'d Value, operation: &str, status: &str) -> &'d Value {
    let answer = &document.pointer(operation).unwrap()["responses"][status];
    resolved(document, &answer["content"]["application/json"]["schema"])
}

const REGISTER: &str = "/paths/~1auth~1accounts~1register/post";
const DELETE: &str = "/paths/~1auth~1accounts/delete";
const PROFILE: &str = "/paths/~1auth~1accounts~1profile/get";

#[test]
fn bodies_have_the_wires_names_and_the_cores_types() {
    let document = document("contracts/welt.yaml");
    let body = &document.pointer(REGISTER).unwrap()["requestBody"];
    assert_eq!(body["required"], true);
    let schema = resolved(&document, &body["content"]["application/json"]["schema"]);
    assert_eq!(schema["required"], json!(["email", "password", "name"]));
    assert_eq!(schema["properties"]["email"]["format"], "email");
    assert_eq!(schema["properties"]["password"]["type"], "string");
    assert_eq!(body["content"].as_object().unwrap().len(), 1, "this contract reads JSON only");

    let profile = json_of(&document, REGISTER, "201");
    assert_eq!(profile["required"], json!(["id", "email", "name"]));
    assert_eq!(profile["properties"]["id"]["type"], "integer");
    assert_eq!(profile["properties"]["name"]["type"], "string", "the policy requires a name");
    let example =
        &document.pointer(REGISTER).unwrap()["responses"]["201"]["content"]["application/json"]["examples"];
    assert_eq!(example["example1"]["value"]["email"], "user@example.com");
}

#[test]
fn failures_stand_under_their_status_in_the_contracts_words() {
    let document = document("contracts/welt.yaml");
    let register = document.pointer(REGISTER).unwrap();
    let taken =
        &register["responses"]["400"]["content"]["application/json"]["examples"]["email_taken"]["value"];
    assert_eq!(
        *taken,
        json!({ "status": 400, "code": 40000, "message": "Email already exists", "detail": "" })
    );
    let wrong =
        &document.pointer(DELETE).unwrap()["responses"]["401"]["content"]["application/json"]["examples"];
    assert_eq!(wrong["wrong_password"]["value"]["message"], "Invalid password");
    assert_eq!(wrong["unauthenticated"]["value"]["message"], "Unauthorized");
    let statuses: Vec<_> = register["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["201", "400", "413", "415", "429", "500", "503"]);
    let profile = document.pointer(PROFILE).unwrap();
    let statuses: Vec<_> = profile["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "401", "429", "500", "503"]);
    assert!(profile["responses"]["401"]["headers"]["WWW-Authenticate"].is_object());
    assert!(profile["responses"]["429"]["headers"]["Retry-After"].is_object());
}

#[test]
fn callers_are_asked_for_where_the_operation_needs_one() {
    let document = document("contracts/energyboost.yaml");
    let security = |path: &str| document.pointer(path).unwrap()["security"].clone();
    assert_eq!(security("/paths/~1users~1signup/post"), json!([]));
    assert_eq!(security("/paths/~1users~1logout/post"), json!([{ "bearer": [] }, { "x_csrftoken": [] }]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(
        (&schemes["x_csrftoken"]["in"], &schemes["x_csrftoken"]["name"]),
        (&json!("header"), &json!("X-CSRFToken"))
    );
}

#[test]
fn enumerations_have_the_wires_values_and_beyond_is_marked() {
    let document = document("contracts/energyboost.yaml");
    let patch = document.pointer("/paths/~1users~1user/patch").unwrap();
    assert_eq!(patch["x-beyond"], true);
    assert!(document.pointer("/paths/~1users~1login/post").unwrap()["x-beyond"].is_null());
    let signup = document.pointer("/paths/~1users~1signup/post").unwrap();
    let schema =
        resolved(&document, &signup["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]);
    assert_eq!(schema["properties"]["gender"]["enum"], json!(["male", "female"]));
}

/// The document of a contract in a text.
fn written(routes: &str) -> Value {
    let head = "contract: x
title: X
version: '1'
language: en
policy: { sign_in: [email], required: [email, password] }
tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, lifetime: 14d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }, { header: X--Key }]
enums: { gender: { male: 0, female: 1 } }
errors: { body: { code: '{{ error.code }}' } }
routes:
";
    let contract = daemun_contract::load("x.yaml", &format!("{head}{routes}"));
    let contract = contract.unwrap_or_else(|faults| panic!("{faults:#?}")).contract;
    openapi::document(&contract, &app(&contract), None)
}

#[test]
fn the_meanings_of_a_route_are_told_side_by_side() {
    let document = written(
        "  POST /login:
    - when: body.refresh is defined
      does: session.refresh
      takes: { refresh_token: body.refresh }
      gives: { body: { access: '{{ tokens.access }}' } }
    - when: body.email is defined
      does: session.sign_in
      takes: { email: body.email, password: { from: [body.password, body.pw] } }
      gives: { body: { who: '{{ account.gender | wire(''gender'') }}' } }
    - { fails: not_found }
",
    );
    let login = document.pointer("/paths/~1login/post").unwrap();
    let bodies = &login["requestBody"]["content"]["application/json"]["schema"]["anyOf"];
    assert_eq!(bodies[0]["required"], json!(["refresh"]));
    assert_eq!(bodies[1]["required"], json!(["email"]));
    assert_eq!(bodies[1]["anyOf"], json!([{ "required": ["password"] }, { "required": ["pw"] }]));
    let answers = &login["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"];
    assert_eq!(answers[0]["properties"]["access"]["type"], "string");
    assert_eq!(answers[1]["properties"]["who"], json!({ "type": ["integer", "null"], "enum": [0, 1, null] }));
    assert_eq!(
        login["responses"]["404"]["content"]["application/json"]["examples"]["not_found"]["value"],
        json!({ "code": "not_found" })
    );
}

#[test]
fn two_paths_that_differ_in_a_parameters_name_are_one_path() {
    let document = written(
        "  GET /accounts/{id:int}:
    does: account.show
    takes: { id: path.id }
    gives: { status: 204 }
  DELETE /accounts/{number:int}:
    also: ['/a/{number:int}']
    does: account.delete
    takes: { id: path.number, email: query.confirm }
    gives: { status: 204 }
",
    );
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/accounts/{id}", "/a/{number}"]);
    let delete = &document["paths"]["/accounts/{id}"]["delete"];
    let parameters = delete["parameters"].as_array().unwrap();
    let known: Vec<_> = parameters.iter().map(|one| (&one["name"], &one["in"], &one["required"])).collect();
    assert_eq!(
        known,
        [(&json!("id"), &json!("path"), &json!(true)), (&json!("confirm"), &json!("query"), &json!(true))]
    );
    assert_eq!(document["paths"]["/a/{number}"]["delete"]["tags"], json!(["accounts"]));
    assert!(delete["requestBody"].is_null());
    assert!(delete["responses"]["204"]["content"].is_null());
}

#[test]
fn failures_that_share_a_body_share_its_schema() {
    let document = written(
        "  POST /join:
    does: account.sign_up
    takes: { email: body.email, password: body.password }
    gives: { status: 201, headers: { X-Member: '{{ account.id }}' }, body: { id: '{{ account.id }}' } }
    errors:
      invalid: { body: { fields: '{{ error.fields }}' }, headers: { X-Why: '{{ error.code }}' } }
",
    );
    let answers = &document["paths"]["/join"]["post"]["responses"];
    let schema = |status: &str| answers[status]["content"]["application/json"]["schema"].clone();
    assert_eq!(schema("429"), json!({ "$ref": "#/components/schemas/Error" }));
    assert_eq!(schema("503"), schema("429"));
    assert!(document["components"]["schemas"]["InvalidError"].is_object());
    assert!(answers["400"]["headers"]["X-Why"].is_object());
    assert_eq!(answers["201"]["headers"]["X-Member"]["schema"]["type"], "integer");
    assert!(answers["201"]["headers"]["X-Request-Id"].is_object());
    assert_eq!(document["components"]["securitySchemes"]["x__key"]["name"], "X--Key");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
    for path in [
        "contracts/welt.yaml",
        "contracts/energyboost.yaml",
        "docs/bookshop/bookshop.yaml",
        "crates/testkit/tests/contracts/lending.yaml",
    ] {
        let document = document(path);
        let mut ids: Vec<&str> = Vec::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                ids.push(operation["operationId"].as_str().unwrap());
                assert!(!operation["responses"].as_object().unwrap().is_empty());
            }
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}");
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{path}: {pointer}");
        }
        assert!(!text.contains("x-named") && !text.contains("x-required-if-taken"), "{path}");
    }
}

/// The body that a route takes.
fn taken<'d>(document: &'d Value, operation: &str) -> &'d Value {
    let body = &document.pointer(operation).unwrap()["requestBody"];
    &resolved(document, &body["content"]["application/json"]["schema"])["properties"]
}

#[test]
fn new_passwords_and_texts_have_the_limits_of_the_core_and_of_the_policy() {
    let welt = document("contracts/welt.yaml");
    let limits = |schema: &Value| (schema["minLength"].clone(), schema["maxLength"].clone());
    let register = taken(&welt, REGISTER);
    assert_eq!(limits(&register["password"]), (json!(8), json!(256)));
    assert_eq!(limits(&register["name"]), (json!(1), json!(150)));
    assert_eq!(limits(&register["email"]), (Value::Null, json!(254)));
    let change = taken(&welt, "/paths/~1auth~1accounts~1password/patch");
    assert_eq!(limits(&change["newPassword"]), (json!(8), json!(256)));
    let login = taken(&welt, "/paths/~1auth~1login/post");
    assert_eq!(limits(&login["password"]), (Value::Null, Value::Null), "whatever it is, it may be tried");

    let campus = document("contracts/campus.yaml");
    let signup = taken(&campus, "/paths/~1users~1signup/post");
    assert_eq!(limits(&signup["username"]), (json!(4), json!(32)));
    assert_eq!(signup["username"]["pattern"], "^(?:[A-Za-z0-9_.-]+)$");
}
