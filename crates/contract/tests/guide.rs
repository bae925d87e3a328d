//! docs/writing-a-contract.md is in step with the code: its steps are contracts that check, what it prints of them
//! stands in them, and its reference has every operation, failure, reason and filter.

use std::fs;
use std::path::PathBuf;

use daemun_contract::examples::Examples;
use daemun_contract::expression::FILTERS;
use daemun_model::{Code, Reason};
use daemun_operations::{CallerRule, Operation, registry};
use serde_json::Value;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn read(path: &str) -> String {
    fs::read_to_string(docs().join(path)).unwrap_or_else(|error| panic!("docs/{path}: {error}"))
}

fn guide() -> String {
    read("writing-a-contract.md")
}

#[test]
fn every_step_is_a_contract_without_faults() {
    let mut steps: Vec<String> = fs::read_dir(docs().join("bookshop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".examples.yaml"))
        .collect();
    steps.sort();
    assert_eq!(steps.len(), 5, "{steps:?}");
    for step in steps {
        if let Err(faults) = daemun_contract::load(&step, &read(&format!("bookshop/{step}"))) {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }
    let examples = Examples::load("bookshop.examples.yaml", &read("bookshop/bookshop.examples.yaml"));
    assert!(examples.is_ok(), "{examples:?}");
}

#[test]
fn what_the_guide_prints_of_a_step_stands_in_it() {
    let guide = guide();
    let mut snippets = 0;
    for part in guide.split("<!-- ").skip(1) {
        let (file, rest) =
            part.split_once(" -->\n```yaml\n").expect("a file's name is followed by a block of YAML");
        let (snippet, _) = rest.split_once("```").expect("the block ends");
        let text = read(file);
        assert!(text.contains(snippet), "docs/{file} does not hold what the guide prints of it:\n{snippet}");
        snippets += 1;
    }
    assert!(snippets >= 10, "{snippets}");
}

#[test]
fn the_reference_has_a_row_for_every_operation() {
    let guide = guide();
    let missing: Vec<String> =
        registry().iter().map(row_of_operation).filter(|row| !guide.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "the guide lacks these rows:\n{}", missing.join("\n"));
}

fn row_of_operation(operation: &Operation) -> String {
    let caller = match operation.caller {
        CallerRule::Nobody => "",
        CallerRule::Optional => "c",
        CallerRule::Required => "C",
        CallerRule::Administrator => "A",
    };
    let required: Vec<&str> =
        operation.input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let members = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or_default();
    let inputs: Vec<String> = members(&operation.input)
        .keys()
        .map(|name| format!("`{name}`{}", if required.contains(&name.as_str()) { "" } else { "?" }))
        .collect();
    let outputs: Vec<String> = members(&operation.output).keys().map(|name| format!("`{name}`")).collect();
    format!("| `{}` | {caller} | {} | {} |", operation.name, inputs.join(", "), outputs.join(", "))
}

#[test]
fn the_reference_has_a_row_for_every_failure() {
    let guide = guide();
    let row = |code: Code| {
        let falls_back = code.falls_back_to().map_or_else(String::new, |to| format!("`{}`", to.as_str()));
        format!("| `{}` | {} | {falls_back} |", code.as_str(), code.default_status())
    };
    let missing: Vec<String> =
        Code::ALL.into_iter().map(row).filter(|row| !guide.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "the guide lacks these rows:\n{}", missing.join("\n"));
}

#[test]
fn the_reference_names_every_reason_and_filter() {
    let guide = guide();
    let names = Reason::NAMES.iter().chain(FILTERS);
    let missing: Vec<&str> = names
        .copied()
        .filter(|name| !guide.contains(&format!("`{name}`")) && !guide.contains(&format!("`{name}(")))
        .collect();
    assert!(missing.is_empty(), "the guide says nothing of {missing:?}");
}
