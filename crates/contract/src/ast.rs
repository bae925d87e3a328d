//! A contract that has been read and checked: what the door serves, and what OpenAPI and the listing tell.
//!
//! Nothing here knows YAML or positions; whoever holds a [`Contract`] holds one without faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemun_model::app::Attribute;
use daemun_model::{Code, Language, Policy, Relations, TokenPolicy};
use daemun_operations::{CallerRule, Operation, Shows};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use indexmap::IndexMap;
use serde_json::Value;

use crate::expression::Expression;

/// One contract.
#[derive(Debug)]
pub struct Contract {
    /// Its name: the file's stem.
    pub name: String,
    /// The title of the API.
    pub title: String,
    /// The version of the API, as its document gives it.
    pub version: String,
    /// What the API is, for its page.
    pub description: Option<String>,
    /// The language of messages that it does not pin.
    pub language: Language,
    /// For ages, dates and periods.
    pub timezone: chrono_tz::Tz,
    /// Who calls it.
    pub callers: Callers,
    /// How a client asks that a request is not done twice, where it may.
    pub idempotency: Option<Idempotency>,
    /// The bodies it reads.
    pub accepts: Accepts,
    /// What it implies about accounts.
    pub policy: Policy,
    /// What its tokens are.
    pub tokens: TokenPolicy,
    /// Claims of its own in access tokens, over `account`.
    pub claims: Vec<(String, Node)>,
    /// Where an access token may stand.
    pub carried_in: Vec<Carrier>,
    /// Tables between the core's values and the wire's.
    pub enums: IndexMap<String, EnumTable>,
    /// The attributes of its accounts.
    pub attributes: IndexMap<String, Attribute>,
    /// The switches that an operator may set for each app.
    pub switches: IndexMap<String, Switch>,
    /// Its bodies that have a name; [`Node::Shape`] holds the index.
    pub shapes: IndexMap<String, Node>,
    /// Messages of its own by `field.reason`, `*.reason`; the field is the wire's.
    pub messages: BTreeMap<String, String>,
    /// How failures read.
    pub errors: Errors,
    /// Parts of the API that answer in a style of their own: the longest prefix first, the default (`""`) last.
    /// There is always the default.
    pub groups: Vec<Group>,
    /// The routes in the order of the file.
    pub routes: Vec<Route>,
}

/// Who calls a contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Callers {
    /// Members of the app, by the access tokens of their sessions.
    #[default]
    Members,
    /// Programs of the app's operators, by API keys: every route needs one.
    ApiKeys,
}

/// How a client asks that a request is not done twice: it names the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The header with the request's name.
    pub header: HeaderName,
    /// Seconds for which what came of it is kept.
    pub keep: i64,
}

/// The bodies that a contract reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepts {
    /// `application/json` and `application/*+json`.
    pub json: bool,
    /// `application/x-www-form-urlencoded`.
    pub form: bool,
    /// `multipart/form-data`.
    pub multipart: bool,
}

/// One place where an access token may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// The request header.
    pub header: HeaderName,
    /// The scheme before the token, read in any case; without one the header is the bare token.
    pub scheme: Option<String>,
}

/// A table between the core's words and the wire's values.
#[derive(Clone, Debug)]
pub struct EnumTable {
    /// (the core's word, the wire's value).
    pub pairs: Vec<(String, Value)>,
}

impl EnumTable {
    /// The wire's value of a word of the core.
    pub fn wire(&self, core: &str) -> Option<&Value> {
        self.pairs.iter().find(|(word, _)| word == core).map(|(_, value)| value)
    }

    /// The core's word of a value from the wire. A form sends text: `"0"` is read as `0` where the table has that.
    pub fn core(&self, wire: &Value) -> Option<&str> {
        let same = |value: &Value| {
            value == wire
                || match (value, wire) {
                    (Value::Number(number), Value::String(text)) => number.to_string() == *text,
                    (Value::Bool(truth), Value::String(text)) => truth.to_string() == *text,
                    _ => false,
                }
        };
        self.pairs.iter().find(|(_, value)| same(value)).map(|(word, _)| word.as_str())
    }
}

/// A switch that an operator may set for each app; read as `option.NAME`.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Its possible values.
    pub choices: Vec<String>,
    /// The value where the operator says nothing.
    pub default: String,
}

