//! Examples from a file, or everything that is wrong with it.

use daemun_operations::{CallerRule, Operation, registry};
use http::{HeaderName, Method};

use super::pattern::{WORDS, whole};
use super::template::{Captures, Draft, Template};
use super::{
    Capture, CaptureSource, Example, Examples, Exchange, Expect, ExpectedBody, MessagePart, Pattern, Payload,
    Request, Step,
};
use crate::fault::{Fault, Report, nearest};
use crate::yaml::{self, Entry, Kind, Scalar, Tree, Value};

pub(super) fn examples(file: &str, text: &str) -> Result<Examples, Vec<Fault>> {
    let mut report = Report::new(file);
    let tree = yaml::read(text, &mut report);
    let mut reader = Reader { report, captured: Vec::new() };
    let examples = tree.and_then(|tree| reader.file(file, &tree));
    let clean = reader.report.is_clean();
    match examples.filter(|_| clean) {
        Some(examples) => Ok(examples),
        None => Err(reader.report.finish().0),
    }
}

struct Reader {
    report: Report,
    /// What the example has captured so far.
    captured: Vec<String>,
}

impl Reader {
    fn file(&mut self, file: &str, tree: &Tree) -> Option<Examples> {
        self.members(tree, "the file", &["contract", "examples"])?;
        let contract =
            self.required(tree, "contract", "the file").and_then(|tree| self.text(tree, "`contract`"));
        let list = self.required(tree, "examples", "the file").and_then(|tree| self.list(tree, "`examples`"));
        if let Some(contract) = &contract {
            self.belongs(file, contract);
        }
        let examples = list?.iter().filter_map(|tree| self.example(tree)).collect();
        Some(Examples { contract: contract?.text, examples })
    }

    /// The file lies beside the contract that it names.
    fn belongs(&mut self, file: &str, contract: &Scalar) {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let Some(stem) = name.strip_suffix(".examples.yaml") else { return };
        if stem != contract.text {
            let message =
                format!("these are the examples of `{}`, but the file is that of `{stem}`", contract.text);
            self.report.fault_with(contract.at, message, format!("write `contract: {stem}`"));
        }
    }

    fn example(&mut self, tree: &Tree) -> Option<Example> {
        self.captured.clear();
        self.members(tree, "an example", &["name", "steps"])?;
        let name = self.required(tree, "name", "an example").and_then(|tree| self.text(tree, "`name`"));
        let list = self.required(tree, "steps", "an example").and_then(|tree| self.list(tree, "`steps`"))?;
        if list.is_empty() {
            self.report.fault(tree.at, "an example has at least one step");
        }
        let steps = list.iter().filter_map(|step| self.step(step)).collect();
        Some(Example { name: name?.text, steps })
    }

    fn step(&mut self, tree: &Tree) -> Option<Step> {
        self.members(tree, "a step", &["request", "expect", "capture", "message_to", "advance", "operator"])?;
        if let Some(advance) = tree.get("advance") {
            return self.advance(tree, advance);
        }
        if let Some(operator) = tree.get("operator") {
            return self.operator(tree, operator);
        }
        let request = self.required(tree, "request", "a step").and_then(|tree| self.request(tree));
        let expect = self.required(tree, "expect", "a step").and_then(|tree| self.expect(tree));
        let message_to = tree.get("message_to").and_then(|tree| self.template(tree));
        let captures: Vec<_> = tree.get("capture").map_or_else(Vec::new, |tree| self.captures(tree));
        let sources = tree.get("capture").and_then(Tree::entries).unwrap_or(&[]).iter();
        let message =
            sources.filter_map(|entry| entry.value.scalar()).any(|source| source.text.starts_with("message"));
        if let Some(place) = tree.get("message_to").filter(|_| !message) {
            let hint = "capture `message.code`, `message.link`, `message.token`, `message.subject` or `message.text`";
            self.report.fault_with(
                place.at,
                "`message_to` stands here, but nothing of a message is captured",
                hint.to_owned(),
            );
        }
        Some(Step::Exchange(Box::new(Exchange { request: request?, expect: expect?, captures, message_to })))
    }

    fn advance(&mut self, tree: &Tree, advance: &Tree) -> Option<Step> {
        for entry in tree.entries().unwrap_or(&[]) {
            if entry.key.text != "advance" {
                let message = format!("a step that advances the clock has no `{}`", entry.key.text);
                self.report.fault_with(entry.key.at, message, "make it a step of its own".to_owned());
            }
        }
        match advance.scalar().map(Scalar::value) {
            Some(Value::Integer(seconds)) if seconds > 0 => Some(Step::Advance { seconds }),
            _ => {
                self.report.fault_with(
                    advance.at,
                    format!("`advance` is a number of seconds, at least 1, not {}", advance.describe()),
                    "the clock only goes forward: `advance: 60`".to_owned(),
                );
                None
            }
        }
    }

