//! Plays examples against a server.

use std::collections::BTreeSet;
use std::time::Duration;

use daemun_model::FrozenClock;
use daemun_operations::Operation;
use futures_util::future::BoxFuture;
use reqwest::Client;
use serde_json::{Map, Value};

use super::pattern::{Difference, shortened, shown};
use super::report::{Played, PlayedStep, Report, Stop};
use super::send::{Answer, client, send};
use super::template::{Captures, Draft, Template};
use super::{
    Capture, CaptureSource, Example, Examples, Exchange, Expect, ExpectedBody, MessagePart, Payload, Request,
    Step,
};

/// A message that the server sent to somebody.
#[derive(Clone, Debug, Default)]
pub struct Caught {
    /// The e-mail address or phone number it went to.
    pub to: String,
    /// Its subject; a text message has none.
    pub subject: Option<String>,
    /// Its plain text.
    pub text: String,
    /// The one-time code in it.
    pub code: Option<String>,
    /// The link in it.
    pub link: Option<String>,
}

/// The messages of a server of our own: its outbox.
pub trait Messages: Send + Sync {
    /// Every message so far, the oldest first.
    ///
    /// # Errors
    /// A sentence that tells why they cannot be read.
    fn all(&self) -> BoxFuture<'_, Result<Vec<Caught>, String>>;
}

/// The clock of a server of our own.
pub trait Advance: Send + Sync {
    /// Moves it forward.
    fn advance(&self, seconds: i64);
}

impl Advance for FrozenClock {
    fn advance(&self, seconds: i64) {
        Self::advance(self, seconds);
    }
}

/// The operator of a server of our own.
pub trait Operate: Send + Sync {
    /// Does something with this input.
    ///
    /// # Errors
    /// Why it was refused.
    fn operate(
        &self,
        does: &'static Operation,
        input: Map<String, Value>,
    ) -> BoxFuture<'_, Result<(), String>>;
}

/// A server to play against.
pub struct Target<'t> {
    /// The URL of the contract's mount.
    pub base_url: String,
    /// Its messages, where they can be read.
    pub messages: Option<&'t dyn Messages>,
    /// Its clock, where it is ours.
    pub clock: Option<&'t dyn Advance>,
    /// Its operator, where it is ours.
    pub operator: Option<&'t dyn Operate>,
    /// A key with every permission, where API keys call: examples have it as `api_key`.
    pub api_key: Option<String>,
}

/// How long a message may take to be there.
const MESSAGE_PATIENCE: Duration = Duration::from_millis(500);
const MESSAGE_INTERVAL: Duration = Duration::from_millis(20);

/// Plays the examples in their order against one server.
pub async fn play(examples: &Examples, target: &Target<'_>) -> Report {
    let mut report = Report::default();
    let client = client(&target.base_url);
    for example in &examples.examples {
        report.examples.push(match &client {
            Ok(client) => Player::new(client, target).example(example).await,
            Err(error) => Played {
                name: example.name.clone(),
                steps: example.steps.len(),
                played: Vec::new(),
                stopped: Some(Stop::Failed(format!("no HTTP client: {error}"))),
            },
        });
    }
    report
}

/// Plays one example.
struct Player<'p> {
    client: &'p Client,
    target: &'p Target<'p>,
    captures: Captures,
    /// Captures that could not be had because the server's messages cannot be read.
    unavailable: BTreeSet<String>,
}

impl<'p> Player<'p> {
    fn new(client: &'p Client, target: &'p Target<'p>) -> Self {
        let given = target.api_key.iter().map(|key| (super::API_KEY.to_owned(), Value::String(key.clone())));
        Self { client, target, captures: given.collect(), unavailable: BTreeSet::new() }
    }

    async fn example(mut self, example: &Example) -> Played {
        let mut played = Played {
            name: example.name.clone(),
            steps: example.steps.len(),
            played: Vec::new(),
            stopped: None,
        };
        for (index, step) in example.steps.iter().enumerate() {
            match self.step(index + 1, step).await {
                Ok(step) => played.played.push(step),
                Err(stop) => {
                    played.stopped = Some(stop);
                    break;
                }
            }
        }
        played
    }

    async fn step(&mut self, number: usize, step: &Step) -> Result<PlayedStep, Stop> {
        match step {
            Step::Exchange(exchange) => self.exchange(number, exchange).await,
            Step::Operate { does, takes } => self.operate(number, does, takes).await,
            Step::Advance { seconds } => match self.target.clock {
                Some(clock) => {
                    clock.advance(*seconds);
                    let title = format!("{seconds} seconds pass");
                    Ok(PlayedStep { number, title, differences: Vec::new(), answer: None })
                }
                None => Err(Stop::Impossible("the clock of this server cannot be advanced".to_owned())),
            },
        }
    }

