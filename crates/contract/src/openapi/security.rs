//! Where access tokens stand.

use daemun_model::TokenPolicy;
use daemun_operations::CallerRule;
use http::header::AUTHORIZATION;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::headers;
use crate::ast::{Action, Callers, Carrier, Contract, Route};

/// The security schemes of a contract, by name.
#[derive(Debug, Default)]
pub(super) struct Schemes {
    schemes: IndexMap<String, Value>,
}

impl Schemes {
    /// Every place in which some route of the contract looks.
    pub(super) fn of(contract: &Contract) -> Self {
        let mut schemes = Self::default();
        let groups = contract.groups.iter().filter_map(|group| group.carried_in.as_ref());
        for carrier in groups.flatten().chain(&contract.carried_in) {
            schemes.schemes.entry(name(carrier)).or_insert_with(|| scheme(carrier, contract));
        }
        schemes
    }

    /// Who may call a route. Several places are alternatives: one of them suffices.
    pub(super) fn of_route(contract: &Contract, route: &Route) -> Value {
        let group = &contract.groups[route.group];
        let carriers = group.carried_in.as_ref().unwrap_or(&contract.carried_in);
        let mut alternatives: Vec<Value> =
            carriers.iter().map(|carrier| json!({ name(carrier): [] })).collect();
        match caller(route) {
            CallerRule::Nobody => alternatives.clear(),
            CallerRule::Optional => alternatives.push(json!({})),
            CallerRule::Required | CallerRule::Administrator => {}
        }
        Value::Array(alternatives)
    }

    /// All of them.
    pub(super) fn into_value(self) -> Value {
        Value::Object(self.schemes.into_iter().collect())
    }
}

/// What a route asks of its caller, whatever its request means.
pub(super) fn caller(route: &Route) -> CallerRule {
    let mut rules = route.alternatives.iter().filter_map(|alternative| match &alternative.action {
        Action::Does(does) => Some(does.caller),
        Action::Fails(_) => None,
    });
    let first = rules.next().unwrap_or(CallerRule::Nobody);
    if rules.all(|rule| rule == first) { first } else { CallerRule::Optional }
}

fn name(carrier: &Carrier) -> String {
    let header = carrier.header.as_str().replace('-', "_");
    match &carrier.scheme {
        Some(scheme) if carrier.header == AUTHORIZATION => scheme.to_ascii_lowercase(),
        Some(scheme) => format!("{header}_{}", scheme.to_ascii_lowercase()),
        None => header,
    }
}

fn scheme(carrier: &Carrier, contract: &Contract) -> Value {
    let token = match contract.callers {
        Callers::Members => "access token",
        Callers::ApiKeys => "API key",
    };
    match &carrier.scheme {
        Some(scheme) if carrier.header == AUTHORIZATION && scheme.eq_ignore_ascii_case("bearer") => {
            let mut value =
                json!({ "type": "http", "scheme": "bearer", "description": format!("The {token}.") });
            if contract.callers == Callers::Members && matches!(contract.tokens, TokenPolicy::Jwt { .. }) {
                value["bearerFormat"] = "JWT".into();
            }
            value
        }
        Some(scheme) => json!({
            "type": "apiKey",
            "in": "header",
            "name": headers::name(&carrier.header),
            "description": format!("`{scheme}`, a space, and the {token}."),
        }),
        None => json!({
            "type": "apiKey",
            "in": "header",
            "name": headers::name(&carrier.header),
            "description": format!("The {token} and nothing else."),
        }),
    }
}
