//! The core's schemas as a contract's clients see them: without marks of our own, with the contract's
//! attributes, and without null where the contract's policy leaves no room for it.

use daemun_model::Account;
use daemun_model::app::{App, Attribute, AttributeKind, FieldRule, TokenPolicy};
use daemun_operations::Operation;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::known::{Known, object, with_null, without_null};
use crate::ast::{Callers, Contract};

/// Operations whose input becomes what the account is: the rules of single fields are theirs.
const WRITES_ACCOUNTS: [&str; 2] = ["account.sign_up", "account.update"];

/// Operations whose `password` is a new one: the app's rule for it holds.
const SETS_PASSWORDS: [&str; 2] = ["password.change", "password.reset"];

/// The mark of an input that a request must have once a contract takes it.
const REQUIRED_IF_TAKEN: &str = "x-required-if-taken";

/// The contract's own part of the core's schemas.
#[derive(Clone, Copy)]
pub(super) struct Core<'c> {
    contract: &'c Contract,
    app: &'c App,
}

impl<'c> Core<'c> {
    pub(super) const fn new(contract: &'c Contract, app: &'c App) -> Self {
        Self { contract, app }
    }

    /// The members of an operation's output. `opens_session`: its input asks for tokens.
    pub(super) fn output(self, operation: &Operation, opens_session: bool) -> Vec<(String, Value, bool)> {
        let required = names(operation.output.get("required"));
        let properties = operation.output.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        let members = properties.map(|(name, schema)| {
            let mut schema = self.refined(name, schema.clone());
            if name == "tokens" && opens_session {
                schema = without_null(schema);
            }
            (name.clone(), schema, required.contains(&name.as_str()))
        });
        members.collect()
    }

    /// The caller, as expressions see it.
    pub(super) fn caller(self) -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|s| s.inline_subschemas = true);
        let mut schema = settings.into_generator().into_root_schema_for::<Account>().to_value();
        if let Some(members) = schema.as_object_mut() {
            members.shift_remove("$schema");
            members.shift_remove("title");
        }
        self.refined("caller", schema)
    }

    /// The input of an operation at a dotted name, and whether the request must have it where it is taken.
    pub(super) fn input(self, operation: &Operation, path: &[String]) -> (Value, bool) {
        let mut schema = operation.input.clone();
        let mut required = false;
        for (depth, name) in path.iter().enumerate() {
            required = depth == 0 && names(schema.get("required")).contains(&name.as_str());
            schema = match (depth, path[0].as_str()) {
                (1, "attributes") => self.contract.attributes.get(name).map_or_else(|| json!({}), attribute),
                _ => member(&schema, name),
            };
        }
        let marked = schema.get(REQUIRED_IF_TAKEN).is_some_and(|mark| *mark == true);
        let name = path.join(".");
        let by_policy = operation.name == "account.sign_up" && self.app.policy.required.contains(&name);
        let required = required || marked || by_policy;
        let last = path.last().map_or("", String::as_str);
        let mut schema = with_format(last, self.refined(last, schema));
        let obeys = WRITES_ACCOUNTS.contains(&operation.name)
            || (SETS_PASSWORDS.contains(&operation.name) && name == "password");
        if let Some(rule) = self.app.policy.fields.get(&name).filter(|_| obeys) {
            schema = with_rule(schema, rule);
        }
        (if required { without_null(schema) } else { schema }, required)
    }

    /// A schema of the core under its name: accounts and tokens as this app has them, the rest as it is.
    fn refined(self, name: &str, schema: Value) -> Value {
        let Value::Object(mut members) = schema else { return schema };
        members.retain(|key, value| !key.starts_with("x-") && (key != "default" || !value.is_null()));
        if let Some(Value::Object(properties)) = members.get_mut("properties") {
            let account = properties.contains_key("attributes") && properties.contains_key("email_verified");
            let tokens = properties.contains_key("access") && properties.contains_key("refresh");
            for (key, property) in properties.iter_mut() {
                let mut refined = self.refined(key, property.take());
                if account && self.has_always(key) {
                    refined = without_null(refined);
                }
                if account && key == "attributes" {
                    refined = self.attributes();
                }
                if tokens && key == "refresh" {
                    refined = match self.app.tokens {
                        TokenPolicy::Jwt { .. } => without_null(refined),
                        TokenPolicy::Opaque(_) => json!({ "type": "null" }),
                    };
                }
                *property = refined;
            }
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            if let Some(Value::Array(choices)) = members.get_mut(key) {
                choices.iter_mut().for_each(|choice| *choice = self.refined(name, choice.take()));
            }
        }
        if let Some(items) = members.get_mut("items") {
            *items = self.refined(name, items.take());
        }
        with_format(name, Value::Object(members))
    }

    /// Whether every account that is shown has this field. An operator may have imported some without what a sign-up needs;
    /// to members the API promises what its policy asks for.
    fn has_always(self, field: &String) -> bool {
        match self.contract.callers {
            Callers::Members => self.app.policy.required.contains(field),
            Callers::ApiKeys => false,
        }
    }

    /// `account.attributes`: all that are declared; one without a default is null until it is set.
    fn attributes(self) -> Value {
        let of = |declared: &Attribute| match declared.default {
            Some(_) => attribute(declared),
            None => with_null(attribute(declared)),
        };
        let attributes = self.app.attributes.iter();
        let members = attributes.map(|(name, declared)| (name.clone(), Known::always(of(declared))));
        object(members.collect())
    }
}