    async fn operate(
        &self,
        number: usize,
        does: &'static Operation,
        takes: &Draft,
    ) -> Result<PlayedStep, Stop> {
        let Some(operator) = self.target.operator else {
            return Err(Stop::Impossible("only the operator of this server can go on".to_owned()));
        };
        self.are_known(&takes.names())?;
        let input = match takes.value(&self.captures) {
            Value::Object(input) => input,
            _ => Map::new(),
        };
        let title = format!("an operator does {}", does.name);
        let done = operator.operate(does, input).await;
        done.map_err(|reason| Stop::Failed(format!("{title}: {reason}")))?;
        Ok(PlayedStep { number, title, differences: Vec::new(), answer: None })
    }

    async fn exchange(&mut self, number: usize, exchange: &Exchange) -> Result<PlayedStep, Stop> {
        self.can_be_written(exchange)?;
        let reads_messages =
            exchange.captures.iter().any(|capture| matches!(capture.source, CaptureSource::Message(_)));
        let before = match self.target.messages {
            Some(messages) if reads_messages => messages.all().await.map_or(0, |messages| messages.len()),
            _ => 0,
        };
        let title = format!("{} {}", exchange.request.method, exchange.request.path.text(&self.captures));
        let answer = send(self.client, &self.target.base_url, &exchange.request, &self.captures).await;
        let answer = answer.map_err(|reason| Stop::Failed(format!("{title} was not answered: {reason}")))?;
        let mut differences = differences(&exchange.expect, &answer, &self.captures);
        for capture in &exchange.captures {
            match self.captured(exchange, capture, &answer, before).await {
                Ok(Some(value)) => {
                    self.captures.insert(capture.name.clone(), value);
                }
                Ok(None) => {
                    self.unavailable.insert(capture.name.clone());
                }
                Err(got) => differences.push(Difference {
                    place: format!("capture {}", capture.name),
                    expected: describe(&capture.source),
                    got,
                }),
            }
        }
        let answer = (!differences.is_empty()).then(|| told(&answer));
        Ok(PlayedStep { number, title, differences, answer })
    }

    /// Whether everything is known that the step mentions.
    fn can_be_written(&self, exchange: &Exchange) -> Result<(), Stop> {
        self.are_known(&names(exchange))
    }

    fn are_known(&self, names: &[&str]) -> Result<(), Stop> {
        for &name in names {
            if self.unavailable.contains(name) {
                let reason =
                    format!("`{name}` stands in a message, and the messages of this server cannot be read");
                return Err(Stop::Impossible(reason));
            }
            if !self.captures.contains_key(name) {
                return Err(Stop::Failed(format!("`{name}` could not be captured")));
            }
        }
        Ok(())
    }

    /// The captured value; `None` where messages cannot be read.
    ///
    /// # Errors
    /// What was found instead.
    async fn captured(
        &self,
        exchange: &Exchange,
        capture: &Capture,
        answer: &Answer,
        before: usize,
    ) -> Result<Option<Value>, String> {
        match &capture.source {
            CaptureSource::Body(keys) => {
                let body = answer.json().ok_or("a body that is not JSON")?;
                let value = super::below(&body, keys).cloned();
                value.ok_or_else(|| "nothing".to_owned()).map(Some)
            }
            CaptureSource::Header(name) => {
                answer.header(name).ok_or_else(|| "nothing".to_owned()).map(|text| Some(Value::String(text)))
            }
            CaptureSource::Message(part) => {
                let Some(messages) = self.target.messages else { return Ok(None) };
                let to = exchange.message_to.as_ref().map(|template| template.text(&self.captures));
                let message = last_message(messages, to.as_deref(), before).await?;
                part.of(&message)
                    .ok_or_else(|| format!("the message “{}” without it", message.title()))
                    .map(Some)
            }
        }
    }
}

impl Caught {
    fn title(&self) -> String {
        self.subject.clone().unwrap_or_else(|| shortened(&self.text, 60))
    }
}

impl MessagePart {
    fn of(&self, message: &Caught) -> Option<Value> {
        let text = match self {
            Self::Code => message.code.clone(),
            Self::Link => message.link.clone(),
            Self::Subject => message.subject.clone(),
            Self::Text => Some(message.text.clone()),
            Self::Parameter(name) => {
                let link = url::Url::parse(message.link.as_deref()?).ok()?;
                link.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            }
        };
        text.map(Value::String)
    }
}

