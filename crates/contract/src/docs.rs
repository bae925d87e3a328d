//! The page on which people read an API and try it: made from its OpenAPI document, whole in the program, readable
//! without JavaScript.
//!
//! The page is at `{mount}/docs` without a final slash: its links to `docs/NAME` and `openapi.json` are relative, so
//! that they hold under any mount and host.

mod document;
mod fields;
mod prose;
mod reference;
mod request;
mod sample;
mod site;
mod texts;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use daemun_model::Language;
use http::HeaderValue;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

pub use site::Docs;

use document::Document;
use reference::Reference;
use texts::Texts;

/// What a browser may do with the page: run its one script and call the API beside it. Nothing of it may stand in
/// the text, and the script cannot make markup out of text (Trusted Types).
pub const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

const STYLE: &[u8] = include_bytes!("docs/docs.css");
const SCRIPT: &[u8] = include_bytes!("docs/docs.js");
const ICON: &[u8] = include_bytes!("docs/icon.svg");

/// What the page loads from `docs/NAME`: its content type and bytes. The page asks for them by name and digest, so
/// caches may keep them.
pub fn asset(name: &str) -> Option<(&'static str, &'static [u8])> {
    match name {
        "docs.css" => Some(("text/css; charset=utf-8", STYLE)),
        "docs.js" => Some(("text/javascript; charset=utf-8", SCRIPT)),
        "icon.svg" => Some(("image/svg+xml", ICON)),
        _ => None,
    }
}

static TEMPLATE: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html", include_str!("docs/page.html"))?;
    Ok(environment)
});

/// A digest of the assets, which changes with them.
static ASSETS: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    (STYLE, SCRIPT, ICON).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

/// The page of an OpenAPI 3.1 document, its own words in `language`; what the document says stays as it is.
pub fn page(document: &serde_json::Value, language: Language) -> String {
    let texts = Texts(language);
    let reference = Reference::of(Document(document), texts);
    let values = context! {
        lang => language.code(),
        languages => Language::ALL.map(|other| context! { code => other.code(), name => own_name(other) }),
        assets => ASSETS.as_str(),
        t => Value::from_object(texts),
        api => Value::from(Serde(&reference)),
    };
    let rendered = match TEMPLATE.as_ref() {
        Ok(environment) => environment.get_template("page.html").and_then(|template| template.render(values)),
        Err(error) => {
            tracing::error!(%error, "the template of the API page does not compile");
            return without_template();
        }
    };
    rendered.unwrap_or_else(|error| {
        tracing::error!(%error, "the API page was not rendered");
        without_template()
    })
}

fn without_template() -> String {
    "<!doctype html><title>API</title><p><a href=\"openapi.json\">openapi.json</a>".to_owned()
}

const fn own_name(language: Language) -> &'static str {
    match language {
        Language::Ko => "한국어",
        Language::En => "English",
    }
}

#[cfg(test)]
mod tests;