    fn operator(&mut self, tree: &Tree, operator: &Tree) -> Option<Step> {
        self.members(operator, "`operator`", &["does", "takes"])?;
        for entry in tree.entries().unwrap_or(&[]) {
            if entry.key.text != "operator" {
                let message = format!("a step in which an operator acts has no `{}`", entry.key.text);
                self.report.fault_with(entry.key.at, message, "make it a step of its own".to_owned());
            }
        }
        let name =
            self.required(operator, "does", "`operator`").and_then(|tree| self.text(tree, "`does`"))?;
        let known = registry().iter().filter(|operation| operation.caller == CallerRule::Administrator);
        let known: Vec<&Operation> = known.collect();
        let Some(does) = known.iter().find(|operation| operation.name == name.text) else {
            let names: Vec<&str> = known.iter().map(|operation| operation.name).collect();
            let message = format!("`{}` is nothing that an operator does", name.text);
            self.report.fault_with(name.at, message, nearest(&name.text, &names, "there are"));
            return None;
        };
        let takes = operator.get("takes").map_or_else(|| Draft::Object(Vec::new()), |tree| self.draft(tree));
        Some(Step::Operate { does, takes })
    }

    fn request(&mut self, tree: &Tree) -> Option<Request> {
        let keys = ["method", "path", "headers", "json", "form", "multipart", "raw"];
        self.members(tree, "a request", &keys)?;
        let method = self.required(tree, "method", "a request").and_then(|tree| self.method(tree));
        let path = self.required(tree, "path", "a request").and_then(|tree| self.path(tree));
        let headers = tree.get("headers").map_or_else(Vec::new, |tree| self.headers(tree, Self::template));
        let payload = self.payload(tree);
        Some(Request { method: method?, path: path?, headers, payload })
    }

    fn method(&mut self, tree: &Tree) -> Option<Method> {
        let scalar = self.text(tree, "`method`")?;
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
        if !known.contains(&scalar.text.as_str()) {
            let message = format!("unknown method `{}`", scalar.text);
            self.report.fault_with(scalar.at, message, nearest(&scalar.text, &known, "there are"));
            return None;
        }
        Method::from_bytes(scalar.text.as_bytes()).ok()
    }

    fn path(&mut self, tree: &Tree) -> Option<Template> {
        if let Some(scalar) = tree.text().filter(|scalar| !scalar.text.starts_with('/')) {
            let hint = format!("write `/{}`: the path below the contract's mount", scalar.text);
            self.report.fault_with(scalar.at, "a path begins with `/`", hint);
        }
        self.template(tree)
    }

    fn payload(&mut self, tree: &Tree) -> Payload {
        let bodies = tree.entries().unwrap_or(&[]).iter();
        let mut bodies =
            bodies.filter(|entry| ["json", "form", "multipart", "raw"].contains(&entry.key.text.as_str()));
        let Some(body) = bodies.next() else { return Payload::Nothing };
        for more in bodies {
            let message =
                format!("a request has one body: `{}` and `{}` are two", body.key.text, more.key.text);
            self.report.fault(more.key.at, message);
        }
        match body.key.text.as_str() {
            "json" => Payload::Json(self.draft(&body.value)),
            "form" => Payload::Form(self.fields(&body.value)),
            "multipart" => Payload::Multipart(self.fields(&body.value)),
            _ => self.template(&body.value).map_or(Payload::Nothing, Payload::Raw),
        }
    }

    /// The fields of a form; a list sends its name once for each element.
    fn fields(&mut self, tree: &Tree) -> Vec<(String, Template)> {
        let Some(entries) = self.map(tree, "a form") else { return Vec::new() };
        let mut fields = Vec::new();
        for Entry { key, value } in entries {
            let single = std::slice::from_ref(value);
            for value in value.items().unwrap_or(single) {
                fields.extend(self.template(value).map(|template| (key.text.clone(), template)));
            }
        }
        fields
    }

    fn headers<T>(&mut self, tree: &Tree, read: fn(&mut Self, &Tree) -> Option<T>) -> Vec<(HeaderName, T)> {
        let Some(entries) = self.map(tree, "`headers`") else { return Vec::new() };
        let mut headers = Vec::new();
        for Entry { key, value } in entries {
            match HeaderName::from_bytes(key.text.as_bytes()) {
                Ok(name) => headers.extend(read(self, value).map(|value| (name, value))),
                Err(_) => self.report.fault(key.at, format!("`{}` is no name of a header", key.text)),
            }
        }
        headers
    }

