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
