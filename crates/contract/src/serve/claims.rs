//! Claims of a contract's own in access tokens.

use std::sync::Arc;

use daemun_model::{Account, Failure};
use daemun_operations::{ClaimsMaker, Daemun};
use serde_json::Map;

use super::give;
use crate::ast::Contract;
use crate::expression::{Scope, World};

/// The contract's own claims, made for each access token.
#[derive(Clone)]
pub struct Claims(pub Option<ClaimsMaker>);

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claims({})", self.0.is_some())
    }
}

impl Claims {
    /// What makes the claims of a contract; nothing where it has none.
    pub fn of(daemun: &Daemun, contract: &Arc<Contract>, world: &World) -> Self {
        Self((!contract.claims.is_empty()).then(|| maker(daemun, contract, world)))
    }
}

fn maker(daemun: &Daemun, contract: &Arc<Contract>, world: &World) -> ClaimsMaker {
    let (daemun, contract, world) = (daemun.clone(), Arc::clone(contract), world.clone());
    Arc::new(move |account: &Account| {
        let account = serde_json::to_value(account).map_err(Failure::broken)?;
        let world = World { now: daemun.clock.now(), ..world.clone() };
        let scope = Scope::new(&world).with("account", &account);
        let mut claims = Map::new();
        for (name, node) in &contract.claims {
            if let Some(value) = give::render(node, &scope, &contract.shapes).map_err(Failure::broken)? {
                claims.insert(name.clone(), value);
            }
        }
        Ok(claims)
    })
}
