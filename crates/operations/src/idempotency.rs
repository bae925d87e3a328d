//! Requests that a client may send again without having them done again: it gives each a key of its own, and a second
//! request with that key gets what came of the first.

use std::borrow::Cow;
use std::sync::Arc;

use daemun_crypto::digest;
use daemun_model::{Code, Failure, Reason};
use daemun_store::Tx;
use daemun_store::idempotency_keys::{self, Begun, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most bytes of a key.
const LONGEST: usize = 255;
/// Seconds that a run has before the same request may be tried again: longer than any request waits.
const LEASE: i64 = 120;
/// What outcomes are sealed for.
const PURPOSE: &str = "idempotency";

/// A request with a key of its own.
#[derive(Debug)]
pub struct Once {
    /// The key, as the client sent it.
    pub key: String,
    /// Seconds for which what came of it is kept.
    pub keep: i64,
}

/// What came of a request and stays so.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Done(Value),
    Refused { code: String, field: Option<String> },
}

/// A run of a request, which is this call's to do.
#[derive(Debug)]
pub struct Claim {
    key: Key,
    run: String,
}

impl Claim {
    /// Names the request, for what remembers by itself what it has done: the operator and the key.
    pub fn name(&self) -> String {
        format!("{} {}", self.key.operator, self.key.key)
    }
}

/// What is known of a request when it comes.
#[derive(Debug)]
pub enum Known {
    /// Nothing: it is to be run, as [`Call::once`].
    Mine(Arc<Claim>),
    /// It was run before, and this came of it.
    Before(Result<Value, Failure>),
}

/// Runs an operation once for a key of the calling operator. Operations that would do twice what is asked twice keep their
/// answer in the transaction of their work ([`keep`]): whatever happens to the node, the work is done once and its
/// answer is there. Where a node dies between any other operation and the keeping of what came of it, the request can be
/// run again after [`LEASE`] seconds; to do it again changes nothing. What was invalid, or failed in the machinery, is not
/// kept: it may be tried again with the same key.
///
/// # Errors
/// Those of the operation; `idempotency_key_reused` for the key of another request, `request_in_progress` while the
/// first one is at work, `invalid` (`idempotency_key`) for a key that is too long or not plain text.
pub async fn run_once(
    daemun: Daemun,
    call: Call,
    operation: &'static Operation,
    input: Map<String, Value>,
    once: Once,
) -> Result<Value, Failure> {
    let claim = match begin(&daemun, &call, operation, &input, &once).await? {
        Known::Mine(claim) => claim,
        Known::Before(ended) => return ended,
    };
    let call = Call { once: Some(Arc::clone(&claim)), ..call };
    let ended = operation.run(daemun.clone(), call, input).await;
    let outcome = match &ended {
        Ok(output) => Some(Outcome::Done(output.clone())),
        Err(Failure::Refused { code: Code::RequestInProgress, .. }) => None,
        Err(Failure::Refused { code, field }) => Some(Outcome::Refused {
            code: code.as_str().to_owned(),
            field: field.as_deref().map(str::to_owned),
        }),
        Err(
            Failure::Invalid(_)
            | Failure::TooManyRequests { .. }
            | Failure::Unavailable { .. }
            | Failure::Broken(_),
        ) => None,
    };
    if let Err(failure) = end(&daemun, claim, outcome).await {
        // What was done is done: the client learns that, and only its next try may find the request at work still.
        tracing::warn!(%failure, operation = operation.name, "what came of a request was not kept under its key");
    }
    ended
}

/// Keeps the answer of an operation in the transaction of its work, where the request has a key of its own.
///
/// # Errors
/// `request_in_progress` where the run took so long that another took over: the transaction must not be kept.
pub(crate) async fn keep(
    tx: &mut Tx,
    (daemun, call): (&Daemun, &Call),
    output: &(impl Serialize + Sync),
) -> Result<(), Failure> {
    let Some(claim) = &call.once else { return Ok(()) };
    let output = serde_json::to_value(output).map_err(Failure::broken)?;
    let sealed = seal(daemun, &Outcome::Done(output))?;
    match idempotency_keys::finish(tx, &claim.key, &claim.run, sealed).await? {
        true => Ok(()),
        false => Err(Code::RequestInProgress.into()),
    }
}