/// The last message to an address, or to the only address there is. A message of this step is preferred and
/// waited for a little; where none comes, an earlier one is meant.
///
/// # Errors
/// What was found instead.
async fn last_message(messages: &dyn Messages, to: Option<&str>, before: usize) -> Result<Caught, String> {
    let mut waited = Duration::ZERO;
    loop {
        let all = messages.all().await?;
        let goes_to = |message: &&Caught| to.is_none_or(|to| message.to.eq_ignore_ascii_case(to));
        let of_this_step = all.iter().skip(before).rfind(goes_to);
        let late = waited >= MESSAGE_PATIENCE;
        if of_this_step.is_some() || late {
            let found = of_this_step.or_else(|| all.iter().rfind(goes_to));
            let addresses: BTreeSet<_> = all.iter().map(|message| message.to.to_lowercase()).collect();
            return match found {
                Some(_) if to.is_none() && addresses.len() > 1 => {
                    Err(format!("messages to {} addresses: say which by `message_to`", addresses.len()))
                }
                Some(message) => Ok(message.clone()),
                None => Err(to.map_or_else(|| "no message".to_owned(), |to| format!("no message to {to}"))),
            };
        }
        tokio::time::sleep(MESSAGE_INTERVAL).await;
        waited += MESSAGE_INTERVAL;
    }
}

fn describe(source: &CaptureSource) -> String {
    match source {
        CaptureSource::Body(keys) if keys.is_empty() => "body".to_owned(),
        CaptureSource::Body(keys) => format!("body.{}", keys.join(".")),
        CaptureSource::Header(name) => format!("header {name}"),
        CaptureSource::Message(part) => match part {
            MessagePart::Code => "message.code".to_owned(),
            MessagePart::Link => "message.link".to_owned(),
            MessagePart::Subject => "message.subject".to_owned(),
            MessagePart::Text => "message.text".to_owned(),
            MessagePart::Parameter(name) => format!("message.link with the query parameter {name}"),
        },
    }
}

fn differences(expect: &Expect, answer: &Answer, captures: &Captures) -> Vec<Difference> {
    let mut differences = Vec::new();
    if expect.status != answer.status {
        differences.push(Difference {
            place: "status".to_owned(),
            expected: expect.status.to_string(),
            got: answer.status.to_string(),
        });
    }
    for (name, pattern) in &expect.headers {
        pattern.compare_text(
            answer.header(name).as_deref(),
            &format!("header {name}"),
            captures,
            &mut differences,
        );
    }
    match &expect.body {
        None => {}
        Some(ExpectedBody::Text(template)) => {
            let text = template.text(captures);
            if text != answer.text {
                let (expected, got) =
                    (shown(&Value::String(text)), shown(&Value::String(answer.text.clone())));
                differences.push(Difference { place: "text".to_owned(), expected, got });
            }
        }
        Some(ExpectedBody::Json(pattern)) => match answer.json() {
            None if !answer.text.is_empty() => differences.push(Difference {
                place: "body".to_owned(),
                expected: "JSON".to_owned(),
                got: shown(&Value::String(answer.text.clone())),
            }),
            body => pattern.compare(body.as_ref(), "body", captures, &mut differences),
        },
    }
    differences
}

/// An answer in one line.
fn told(answer: &Answer) -> String {
    let text = answer.text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{} {}", answer.status, shortened(&text, 400)).trim_end().to_owned()
}

/// The names of the captures that a step mentions.
fn names(exchange: &Exchange) -> Vec<&str> {
    let Request { path, headers, payload, .. } = &exchange.request;
    let mut names: Vec<&str> = path.names().collect();
    names.extend(headers.iter().flat_map(|(_, value)| value.names()));
    match payload {
        Payload::Nothing => {}
        Payload::Json(draft) => names.extend(Draft::names(draft)),
        Payload::Form(fields) | Payload::Multipart(fields) => {
            names.extend(fields.iter().flat_map(|(_, value)| value.names()));
        }
        Payload::Raw(text) => names.extend(text.names()),
    }
    names.extend(exchange.expect.headers.iter().flat_map(|(_, pattern)| pattern.names()));
    match &exchange.expect.body {
        None => {}
        Some(ExpectedBody::Json(pattern)) => names.extend(pattern.names()),
        Some(ExpectedBody::Text(template)) => names.extend(template.names()),
    }
    names.extend(exchange.message_to.iter().flat_map(Template::names));
    names
}
