//! A request to the console as it came in, whoever sent it.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use daemun_model::{Administrator, App, Code, Failure, Language};
use daemun_operations::Daemun;
use daemun_operations::administrator::authenticate;
use daemun_web::Edge;
use daemun_web::headers::Transport;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request};

use super::frame::Frame;
use super::{Console, Serves, cookie};
use crate::form::{self, Fields, Sent, Unreadable};
use crate::{FormBody, edge_of};

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// To see something: GET or HEAD.
    Show,
    /// To do something: POST.
    Act,
    /// Something that no screen knows.
    Other,
}

/// A request.
pub(crate) struct Asked {
    pub(crate) daemun: Daemun,
    pub(crate) apps: Arc<[Arc<App>]>,
    /// What the apps serve.
    pub(crate) serves: Arc<[Serves]>,
    pub(crate) transport: Transport,
    pub(crate) edge: Edge,
    pub(crate) verb: Verb,
    /// Below `/console`, with the slash before it.
    pub(crate) path: String,
    pub(crate) query: Fields,
    /// The form of an act; empty else.
    pub(crate) form: Fields,
    /// The files that came with it.
    pub(crate) files: Vec<Sent>,
    pub(crate) language: Language,
    headers: HeaderMap,
}

/// The most a form of the console may hold: a list of keys or organisations that was pasted.
const LARGEST_FORM: usize = 256 * 1024;
/// The most a form with files may hold: one picture of a phone's camera, so that the form itself can say that it is too
/// large, and what is typed beside it.
const LARGEST_WITH_FILES: usize = 10 * 1024 * 1024 + LARGEST_FORM;
/// How long a browser remembers the language: a year.
const LANGUAGE_LIFETIME: i64 = 365 * 24 * 60 * 60;

/// Whether a `Host` names the machine on which the browser runs, which browsers trust in the clear.
fn is_this_machine(host: &str) -> bool {
    match url::Url::parse(&format!("http://{host}")).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    }
}

fn refusal(why: Unreadable) -> Failure {
    match why {
        Unreadable::Foreign => Code::UnsupportedMediaType.into(),
        Unreadable::Large => Code::BodyTooLarge.into(),
        Unreadable::Malformed => Code::BodyMalformed.into(),
        Unreadable::Busy => Failure::Unavailable { retry_after: 1 },
    }
}

impl Asked {
    pub(super) fn read(
        console: &Console,
        request: Request<Body>,
        path: &str,
        verb: Verb,
    ) -> (Self, FormBody) {
        let edge = edge_of(&request);
        let (parts, body) = request.into_parts();
        let query = Fields::parse(parts.uri.query().unwrap_or("").as_bytes());
        let content_type = parts.headers.get(CONTENT_TYPE).cloned();
        let mut asked = Self {
            daemun: console.daemun.clone(),
            apps: Arc::clone(&console.apps),
            serves: Arc::clone(&console.serves),
            transport: console.transport,
            edge,
            verb,
            path: path.trim_end_matches('/').to_owned(),
            query,
            form: Fields::default(),
            files: Vec::new(),
            language: Language::default(),
            headers: parts.headers,
        };
        asked.language = asked.chosen_language().or_else(|| asked.browsers_language()).unwrap_or_default();
        (asked, FormBody { content_type, body })
    }

    /// Refuses what no screen takes, and reads the form of an act.
    pub(super) async fn admit(&mut self, body: FormBody) -> Result<(), Failure> {
        match self.verb {
            Verb::Show => Ok(()),
            Verb::Other => Err(Code::MethodNotAllowed.into()),
            // Who is not signed in has no token against forgery yet: this stands before all forms.
            Verb::Act if self.is_foreign() => Err(Code::Forbidden.into()),
            Verb::Act if form::brings_files(&body) => self.admit_files(body).await,
            Verb::Act => {
                self.form = form::read(body, LARGEST_FORM).await.map_err(refusal)?;
                Ok(())
            }
        }
    }

    /// Files are taken in of who is signed in, and of nobody else: they are large, and the token against forgery comes with
    /// them.
    async fn admit_files(&mut self, body: FormBody) -> Result<(), Failure> {
        let signed = match self.cookie() {
            Some(cookie) => authenticate(&self.daemun, cookie).await?,
            None => None,
        };
        if signed.is_some() {
            let read = form::read_with_files(body, LARGEST_WITH_FILES, LARGEST_FORM).await;
            (self.form, self.files) = read.map_err(refusal)?;
        }
        Ok(())
    }

    /// The content of the file that was chosen in an input.
    pub(crate) fn file(&self, name: &str) -> Option<Bytes> {
        self.files.iter().find(|file| file.name == name).map(|file| file.content.clone())
    }

    /// Where it is, as a link of its own page says it: without what is told once.
    pub(crate) fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.query.iter().filter(|(name, _)| !matches!(*name, "done" | "lang")));
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{}{}{separator}{query}", super::CONSOLE, self.path)
    }

    /// Whether a browser says that another site sends this form: Fetch Metadata where there is, else the `Origin`.
    fn is_foreign(&self) -> bool {
        if let Some(site) = self.headers.get("sec-fetch-site") {
            return site != "same-origin" && site != "none";
        }
        let Some(origin) = self.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
            return false;
        };
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        match origin.split_once("://") {
            Some((_, origin)) => !origin.eq_ignore_ascii_case(host),
            None => !self.tells_nothing(host),
        }
    }

    /// Whether browsers tell nothing at `host` of where a form comes from: Fetch Metadata goes to trustworthy places only (W3C
    /// Secure Contexts section 3.1), and the `Origin` of our own pages is `null`, as their policy keeps what they are from
    /// everybody (Fetch section 3.2). So it is in the clear, at an address or a name of a network.
    fn tells_nothing(&self, host: &str) -> bool {
        self.transport == Transport::Plain && !host.is_empty() && !is_this_machine(host)
    }

    /// The value of the session's cookie.
    pub(crate) fn cookie(&self) -> Option<&str> {
        cookie::read(&self.headers, cookie::session(self.transport)).filter(|value| !value.is_empty())
    }

    /// The language that was chosen on a page, now or earlier.
    fn chosen_language(&self) -> Option<Language> {
        let asked = self.query.get("lang").and_then(Language::from_tag);
        asked.or_else(|| cookie::read(&self.headers, cookie::LANGUAGE).and_then(Language::from_tag))
    }

    fn browsers_language(&self) -> Option<Language> {
        let accepted = self.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        accepted.and_then(Language::negotiate)
    }

    /// The language for who is signed in: what was chosen on a page, else their own, else the browser's.
    pub(super) fn language_of(&self, administrator: &Administrator) -> Language {
        self.chosen_language().or(administrator.language).unwrap_or(self.language)
    }

    /// Remembers the language that the query chose.
    pub(super) fn keep_language(&self, response: &mut Response) {
        let Some(language) = self.query.get("lang").and_then(Language::from_tag) else { return };
        let pair = (cookie::LANGUAGE, language.code());
        if let Some(value) = cookie::set(pair, Some(LANGUAGE_LIFETIME), self.transport) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }

    /// What surrounds a page where nobody is signed in.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { asked: self, signed: None, app: None }
    }

    /// The header that gives the browser its session, or takes it away.
    pub(crate) fn session_cookie(&self, value: Option<&str>) -> Option<HeaderValue> {
        let name = cookie::session(self.transport);
        match value {
            Some(value) => cookie::set((name, value), None, self.transport),
            None => cookie::set((name, ""), Some(0), self.transport),
        }
    }
}