fn key_of(call: &Call, once: &Once) -> Result<Key, Failure> {
    let operator = call.operator.as_ref().ok_or(Code::Forbidden)?;
    let plain = once.key.bytes().all(|byte| byte.is_ascii_graphic());
    let reason = match once.key.len() {
        0 => Some(Reason::Blank),
        length if length > LONGEST => Some(Reason::TooLong { max: LONGEST }),
        _ if !plain => Some(Reason::Malformed),
        _ => None,
    };
    match reason {
        Some(reason) => Err(Failure::invalid("idempotency_key", reason)),
        None => Ok(Key { app: call.app.id, operator: operator.name.clone(), key: once.key.clone() }),
    }
}

/// A digest of what is asked: the operation and everything it is given.
fn request_of(operation: &Operation, input: &Map<String, Value>) -> String {
    digest(&format!("{}\n{}", operation.name, Value::Object(input.clone())))
}

/// Claims the request for this run; where it was run before, tells what came of it.
///
/// # Errors
/// Those of [`run_once`] that are not the operation's.
pub async fn begin(
    daemun: &Daemun,
    call: &Call,
    operation: &Operation,
    input: &Map<String, Value>,
    once: &Once,
) -> Result<Known, Failure> {
    let claim = Arc::new(Claim { key: key_of(call, once)?, run: daemun.random.uuid_v4().to_string() });
    let now = daemun.clock.now();
    let begun = Arc::new(Begun {
        request: request_of(operation, input),
        run: claim.run.clone(),
        now,
        leased_until: now.plus_seconds(LEASE),
        expires_at: now.plus_seconds(once.keep),
    });
    let (claimed, by) = (Arc::clone(&claim), Arc::clone(&begun));
    if daemun.db.write(async move |tx| Ok(idempotency_keys::claim(tx, &claimed.key, &by).await?)).await? {
        return Ok(Known::Mine(claim));
    }
    let known = idempotency_keys::find(&mut daemun.reader(), &claim.key).await?;
    // Whoever had it released it just now: to be tried again.
    let Some(known) = known else { return Err(Code::RequestInProgress.into()) };
    if known.request != begun.request {
        return Err(Code::IdempotencyKeyReused.into());
    }
    let sealed = known.outcome.ok_or(Code::RequestInProgress)?;
    let plain = daemun.master.open(PURPOSE, &sealed).map_err(Failure::broken)?;
    let outcome: Outcome = serde_json::from_slice(&plain).map_err(Failure::broken)?;
    Ok(Known::Before(outcome.tell()))
}

fn seal(daemun: &Daemun, outcome: &Outcome) -> Result<Vec<u8>, Failure> {
    let plain = serde_json::to_vec(outcome).map_err(Failure::broken)?;
    daemun.master.seal(PURPOSE, &plain).map_err(Failure::broken)
}

async fn end(daemun: &Daemun, claim: Arc<Claim>, outcome: Option<Outcome>) -> Result<(), Failure> {
    let sealed = outcome.map(|outcome| seal(daemun, &outcome)).transpose()?;
    daemun
        .db
        .write(async move |tx| {
            match &sealed {
                // Nothing changes where the operation kept it with its work.
                Some(sealed) => {
                    idempotency_keys::finish(tx, &claim.key, &claim.run, sealed.clone()).await?;
                }
                None => idempotency_keys::release(tx, &claim.key, &claim.run).await?,
            }
            Ok(())
        })
        .await
}

impl Outcome {
    fn tell(self) -> Result<Value, Failure> {
        let (code, field) = match self {
            Self::Done(output) => return Ok(output),
            Self::Refused { code, field } => (code, field),
        };
        let code = Code::from_name(&code).unwrap_or(Code::Internal);
        Err(Failure::Refused { code, field: field.map(Cow::Owned) })
    }
}
