//! Who calls an operation, from where, and in which app.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use daemun_model::{
    Account, App, Code, Failure, Faults, Language, Permission, Permissions, Relations, Session,
};
use serde_json::{Map, Value};

use crate::idempotency::Claim;

/// Somebody who is signed in: the account and the session as one read of the database found them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose session it is: read once, shown as often as it is asked for.
    pub account: Arc<Account>,
    /// The session that the access token stands for.
    pub session: Session,
}

/// Somebody who acts on accounts that are not theirs: the command line, an administrator, an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// How the audit and the log call them: `cli`, `api-key:ID`, `administrator:UUID`.
    pub name: String,
    /// What they may do.
    pub may: Permissions,
}

impl Operator {
    /// Whoever sits at the command line: they have the database itself, and may do everything.
    pub fn cli() -> Self {
        Self { name: "cli".to_owned(), may: Permissions::all() }
    }
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address, as the trusted proxies tell it.
    pub address: IpAddr,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

/// Makes the claims that a contract adds to access tokens. Names that Daemun sets itself are left out.
pub type ClaimsMaker = Arc<dyn Fn(&Account) -> Result<Map<String, Value>, Failure> + Send + Sync>;

/// One call of an operation: everything but its input.
#[derive(Clone)]
pub struct Call {
    /// The app in which it happens.
    pub app: Arc<App>,
    /// Who is signed in.
    pub caller: Option<Caller>,
    /// The operator who acts. Doors of members leave it empty.
    pub operator: Option<Operator>,
    /// Where the request came from.
    pub client: Client,
    /// Names the request in the log and the audit.
    pub request_id: String,
    /// The language that the client asked for.
    pub language: Option<Language>,
    /// What the door found wrong with the input's types.
    pub faults: Faults,
    /// The contract's own claims.
    pub claims: Option<ClaimsMaker>,
    /// What the answer shows of accounts beyond themselves.
    pub relations: Relations,
    /// The request's claim on being done once, where whoever asks named it; see [`crate::idempotency`].
    pub once: Option<Arc<Claim>>,
}

impl Call {
    /// A call by nobody, in no particular language, with nothing wrong so far.
    pub fn new(app: Arc<App>, client: Client, request_id: impl Into<String>) -> Self {
        Self {
            app,
            caller: None,
            operator: None,
            client,
            request_id: request_id.into(),
            language: None,
            faults: Faults::default(),
            claims: None,
            relations: Relations::default(),
            once: None,
        }
    }

    /// The signed-in caller.
    ///
    /// # Errors
    /// `unauthenticated` when there is none.
    pub fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(|| Code::Unauthenticated.into())
    }

    /// Refuses whoever is no operator with this permission.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn permit(&self, permission: Permission) -> Result<(), Failure> {
        match &self.operator {
            Some(operator) if operator.may.hold(permission) => Ok(()),
            Some(_) | None => Err(Code::Forbidden.into()),
        }
    }

    /// The language of an answer: what the client asked for, else the app's.
    pub fn language(&self) -> Language {
        self.language.unwrap_or(self.app.language)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("app", &self.app.name)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
