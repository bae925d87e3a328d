//! What contracts and the documentation rely on of every operation.

use std::collections::HashSet;

use daemun_operations::{find, registry};
use serde_json::Value;

#[test]
fn names_are_unique_and_found() {
    let mut names = HashSet::new();
    for operation in registry() {
        assert!(names.insert(operation.name), "{} twice", operation.name);
        assert_eq!(find(operation.name).map(|found| found.name), Some(operation.name));
        assert_eq!(operation.failures.iter().collect::<HashSet<_>>().len(), operation.failures.len());
    }
    assert!(find("account.fly").is_none());
}

#[test]
fn every_input_and_output_field_is_described_and_inlined() {
    for operation in registry() {
        for (kind, schema) in [("input", &operation.input), ("output", &operation.output)] {
            assert_eq!(schema["type"], "object", "{} {kind}", operation.name);
            assert!(!schema.to_string().contains("$ref"), "{} {kind} has a reference", operation.name);
            for (field, member) in schema["properties"].as_object().unwrap() {
                assert!(member["description"].is_string(), "{} {kind} {field}", operation.name);
            }
        }
    }
}

#[test]
fn required_inputs_are_told_in_the_schema() {
    let required = |name: &str| find(name).unwrap().input["required"].clone();
    assert_eq!(required("session.sign_in"), serde_json::json!(["password"]));
    assert_eq!(required("account.sign_up"), Value::Null);
    assert_eq!(required("password.check_reset_code"), serde_json::json!(["email", "code"]));
    let change = find("password.change").unwrap();
    assert_eq!(change.input["properties"]["current_password"]["x-required-if-taken"], true);
}

#[test]
fn whatever_is_for_operators_names_its_permission_and_nothing_else_does() {
    for operation in registry() {
        let for_operators = operation.caller == daemun_operations::CallerRule::Administrator;
        assert_eq!(
            operation.permission.is_some(),
            for_operators,
            "{}: write .needs(Permission::…)",
            operation.name
        );
    }
}
