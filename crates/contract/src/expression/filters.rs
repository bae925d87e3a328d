//! The filters of contracts, in one place. MiniJinja's standard ones are there too.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use daemun_model::{email, ids, profile};
use minijinja::value::{Object, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use uuid::Uuid;

use super::program::WORLD;
use super::scope::World;

/// Every filter's name: ours first, then those of MiniJinja's that contracts want.
pub const FILTERS: &[&str] = &[
    "shortuuid",
    "age",
    "media_path",
    "media_url",
    "local_date",
    "local_datetime",
    "epoch",
    "joined",
    "link",
    "wire",
    "masked",
    "unquoted",
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
];

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("shortuuid", shortuuid);
    environment.add_filter("age", age);
    environment.add_filter("media_path", media_path);
    environment.add_filter("media_url", media_url);
    environment.add_filter("local_date", local_date);
    environment.add_filter("local_datetime", local_datetime);
    environment.add_filter("epoch", epoch);
    environment.add_filter("joined", joined);
    environment.add_filter("link", link);
    environment.add_filter("wire", wire);
    environment.add_filter("masked", masked);
    environment.add_filter("unquoted", unquoted);
}

/// The variables of one evaluation, and the world that filters ask for.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) variables: Value,
    pub(super) world: Arc<World>,
}

#[derive(Debug)]
struct Worldly(Arc<World>);

impl Object for Worldly {}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if key.as_str() == Some(WORLD) {
            return Some(Value::from_object(Worldly(Arc::clone(&self.world))));
        }
        self.variables.get_item(key).ok().filter(|value| !value.is_undefined())
    }
}

fn world(state: &State) -> Result<Arc<World>, Error> {
    state
        .lookup(WORLD)
        .and_then(|value| value.downcast_object_ref::<Worldly>().map(|worldly| Arc::clone(&worldly.0)))
        .ok_or_else(|| {
            Error::new(ErrorKind::InvalidOperation, "this filter works only while a request is served")
        })
}

/// What is absent stays absent: null and undefined go through every filter of ours unchanged.
fn absent(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}

fn text<'v>(value: &'v Value, filter: &str) -> Result<&'v str, Error> {
    value.as_str().ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("`{filter}` takes text, not {}", value.kind()))
    })
}

/// A UUID as 22 characters of base 57.
fn shortuuid(value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let uuid = Uuid::try_parse(text(&value, "shortuuid")?)
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "`shortuuid` takes a UUID"))?;
    Ok(Value::from(ids::to_short(uuid)))
}

/// The age in whole years today, in the contract's time zone.
fn age(state: &State, value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let world = world(state)?;
    let date = NaiveDate::parse_from_str(text(&value, "age")?, "%Y-%m-%d")
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "`age` takes a date YYYY-MM-DD"))?;
    Ok(profile::age(date, world.now, world.timezone).map_or_else(|| Value::from(()), Value::from))
}

/// The path of a stored file behind `/media/`.
fn media_path(value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    Ok(Value::from(format!("/media/{}", text(&value, "media_path")?)))
}

/// The absolute URL of a stored file; what is a URL already stays.
fn media_url(state: &State, value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let path = text(&value, "media_url")?;
    if path.starts_with("https://") || path.starts_with("http://") {
        return Ok(value);
    }
    Ok(Value::from(format!("{}/media/{path}", world(state)?.origin)))
}

fn moment(state: &State, value: &Value, filter: &str) -> Result<DateTime<chrono_tz::Tz>, Error> {
    let time = DateTime::parse_from_rfc3339(text(value, filter)?).map_err(|_| {
        Error::new(ErrorKind::InvalidOperation, format!("`{filter}` takes a time in RFC 3339"))
    })?;
    Ok(time.with_timezone(&world(state)?.timezone))
}

/// The day of a moment, in the contract's time zone: `2026-11-21`.
fn local_date(state: &State, value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    Ok(Value::from(moment(state, &value, "local_date")?.format("%Y-%m-%d").to_string()))
}

/// A moment in the contract's time zone, with its offset: `2026-11-21T13:00:00+09:00`.
fn local_datetime(state: &State, value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    Ok(Value::from(moment(state, &value, "local_datetime")?.format("%Y-%m-%dT%H:%M:%S%:z").to_string()))
}

/// A moment as whole seconds since 1970.
fn epoch(state: &State, value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    Ok(Value::from(moment(state, &value, "epoch")?.timestamp()))
}