    fn expect(&mut self, tree: &Tree) -> Option<Expect> {
        self.members(tree, "`expect`", &["status", "headers", "body", "text"])?;
        let status = self.required(tree, "status", "`expect`").and_then(|tree| self.status(tree));
        let headers =
            tree.get("headers").map_or_else(Vec::new, |tree| self.headers(tree, Self::header_pattern));
        let json = tree.get("body").and_then(|body| self.pattern(body)).map(ExpectedBody::Json);
        let text = tree.get("text").and_then(|text| self.template(text)).map(ExpectedBody::Text);
        if let (Some(_), Some(text)) = (tree.get("body"), tree.get("text")) {
            self.report.fault(text.at, "an answer has one body: `body` and `text` are two");
        }
        let body = json.or(text);
        Some(Expect { status: status?, headers, body })
    }

    fn status(&mut self, tree: &Tree) -> Option<u16> {
        let number = match tree.scalar().map(Scalar::value) {
            Some(Value::Integer(number)) => u16::try_from(number).ok(),
            _ => None,
        };
        let number = number.filter(|number| (100..=599).contains(number));
        if number.is_none() {
            self.report.fault(tree.at, "`status` is an HTTP status: a number from 100 to 599");
        }
        number
    }

    fn header_pattern(&mut self, tree: &Tree) -> Option<Pattern> {
        if tree.items().is_some() || tree.entries().is_some() {
            self.report.fault(tree.at, format!("a header is text, not {}", tree.describe()));
            return None;
        }
        self.pattern(tree)
    }

    fn pattern(&mut self, tree: &Tree) -> Option<Pattern> {
        match &tree.kind {
            Kind::Scalar(scalar) if scalar.value() == Value::Text => self.text_pattern(scalar),
            Kind::Scalar(scalar) => Some(Pattern::Scalar(scalar.to_json())),
            Kind::List(items) => {
                Some(Pattern::List(items.iter().filter_map(|item| self.pattern(item)).collect()))
            }
            Kind::Map(entries) => {
                let rest = entries.iter().find(|entry| entry.key.text == "...");
                if let Some(rest) = rest.filter(|rest| rest.value.to_json() != "<any>") {
                    let hint = "write `\"...\": <any>`: other members may be there".to_owned();
                    self.report.fault_with(
                        rest.value.at,
                        "the key `...` has the value `<any>` and no other",
                        hint,
                    );
                }
                let members = entries.iter().filter(|entry| entry.key.text != "...");
                let members =
                    members.filter_map(|entry| Some((entry.key.text.clone(), self.pattern(&entry.value)?)));
                Some(Pattern::Object { members: members.collect(), open: rest.is_some() })
            }
        }
    }

