//! Descriptions: of CommonMark, paragraphs and `code` are shown as such.

use serde::Serialize;

/// A description as paragraphs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Prose(Vec<Vec<Span>>);

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Span {
    code: bool,
    text: String,
}

impl Prose {
    /// The paragraphs of a text.
    pub(super) fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().replace("\r\n", "\n");
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        Self(paragraphs.map(spans).collect())
    }
}

/// Every second piece between backticks is code; a backtick without a second one is itself.
fn spans(paragraph: &str) -> Vec<Span> {
    let pieces: Vec<&str> = paragraph.split('`').collect();
    let paired = pieces.len() - (pieces.len() + 1) % 2;
    let mut spans: Vec<Span> = pieces[..paired]
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(index, text)| Span { code: index % 2 == 1, text: (*text).to_owned() })
        .collect();
    if let Some(rest) = pieces.get(paired) {
        spans.push(Span { code: false, text: format!("`{rest}") });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_code_are_told_apart() {
        let plain = |text: &str| Span { code: false, text: text.to_owned() };
        let code = |text: &str| Span { code: true, text: text.to_owned() };
        let prose = Prose::of(Some("Send `a` or `b`.\n\n\nOne ` is a tick.\nStill the same."));
        assert_eq!(
            prose.0,
            [
                vec![plain("Send "), code("a"), plain(" or "), code("b"), plain(".")],
                vec![plain("One "), plain("` is a tick.\nStill the same.")],
            ]
        );
        assert_eq!(Prose::of(None), Prose::default());
    }
}