fn attribute(attribute: &Attribute) -> Value {
    match &attribute.kind {
        AttributeKind::String { max, choices } if choices.is_empty() => {
            json!({ "type": "string", "maxLength": max })
        }
        AttributeKind::String { choices, .. } => json!({ "type": "string", "enum": choices }),
        AttributeKind::Boolean => json!({ "type": "boolean" }),
        AttributeKind::Integer { min, max } => {
            let mut schema = json!({ "type": "integer" });
            if *min != i64::MIN {
                schema["minimum"] = json!(min);
            }
            if *max != i64::MAX {
                schema["maximum"] = json!(max);
            }
            schema
        }
        AttributeKind::Number => json!({ "type": "number" }),
        AttributeKind::Date => json!({ "type": "string", "format": "date" }),
    }
}

/// A member of an object's schema, or `{}`.
pub(super) fn member(schema: &Value, name: &str) -> Value {
    let direct = schema.get("properties").and_then(|properties| properties.get(name));
    let choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let mut nested = choices.filter_map(|choice| choice.get("properties")?.get(name));
    direct.or_else(|| nested.next()).cloned().unwrap_or_else(|| json!({}))
}

/// The elements of a list's schema, or `{}`.
pub(super) fn elements(schema: &Value) -> Value {
    let direct = schema.get("items");
    let choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let mut nested = choices.filter_map(|choice| choice.get("items"));
    direct.or_else(|| nested.next()).cloned().unwrap_or_else(|| json!({}))
}

/// The formats of fields whose name says what they hold (OIDC Core section 5.1).
fn with_format(name: &str, mut schema: Value) -> Value {
    let format = match name {
        "email" => "email",
        "birthdate" => "date",
        "password" | "password_again" | "current_password" => "password",
        _ => return schema,
    };
    let text = |name: &Value| name == "string";
    let is_text = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(text),
        Some(name) => text(name),
        None => false,
    };
    if is_text && schema.get("format").is_none() {
        schema["format"] = format.into();
    }
    schema
}

fn with_rule(mut schema: Value, rule: &FieldRule) -> Value {
    // A password obeys the rules for all as well: the app may ask for more, never for less.
    let least = schema["minLength"].as_u64().filter(|_| schema["format"] == "password").unwrap_or(0);
    if let Some(min) = rule.min {
        schema["minLength"] = least.max(min as u64).into();
    }
    if let Some(max) = rule.max {
        schema["maxLength"] = max.into();
    }
    if let Some(pattern) = &rule.pattern {
        schema["pattern"] = pattern.as_str().into();
    }
    if let Some(choices) = &rule.choices {
        schema["enum"] = json!(choices);
    }
    schema
}

fn names(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
