//! What a contract, the checker and the documentation know of an operation: its name, its input and output
//! as JSON Schema, the failures it can end in, and how to run it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use daemun_model::{Code, Failure, Permission, Reason, Status};
use daemun_store::Reading;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tracing::Instrument;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::shows::Shows;

/// Whether an operation needs somebody who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerRule {
    /// Anyone; a caller is of no interest.
    Nobody,
    /// Anyone; a caller makes a difference.
    Optional,
    /// A signed-in account.
    Required,
    /// An operator with the operation's permission: the command line, an administrator, an API key.
    Administrator,
}

/// What a call of an operation leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it may be dropped at any moment, as when its client goes away. The database refuses what it would write.
    Reads,
    /// What it decides: once begun it runs to its end, whoever waits for it.
    Writes,
}

/// What an operation answers that has nothing to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

/// An operation that is running: it ends in a JSON object or in a failure.
pub type Running = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send + 'static>>;

type Run = Box<dyn Fn(Daemun, Call, Map<String, Value>, Option<Arc<Shows>>) -> Running + Send + Sync>;

/// One verb of the core.
pub struct Operation {
    /// `noun.verb`, as contracts write it under `does`.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Whether it needs a signed-in caller.
    pub caller: CallerRule,
    /// What an operator needs for it: set where `caller` is [`CallerRule::Administrator`].
    pub permission: Option<Permission>,
    /// Whether a caller whose account waits for approval may use it.
    pub pending_caller: bool,
    /// What a call leaves behind.
    pub effect: Effect,
    /// Every failure it can end in, without those of the machinery (`too_many_requests`, `unavailable`, `internal`).
    pub failures: Vec<Code>,
    /// The JSON Schema of the input: an object whose `required` members it always needs.
    pub input: Value,
    /// The JSON Schema of the output: an object.
    pub output: Value,
    run: Run,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Operation {
    /// An operation for anyone that cannot fail: the methods below say the rest.
    pub(crate) fn new<I, O, F>(
        name: &'static str,
        summary: &'static str,
        verb: fn(Daemun, Call, I) -> F,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + 'static,
        F: Future<Output = Result<O, Failure>> + Send + 'static,
    {
        let run: Run = Box::new(move |daemun, call, input, shows| match read::<I>(name, input) {
            // The verb's future is made in the box, where it stays: it is too large to be moved about.
            Ok(input) => Box::pin(async move {
                let output = verb(daemun, call, input).await?;
                let value = match shows {
                    Some(shows) => shows.value_of(&output),
                    None => serde_json::to_value(output),
                };
                value.map_err(Failure::broken)
            }),
            Err(failure) => Box::pin(std::future::ready(Err(failure))),
        });
        Self {
            name,
            summary,
            caller: CallerRule::Nobody,
            permission: None,
            pending_caller: false,
            effect: Effect::Writes,
            failures: Vec::new(),
            input: plain(SchemaSettings::draft2020_12().for_deserialize(), I::json_schema_root),
            output: plain(SchemaSettings::draft2020_12().for_serialize(), O::json_schema_root),
            run,
        }
    }

    /// Says who may call it.
    pub(crate) fn caller(mut self, rule: CallerRule) -> Self {
        self.caller = rule;
        match rule {
            CallerRule::Nobody | CallerRule::Optional => {}
            CallerRule::Required => self.failures.extend([Code::Unauthenticated, Code::AccountPending]),
            CallerRule::Administrator => self.failures.push(Code::Forbidden),
        }
        self
    }

    /// Keeps it for operators who have this permission.
    pub(crate) fn needs(mut self, permission: Permission) -> Self {
        self.permission = Some(permission);
        self.caller(CallerRule::Administrator)
    }

    /// Lets a caller use it whose account waits for approval.
    pub(crate) fn pending_caller(mut self) -> Self {
        self.pending_caller = true;
        self.failures.retain(|code| *code != Code::AccountPending);
        self
    }

    /// Says that it writes nothing. It is then run in place, and a write that it asks for is refused.
    pub(crate) fn reads_only(mut self) -> Self {
        self.effect = Effect::Reads;
        self
    }

    /// Names the failures it can end in beside those of the caller rule.
    pub(crate) fn fails(mut self, failures: &[Code]) -> Self {
        self.failures.extend_from_slice(failures);
        self
    }

    /// Runs it: asks the caller rule, then the verb. `input` has been brought to the types of the schema; what
    /// could not be stands in `call.faults`.
    pub fn run(&self, daemun: Daemun, call: Call, input: Map<String, Value>) -> Running {
        self.run_for(daemun, call, input, None)
    }

    /// As [`Operation::run`], for an answer that shows these members of the output: others need not be made.
    pub fn run_for(
        &self,
        daemun: Daemun,
        call: Call,
        input: Map<String, Value>,
        shows: Option<Arc<Shows>>,
    ) -> Running {
        match self.admit(&call) {
            Ok(()) => {
                let span =
                    tracing::trace_span!(target: "daemun::trace", "operation", "otel.name" = self.name);
                let running = (self.run)(daemun, call, input, shows);
                let running = match self.effect {
                    Effect::Reads => Box::pin(OnlyReading(running)),
                    Effect::Writes => running,
                };
                if span.is_disabled() { running } else { Box::pin(running.instrument(span)) }
            }
            Err(failure) => Box::pin(std::future::ready(Err(failure))),
        }
    }

    fn admit(&self, call: &Call) -> Result<(), Failure> {
        match self.caller {
            CallerRule::Nobody | CallerRule::Optional => Ok(()),
            // One that names no permission is for those who have them all.
            CallerRule::Administrator => call.permit(self.permission.unwrap_or(Permission::SystemWrite)),
            CallerRule::Required => match call.caller()?.account.status {
                Status::Approved => Ok(()),
                Status::Pending if self.pending_caller => Ok(()),
                Status::Pending => Err(Code::AccountPending.into()),
                Status::Rejected | Status::Suspended => Err(Code::Unauthenticated.into()),
            },
        }
    }
}

/// An operation whose writes are refused.
struct OnlyReading(Running);

impl Future for OnlyReading {
    type Output = Result<Value, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let _reading = Reading::begin();
        self.0.as_mut().poll(context)
    }
}

/// Reads an input. The door has seen to the types, so a failure here is a value outside what they can hold.
fn read<I: DeserializeOwned>(operation: &str, input: Map<String, Value>) -> Result<I, Failure> {
    serde_json::from_value(Value::Object(input)).map_err(|error| {
        // The error's text may quote the value: only its place is told.
        tracing::warn!(operation, category = ?error.classify(), "an input passed the door and could not be read");
        Failure::invalid("", Reason::Malformed)
    })
}

/// A type whose schema can stand at the root.
trait RootSchema: JsonSchema {
    fn json_schema_root(generator: schemars::SchemaGenerator) -> Schema;
}

impl<T: JsonSchema> RootSchema for T {
    fn json_schema_root(generator: schemars::SchemaGenerator) -> Schema {
        generator.into_root_schema_for::<T>()
    }
}

/// A schema without references and without the generator's own header.
fn plain(settings: SchemaSettings, schema: fn(schemars::SchemaGenerator) -> Schema) -> Value {
    let settings = settings.with(|s| s.inline_subschemas = true);
    let mut value = schema(settings.into_generator()).to_value();
    if let Some(object) = value.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        // An output without members has no `properties` of its own accord.
        object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    }
    value
}
