//! What the clients were told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Acts that change something. Those with a name are in the audit under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    SignUp,
    SignIn,
    Rotate,
    SignOut,
    ChangePassword,
    RequestReset,
    Delete,
}

impl Act {
    /// What the audit calls it; a rotation is no line of the audit.
    pub const fn in_audit(self) -> Option<&'static str> {
        match self {
            Self::SignUp => Some("account.sign_up"),
            Self::SignIn => Some("session.sign_in"),
            Self::Rotate => None,
            Self::SignOut => Some("session.sign_out"),
            Self::ChangePassword => Some("password.change"),
            Self::RequestReset => Some("password.request_reset"),
            Self::Delete => Some("account.delete"),
        }
    }
}

/// What came of the acts so far. Clones share it.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    acknowledged: Vec<(String, Act)>,
    counts: BTreeMap<Act, usize>,
    unavailable: usize,
    silent: Vec<String>,
    refused: Vec<String>,
    slowest: Duration,
}

/// The journal in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub acknowledged: usize,
    pub counts: BTreeMap<Act, usize>,
    /// Answers of 503.
    pub unavailable: usize,
    /// Requests that were taken and not answered.
    pub silent: usize,
    /// Requests that nobody took.
    pub refused: usize,
    /// The longest that an answer took.
    pub slowest: Duration,
}

impl Journal {
    /// The act of this request was acknowledged.
    pub fn acknowledged(&self, id: String, act: Act) {
        let mut pages = self.0.lock().unwrap();
        *pages.counts.entry(act).or_default() += 1;
        pages.acknowledged.push((id, act));
    }

    /// An answer was 503.
    pub fn unavailable(&self) {
        self.0.lock().unwrap().unavailable += 1;
    }

    /// No answer came.
    pub fn silent(&self, why: String) {
        self.0.lock().unwrap().silent.push(why);
    }

    /// Nobody took the request of an act.
    pub fn refused(&self, id: String) {
        self.0.lock().unwrap().refused.push(id);
    }

    /// Why no answers came.
    pub fn silences(&self) -> Vec<String> {
        self.0.lock().unwrap().silent.clone()
    }

    /// The requests that nobody took.
    pub fn all_refused(&self) -> Vec<String> {
        self.0.lock().unwrap().refused.clone()
    }

    /// An answer took so long.
    pub fn took(&self, time: Duration) {
        let mut pages = self.0.lock().unwrap();
        pages.slowest = pages.slowest.max(time);
    }

    /// Every request that was acknowledged, with its act.
    pub fn all(&self) -> Vec<(String, Act)> {
        self.0.lock().unwrap().acknowledged.clone()
    }

    /// Everything in numbers.
    pub fn numbers(&self) -> Numbers {
        let pages = self.0.lock().unwrap();
        Numbers {
            acknowledged: pages.acknowledged.len(),
            counts: pages.counts.clone(),
            unavailable: pages.unavailable,
            silent: pages.silent.len(),
            refused: pages.refused.len(),
            slowest: pages.slowest,
        }
    }
}
