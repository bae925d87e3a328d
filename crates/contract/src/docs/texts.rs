//! The page's own words, in both languages.

use std::sync::{Arc, LazyLock};

use daemun_model::Language;
use fluent_templates::fluent_bundle::concurrent::FluentBundle;
use fluent_templates::fluent_bundle::{FluentArgs, FluentResource};
use minijinja::Value;
use minijinja::value::Object;

type Bundle = FluentBundle<FluentResource>;

static KOREAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Ko, include_str!("ko.ftl")));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En, include_str!("en.ftl")));

/// Reads a catalogue. What cannot be read is left out here and found by the tests.
fn bundle(language: Language, text: &str) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partial, _)| partial);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The words of one language; templates read them as `t["key"]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts(pub(super) Language);

impl Texts {
    /// The text of a key; the key itself where there is none.
    pub(super) fn get(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of a key with these values in it. Numbers are given as text, so that their digits are not grouped.
    pub(super) fn with(self, key: &str, values: &[(&'static str, &str)]) -> String {
        let arguments = values.iter().map(|(name, value)| (*name, *value)).collect();
        self.look_up(key, &arguments).unwrap_or_else(|| key.to_owned())
    }

    fn look_up(self, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        let bundle: &Bundle = match self.0 {
            Language::Ko => &KOREAN,
            Language::En => &ENGLISH,
        };
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned())
    }
}

impl Object for Texts {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.look_up(key.as_str()?, &FluentArgs::new()).map(Value::from)
    }
}