/// How failures read: of a contract, a group or a route.
#[derive(Debug, Default)]
pub struct Errors {
    /// The key in `error.fields` of what concerns no single field.
    pub non_field: Option<String>,
    /// The HTTP status where it differs from `error.status`, over `error` and `option`.
    pub http: Option<Expression>,
    /// The content type of failures, where it is not `application/json`.
    pub content_type: Option<HeaderValue>,
    /// The body of every failure, over `error`, `option`.
    pub body: Option<Node>,
    /// By failure.
    pub rules: BTreeMap<Code, ErrorRule>,
}

/// How one failure reads. What is not said here is looked up in the next wider errors.
#[derive(Debug, Default)]
pub struct ErrorRule {
    /// The status.
    pub status: Option<StatusCode>,
    /// `error.message`, over `error`.
    pub message: Option<Node>,
    /// Further headers.
    pub headers: Vec<(HeaderName, Node)>,
    /// The whole body.
    pub body: Option<Node>,
}

/// Routes under one path prefix that answer in one style.
#[derive(Debug)]
pub struct Group {
    /// The prefix, `""` for the default.
    pub prefix: String,
    /// How its failures read, before the contract's.
    pub errors: Errors,
    /// Where its access tokens may stand, if not as the contract says.
    pub carried_in: Option<Vec<Carrier>>,
    /// What is put around its successful bodies, over `body`.
    pub wrap: Option<Node>,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    /// The method; `HEAD` and `OPTIONS` are the door's.
    pub method: Method,
    /// The path as written, and those of `also`. At least one.
    pub paths: Vec<PathPattern>,
    /// A short sentence.
    pub summary: String,
    /// More of it.
    pub description: Option<String>,
    /// Whether the company's document does not have it.
    pub beyond: bool,
    /// Whether the group's wrap is put around its bodies.
    pub wrap: bool,
    /// The index of its group.
    pub group: usize,
    /// What it does: the first whose `when` holds. At least one.
    pub alternatives: Vec<Alternative>,
    /// How its failures read, before the group's.
    pub errors: Errors,
}

/// One meaning of a route.
#[derive(Debug)]
pub struct Alternative {
    /// The condition, over `body`, `query`, `path`, `header`, `option`.
    pub when: Option<Expression>,
    /// What happens.
    pub action: Action,
    /// How its failures read, before the route's.
    pub errors: Errors,
}

/// What happens when an alternative is taken.
#[derive(Debug)]
pub enum Action {
    /// The request fails.
    Fails(Code),
    /// An operation runs.
    Does(Box<Does>),
}

/// A call of an operation.
#[derive(Debug)]
pub struct Does {
    /// The operation.
    pub operation: &'static Operation,
    /// Whether this route needs a caller: the operation's rule, or stricter.
    pub caller: CallerRule,
    /// Where the input comes from.
    pub takes: Vec<Take>,
    /// The success.
    pub gives: Gives,
}

/// A successful answer.
#[derive(Debug)]
pub struct Gives {
    /// The status.
    pub status: StatusCode,
    /// Further headers, over the operation's output; one that is undefined or null is left out.
    pub headers: Vec<(HeaderName, Node)>,
    /// The body, over the operation's output and `caller`, `option`; none for 204 and the like.
    pub body: Option<Node>,
    /// What the answer shows of the accounts of the output beyond themselves.
    pub relations: Relations,
    /// What it shows of the caller beyond the account itself.
    pub caller_relations: Relations,
    /// The members of the output that it looks at.
    pub shows: Arc<Shows>,
}

/// A path of literals and parameters: `/accounts/{id:int}`. Never with a final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// As written, less the final slash.
    pub text: String,
    /// The parts between slashes.
    pub segments: Vec<Segment>,
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this text, after percent-decoding.
    Literal(String),
    /// Anything of its kind.
    Parameter {
        /// Its name: `path.NAME`.
        name: String,
        /// What it takes.
        kind: ParameterKind,
    },
}

/// What a path parameter takes; what does not fit does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A whole number without a sign that fits 63 bits; `path.NAME` is a number.
    Int,
    /// A 22-character short UUID or a canonical one; `path.NAME` is the canonical text.
    Shortuuid,
    /// Any text of 1 to 256 bytes.
    Text,
}