    fn text_pattern(&mut self, scalar: &Scalar) -> Option<Pattern> {
        let Some(inner) = scalar.text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) else {
            return self.parsed(scalar, &scalar.text, 0).map(Pattern::Exactly);
        };
        if let Some(expression) = inner.strip_prefix("re:") {
            let template = self.parsed(scalar, expression, 4)?;
            let probe = template.pattern(&Captures::new());
            if let Err(error) = whole(&probe) {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or("").trim_start_matches("error: ");
                self.report.fault(scalar.at, format!("not a regular expression: {reason}"));
            }
            return Some(Pattern::Matches(template));
        }
        match Pattern::of_word(inner) {
            Some(pattern) => Some(pattern),
            None if !inner.is_empty()
                && inner.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
            {
                let mut known = WORDS.map(|word| format!("<{word}>")).to_vec();
                known.push("<re:PATTERN>".to_owned());
                let hint = nearest(&scalar.text, &known, "there are");
                self.report.fault_with(scalar.at, format!("unknown matcher `{}`", scalar.text), hint);
                None
            }
            None => self.parsed(scalar, &scalar.text, 0).map(Pattern::Exactly),
        }
    }

    fn draft(&mut self, tree: &Tree) -> Draft {
        match &tree.kind {
            Kind::Scalar(scalar) if scalar.value() == Value::Text => {
                match self.parsed(scalar, &scalar.text, 0) {
                    Some(template) => Draft::Text(template),
                    None => Draft::Scalar(serde_json::Value::Null),
                }
            }
            Kind::Scalar(scalar) => Draft::Scalar(scalar.to_json()),
            Kind::List(items) => Draft::List(items.iter().map(|item| self.draft(item)).collect()),
            Kind::Map(entries) => {
                let members = entries.iter().map(|entry| (entry.key.text.clone(), self.draft(&entry.value)));
                Draft::Object(members.collect())
            }
        }
    }

    fn captures(&mut self, tree: &Tree) -> Vec<Capture> {
        let Some(entries) = self.map(tree, "`capture`") else { return Vec::new() };
        let mut captures = Vec::new();
        for Entry { key, value } in entries {
            let named = Template::parse(&format!("{{{{{}}}}}", key.text));
            if !named.is_ok_and(|template| template.names().next() == Some(key.text.as_str())) {
                let hint = "letters, digits and `_`, such as `access_token`".to_owned();
                self.report.fault_with(
                    key.at,
                    format!("`{}` cannot be the name of a capture", key.text),
                    hint,
                );
            }
            captures.extend(self.source(value).map(|source| Capture { name: key.text.clone(), source }));
        }
        // Known even where they are faulty: what uses them is not at fault.
        self.captured.extend(entries.iter().map(|entry| entry.key.text.clone()));
        captures
    }

    fn source(&mut self, tree: &Tree) -> Option<CaptureSource> {
        let scalar = self.text(tree, "a capture")?;
        let (root, rest) = scalar.text.split_once('.').unwrap_or((&scalar.text, ""));
        let source = match root {
            "body" if rest.is_empty() => Some(CaptureSource::Body(Vec::new())),
            "body" => Some(CaptureSource::Body(rest.split('.').map(str::to_owned).collect())),
            "header" => HeaderName::from_bytes(rest.as_bytes()).ok().map(CaptureSource::Header),
            "message" => part(rest).map(CaptureSource::Message),
            _ => None,
        };
        if source.is_none() {
            let hint = "a capture is `body.…`, `header.NAME`, `message.code`, `message.link`, `message.subject`, \
                        `message.text`, `message.token`: the link's query parameter `token`, or `message.link.NAME` \
                        for another";
            self.report.fault_with(
                scalar.at,
                format!("nothing is called `{}`", scalar.text),
                hint.to_owned(),
            );
        }
        source
    }

    /// A text with captures; numbers, true and false are text here.
    fn template(&mut self, tree: &Tree) -> Option<Template> {
        match tree.scalar() {
            Some(scalar) => self.parsed(scalar, &scalar.text, 0),
            None => {
                self.report.fault(tree.at, format!("text is expected here, not {}", tree.describe()));
                None
            }
        }
    }

    /// A part of a scalar's text, which begins at `offset` in it.
    fn parsed(&mut self, scalar: &Scalar, text: &str, offset: usize) -> Option<Template> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(fault) => {
                let message = format!("`{{{{ {} }}}}` is no capture", fault.written);
                let hint = "between the braces stands the name of a capture and nothing else".to_owned();
                self.report.fault_with(scalar.place(offset + fault.offset), message, hint);
                return None;
            }
        };
        for name in template.names() {
            if name != super::API_KEY && !self.captured.iter().any(|known| known == name) {
                let at = text.find(name).map_or(scalar.at, |place| scalar.place(offset + place));
                let message = format!("`{name}` has not been captured by an earlier step of this example");
                self.report.fault_with(at, message, nearest(name, &self.captured, "captured are"));
            }
        }
        Some(template)
    }

    fn text(&mut self, tree: &Tree, what: &str) -> Option<Scalar> {
        let scalar = tree.text();
        if scalar.is_none() {
            self.report.fault(tree.at, format!("{what} is text, not {}", tree.describe()));
        }
        scalar.cloned()
    }

    fn list<'t>(&mut self, tree: &'t Tree, what: &str) -> Option<&'t [Tree]> {
        let items = tree.items();
        if items.is_none() {
            self.report.fault(tree.at, format!("{what} is a list, not {}", tree.describe()));
        }
        items
    }

    fn map<'t>(&mut self, tree: &'t Tree, what: &str) -> Option<&'t [Entry]> {
        let entries = tree.entries();
        if entries.is_none() {
            self.report.fault(tree.at, format!("{what} is a map, not {}", tree.describe()));
        }
        entries
    }

    /// The entries of a map that has these keys and no others.
    fn members<'t>(&mut self, tree: &'t Tree, what: &str, known: &[&str]) -> Option<&'t [Entry]> {
        let entries = self.map(tree, what)?;
        for Entry { key, .. } in entries {
            if !known.contains(&key.text.as_str()) {
                let message = format!("unknown key `{}` in {what}", key.text);
                self.report.fault_with(key.at, message, nearest(&key.text, known, "there are"));
            }
        }
        Some(entries)
    }

    fn required<'t>(&mut self, tree: &'t Tree, key: &str, what: &str) -> Option<&'t Tree> {
        let value = tree.get(key);
        if value.is_none() {
            self.report.fault(tree.at, format!("{what} has no `{key}`"));
        }
        value
    }
}

fn part(name: &str) -> Option<MessagePart> {
    Some(match name {
        "code" => MessagePart::Code,
        "link" => MessagePart::Link,
        "subject" => MessagePart::Subject,
        "text" => MessagePart::Text,
        "token" => MessagePart::Parameter("token".to_owned()),
        _ => MessagePart::Parameter(name.strip_prefix("link.").filter(|name| !name.is_empty())?.to_owned()),
    })
}
