//! The page's answers over HTTP.

use std::fmt;
use std::sync::OnceLock;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use daemun_model::Language;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY};
use http::{HeaderValue, StatusCode};

use super::{POLICY, asset, page};

/// The OpenAPI document of one API and its page in every language, each made when it is first asked for.
pub struct Docs {
    make: Box<dyn Fn() -> Bytes + Send + Sync>,
    document: OnceLock<Bytes>,
    pages: [OnceLock<Bytes>; Language::ALL.len()],
}

impl fmt::Debug for Docs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Docs").finish_non_exhaustive()
    }
}

impl Docs {
    /// What is told of the document that `make` makes: OpenAPI in JSON.
    pub fn new(make: impl Fn() -> Bytes + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), document: OnceLock::new(), pages: Default::default() }
    }

    /// The OpenAPI document in JSON.
    pub fn document(&self) -> Bytes {
        self.document.get_or_init(|| (self.make)()).clone()
    }

    /// Answers a GET for `path`, which is relative to the mount; `None` where it is not the page's. `lang` in the
    /// query names the language, else it is `language`.
    pub fn answer(&self, path: &str, query: Option<&str>, language: Language) -> Option<Response> {
        match path.strip_prefix("/docs")? {
            "" => Some(self.page(asked_for(query).unwrap_or(language))),
            // The links in the page are relative to the other form.
            "/" => Some(moved()),
            below => below.strip_prefix('/').and_then(asset).map(file),
        }
    }

    fn page(&self, language: Language) -> Response {
        let index = Language::ALL.iter().position(|other| *other == language).unwrap_or_default();
        let html = self.pages[index].get_or_init(|| {
            let document = serde_json::from_slice(&self.document()).unwrap_or_default();
            page(&document, language).into()
        });
        let mut response = Response::new(Body::from(html.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
        response
    }
}

/// The language that the query names.
fn asked_for(query: Option<&str>) -> Option<Language> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, tag)| Language::from_tag(&tag))
}

fn moved() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("../docs"));
    response
}

fn file((content_type, bytes): (&'static str, &'static [u8])) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // The page asks by digest, so what is kept is never out of date for long.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn text(response: Response) -> String {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_page_is_answered_in_the_language_that_was_asked_for() {
        let docs = Docs::new(|| Bytes::from_static(br#"{ "info": { "title": "Bookshop" } }"#));
        let answer = docs.answer("/docs", None, Language::En).unwrap();
        assert_eq!(answer.headers()[CONTENT_SECURITY_POLICY], POLICY);
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(text(answer).await.contains("<html lang=\"en\">"));
        let answer = docs.answer("/docs", Some("a=b&lang=ko"), Language::En).unwrap();
        assert!(text(answer).await.contains("<html lang=\"ko\">"));
    }

    #[test]
    fn other_paths_are_left_to_others() {
        let docs = Docs::new(Bytes::new);
        let get = |path: &str| docs.answer(path, None, Language::En);
        assert_eq!(get("/docs/docs.js").unwrap().headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(get("/docs/").unwrap().headers()[LOCATION], "../docs");
        for path in ["/", "/documents", "/docs/other", "/docs/docs.js/", "/docs//docs.js", "/docsdocs.js"] {
            assert!(get(path).is_none(), "{path}");
        }
    }
}
