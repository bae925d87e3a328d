//! The apps of this server, as operators see them.

pub mod list;
pub mod show;

use std::sync::Arc;

use daemun_model::App;
use daemun_model::app::{Approval, VerifyEmail};
use schemars::JsonSchema;
use serde::Serialize;

/// An app with what its door is made of. The door itself is none of the core's business.
#[derive(Clone, Debug)]
pub struct Served {
    /// The app.
    pub app: Arc<App>,
    /// The name of its contract.
    pub contract: String,
    /// The version of its contract.
    pub version: String,
    /// The hosts that serve it at the root.
    pub hosts: Vec<String>,
    /// The routes of its contract.
    pub routes: Vec<Route>,
}

/// A route of an app's contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Route {
    /// The method.
    pub method: String,
    /// The path below the mount.
    pub path: String,
    /// What it does: an operation's name, or `fails: CODE`.
    pub does: String,
    /// What it is for.
    pub summary: String,
}

/// What people sign in with, and what is asked of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Policy {
    /// What members sign in with.
    pub sign_in: Vec<String>,
    /// What a sign-up must have.
    pub required: Vec<String>,
    /// What no two accounts share.
    pub unique: Vec<String>,
    /// Whether new accounts wait for an operator: `none` or `required`.
    pub approval: String,
    /// What happens to new e-mail addresses: `none`, `sent`, `required` or `proven`.
    pub verify_email: String,
}

/// An app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What its members call it.
    pub title: String,
    /// Where it is served.
    pub mount: String,
    /// What its links begin with.
    pub public_url: String,
    /// The hosts that serve it at the root.
    pub hosts: Vec<String>,
    /// The name of its contract.
    pub contract: String,
    /// The version of its contract.
    pub version: String,
    /// Its language: `ko` or `en`.
    pub language: String,
    /// Its time zone.
    pub timezone: String,
    /// What people sign in with, and what is asked of them.
    pub policy: Policy,
}

impl Served {
    fn shown(&self) -> Shown {
        let App { name, title, mount, public_url, language, timezone, policy, .. } = &*self.app;
        Shown {
            name: name.clone(),
            title: title.clone(),
            mount: mount.clone(),
            public_url: public_url.clone(),
            hosts: self.hosts.clone(),
            contract: self.contract.clone(),
            version: self.version.clone(),
            language: language.code().to_owned(),
            timezone: timezone.name().to_owned(),
            policy: Policy {
                sign_in: policy.sign_in.iter().map(|with| with.field().to_owned()).collect(),
                required: policy.required.clone(),
                unique: policy.unique.clone(),
                approval: match policy.approval {
                    Approval::None => "none",
                    Approval::Required => "required",
                }
                .to_owned(),
                verify_email: match policy.verify_email {
                    VerifyEmail::None => "none",
                    VerifyEmail::Sent => "sent",
                    VerifyEmail::Required => "required",
                    VerifyEmail::Proven => "proven",
                }
                .to_owned(),
            },
        }
    }
}