/// A map of lists as `key: first second; key: …`; a list as its elements with spaces between them.
fn joined(value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let words = |list: &Value| -> Result<String, Error> {
        if list.kind() == ValueKind::Seq {
            Ok(list.try_iter()?.map(|item| item.to_string()).collect::<Vec<_>>().join(" "))
        } else {
            Ok(list.to_string())
        }
    };
    if value.kind() != ValueKind::Map {
        return words(&value).map(Value::from);
    }
    let mut text = String::new();
    for key in value.try_iter()? {
        let separator = if text.is_empty() { "" } else { "; " };
        let list = value.get_item(&key)?;
        write!(text, "{separator}{key}: {}", words(&list)?)
            .map_err(|_| Error::new(ErrorKind::WriteFailure, "cannot write text"))?;
    }
    Ok(Value::from(text))
}

/// A `Link` header (RFC 8288) for a page of `number`, `size`, `total`: first, prev, next and last by the
/// query parameter `page_parameter` (`page`) of the request's URL.
///
/// For a page of a listing that goes on by a cursor (`next`): next alone, by the query parameter `cursor`.
fn link(state: &State, page: Value, page_parameter: Option<String>) -> Result<Value, Error> {
    let world = world(state)?;
    if let (Some(url), Ok(next)) = (&world.url, page.get_attr("next"))
        && page.get_attr("number").is_ok_and(|number| number.is_undefined())
    {
        let parameter = page_parameter.unwrap_or_else(|| "cursor".to_owned());
        let relation = next.as_str().and_then(|next| related(url, &parameter, next, "next"));
        return Ok(relation.map_or(Value::UNDEFINED, Value::from));
    }
    let number = |name: &str| page.get_attr(name).ok().and_then(|value| i64::try_from(value).ok());
    let (Some(url), Some(current), Some(size)) = (&world.url, number("number"), number("size")) else {
        return Ok(Value::UNDEFINED);
    };
    let parameter = page_parameter.unwrap_or_else(|| "page".to_owned());
    let last = number("total").map(|total| (total.max(1) + size - 1) / size.max(1));
    let mut links = Vec::new();
    let mut add = |relation: &str, target: i64| {
        links.extend(related(url, &parameter, &target.to_string(), relation));
    };
    add("first", 1);
    if current > 1 {
        add("prev", current - 1);
    }
    if last.is_some_and(|last| current < last) {
        add("next", current + 1);
    }
    if let Some(last) = last {
        add("last", last);
    }
    Ok(Value::from(links.join(", ")))
}

/// One link: the URL with another value of a query parameter.
fn related(url: &str, parameter: &str, value: &str, relation: &str) -> Option<String> {
    let mut url = url::Url::parse(url).ok()?;
    let pairs = url.query_pairs().filter(|(key, _)| key != parameter);
    let kept: Vec<_> = pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair(parameter, value);
    Some(format!("<{url}>; rel=\"{relation}\""))
}

/// The wire's value of a word of the core, by a table of `enums`.
fn wire(state: &State, value: Value, table: String) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let world = world(state)?;
    let table = world.enums.get(&table).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("there is no table `{table}` in `enums`"))
    })?;
    let word = text(&value, "wire")?;
    Ok(table.wire(word).map_or_else(|| Value::from(()), |wire| Value::from(minijinja::value::Serde(wire))))
}

/// An e-mail address of which only the beginning and the domain are shown: `ho***@example.com`.
fn masked(value: Value) -> Result<Value, Error> {
    if absent(&value) {
        return Ok(value);
    }
    let address = text(&value, "masked")?;
    Ok(Value::from(email::masked(address)))
}

/// A text without a pair of quotes around it, for clients that send `kw='name'`: straight or curly, single or
/// double. One that stands alone, or inside, stays.
fn unquoted(value: Value) -> Result<Value, Error> {
    const PAIRS: [(char, char); 5] = [('\'', '\''), ('"', '"'), ('‘', '’'), ('“', '”'), ('`', '`')];
    let Some(typed) = value.as_str() else { return Ok(value) };
    let inner = |(open, close)| typed.trim().strip_prefix(open)?.strip_suffix(close);
    let inner = PAIRS.into_iter().find_map(inner).map(Value::from);
    Ok(inner.unwrap_or(value))
}