/// One input of an operation and where it comes from.
#[derive(Debug)]
pub struct Take {
    /// The input, dotted for a member: `["attributes", "carrier"]`.
    pub input: Vec<String>,
    /// Its type, for coercion.
    pub kind: InputKind,
    /// Where it comes from.
    pub source: Source,
}

/// The JSON type an operation's input wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Text.
    String,
    /// True or false; forms send `true`, `false`, `1`, `0`, `on`, `off`.
    Boolean,
    /// A whole number of 64 bits; forms send digits.
    Integer,
    /// A number.
    Number,
    /// A list.
    List(Box<InputKind>),
    /// An object of named members.
    Object(Vec<(String, InputKind)>),
    /// Anything.
    Any,
}

/// Where an input comes from.
#[derive(Debug)]
pub enum Source {
    /// The first of these places that is present; that one is blamed, the first if none is.
    Wire {
        /// The places.
        from: Vec<WirePath>,
        /// The index in [`Contract::enums`] of the table that translates it.
        table: Option<usize>,
        /// The value where nothing is sent.
        default: Option<Value>,
    },
    /// Always this value.
    Constant(Value),
    /// Computed over `body`, `query`, `path`, `header`; blames the first place it mentions.
    Computed {
        /// The expression.
        expression: Expression,
        /// The place that is blamed.
        blames: Option<WirePath>,
    },
    /// A list from several places, one after the other; absent ones are skipped.
    Parts(Vec<Part>),
    /// An object with these members.
    Object(Vec<(String, InputKind, Source)>),
}

/// What `null` means in the place that makes one element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullPart {
    /// Nothing, like its absence.
    Skipped,
    /// An element, as the operation takes null there.
    Taken,
}

/// A part of a list input.
#[derive(Debug)]
pub enum Part {
    /// One element, when the place is present.
    One {
        /// The place.
        from: WirePath,
        /// What `null` there means.
        null: NullPart,
        /// The element; the place's value is there under its own path.
        item: Source,
        /// The element's type.
        kind: InputKind,
    },
    /// One element for each of a list.
    Each {
        /// The list's place.
        list: WirePath,
        /// The name under which `item` sees the element.
        alias: String,
        /// The element.
        item: Source,
        /// The element's type.
        kind: InputKind,
        /// The most elements; more is `too_long`.
        max: Option<usize>,
        /// The list where nothing is sent.
        default: Option<Value>,
    },
}

/// A place in the request: `body.password`, `query.page`, `path.id`, `header.refresh`, or a member of an `as` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WirePath {
    /// `body`, `query`, `path`, `header`, or the `as` name of an enclosing `each`.
    pub root: String,
    /// The keys below it; header names in lower case.
    pub keys: Vec<String>,
}

impl WirePath {
    /// The name by which failures blame this place: the keys, dotted.
    pub fn wire_name(&self) -> String {
        if self.keys.is_empty() { self.root.clone() } else { self.keys.join(".") }
    }
}

/// A piece of a body.
#[derive(Clone, Debug)]
pub enum Node {
    /// Always this value.
    Literal(Value),
    /// A value of any type; undefined drops its key or element.
    Expression(Expression),
    /// Text with expressions in it.
    Text(Vec<Piece>),
    /// An object.
    Object(Vec<Member>),
    /// A list.
    List(Vec<Node>),
    /// A named shape.
    Shape {
        /// The index in [`Contract::shapes`].
        shape: usize,
        /// What the shape is about: the name it sees it under, and the value. Null gives null, undefined drops.
        of: Option<(String, Expression)>,
    },
    /// A list with one item for each of another.
    Each {
        /// The other list.
        list: Expression,
        /// The names under which the item sees the element: `as`, and the subject of the shape.
        aliases: Vec<String>,
        /// The item.
        item: Box<Node>,
    },
}

/// A member of an object.
#[derive(Clone, Debug)]
pub enum Member {
    /// A key and its value.
    Field(String, Node),
    /// The members of another object.
    Spread(Node),
}

/// A piece of text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// A value written as text; undefined and null as nothing.
    Expression(Expression),
}
