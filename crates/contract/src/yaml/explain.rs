//! What the parser could not read, in words for people who do not know its grammar, and at the place where
//! they went wrong: the parser notices a quote or a bracket that is not closed only far below.

use granit_parser::{ErrorKind, ScanError};

use super::Position;
use super::build::position;

/// A bracket that was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) sign: char,
    pub(super) at: Position,
}

/// The place, the message and the hint of an error. `read` is where the last event ended, in bytes of `text`.
pub(super) fn explain(
    text: &str,
    read: usize,
    brackets: &[Bracket],
    error: &ScanError,
) -> (Position, String, Option<String>) {
    let at = position(*error.marker());
    let until = error.marker().byte_offset().unwrap_or(text.len());
    let quoted = matches!(
        error.kind(),
        ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::UnclosedQuotedScalar
            | ErrorKind::DocumentIndicatorInQuotedScalar
    );
    if quoted && let Some(open) = open_quote(text, read, until) {
        let (message, hint) = of_kind(&ErrorKind::UnclosedQuotedScalar);
        return (place(text, open), message, hint.map(str::to_owned));
    }
    if of_tabs(error.kind())
        && let Some(tab) = line_start(text, at.line).and_then(|start| Some(start + text[start..].find('\t')?))
    {
        let (message, hint) = of_kind(error.kind());
        return (place(text, tab), message, hint.map(str::to_owned));
    }
    if let Some((at, message)) = uneven(text, at, error.kind()) {
        let hint = "a map's keys begin in one column; what is below a key is indented by two spaces more";
        return (at, message, Some(hint.to_owned()));
    }
    // Whatever stands no deeper than the line of an open bracket was not meant to stand in it.
    let below = |bracket: &&Bracket| {
        bracket.at.line < at.line && indent(text, at.line) <= indent(text, bracket.at.line)
    };
    if let Some(bracket) = brackets.iter().rev().find(below) {
        // What was meant to close it may stand in a text whose quote is open.
        let line = line_start(text, bracket.at.line).unwrap_or(text.len());
        let end = text[line..].find('\n').map_or(text.len(), |length| line + length);
        if let Some(open) = open_quote(text, line, end) {
            let (message, hint) = of_kind(&ErrorKind::UnclosedQuotedScalar);
            return (place(text, open), message, hint.map(str::to_owned));
        }
        let (message, hint) = of_kind(&ErrorKind::UnclosedFlowCollection { open: bracket.sign });
        return (bracket.at, message, hint.map(str::to_owned));
    }
    let (message, hint) = of_kind(error.kind());
    (at, message, hint.map(str::to_owned))
}

/// The byte of the quote that is open at `until`, when nothing is at `from`.
fn open_quote(text: &str, from: usize, until: usize) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut characters = text.get(from..until)?.char_indices().peekable();
    while let Some((index, c)) = characters.next() {
        match open {
            Some((_, '"')) if c == '\\' => {
                characters.next();
            }
            Some((_, '\'')) if c == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            Some((_, quote)) if c == quote => open = None,
            Some(_) => {}
            // Only where a value can begin does a quote open one.
            None if (c == '"' || c == '\'') && (before.is_whitespace() || "[{,:".contains(before)) => {
                open = Some((from + index, c));
            }
            None => {}
        }
        before = c;
    }
    open.map(|(index, _)| index)
}

fn place(text: &str, offset: usize) -> Position {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    Position { line, column: before.rsplit('\n').next().unwrap_or("").chars().count() + 1 }
}

/// The byte at which a line begins.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1));
    starts.nth(line.checked_sub(1)?)
}

const fn of_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// A key that is indented deeper than the one above it, which has its value already: the parser takes it for
/// more of that value, until it runs into its colon.
fn uneven(text: &str, at: Position, kind: &ErrorKind) -> Option<(Position, String)> {
    if !matches!(kind, ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement) {
        return None;
    }
    let here: String = text.lines().nth(at.line.checked_sub(1)?)?.chars().take(at.column - 1).collect();
    let above = (1..at.line).rev().find(|line| text.lines().nth(line - 1).is_some_and(is_said))?;
    let (mine, other) = (indent(text, at.line), indent(text, above));
    let first_colon = !here.trim_end_matches(':').contains(": ");
    (first_colon && mine > other).then(|| {
        let message = format!("this line is indented by {mine} spaces, the one above it by {other}");
        (Position { line: at.line, column: mine + 1 }, message)
    })
}

/// Whether a line says something: it is neither empty nor a comment.
fn is_said(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

/// The spaces before a line's first character.
fn indent(text: &str, line: usize) -> usize {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
    line.len() - line.trim_start_matches(' ').len()
}

/// What a kind of error means to who wrote the file.
fn of_kind(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, hint) = match kind {
        ErrorKind::UnclosedFlowCollection { open } => {
            let hint = if *open == '{' { "close it with `}`" } else { "close it with `]`" };
            return (format!("the bracket `{open}` is not closed"), Some(hint));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("the bracket `{open}` is closed by `{close}`"), None);
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let message = format!("`{}` cannot begin a text without quotes", character.escape_default());
            return (message, Some("put the text in quotes"));
        }
        ErrorKind::RecursionLimitExceeded => {
            ("maps and lists are nested too deep", "a contract needs far less")
        }
        other => match of_brackets(other).or_else(|| of_lines(other)).or_else(|| of_quotes(other)) {
            Some(known) => known,
            None => return (format!("this is no YAML: {other}"), None),
        },
    };
    (message.to_owned(), Some(hint))
}

type Known = Option<(&'static str, &'static str)>;

const fn of_brackets(kind: &ErrorKind) -> Known {
    const QUOTES: &str = "put a text that holds `,`, `[`, `]`, `{` or `}` in quotes";
    Some(match kind {
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("the bracket `{` is not closed", "close it with `}`")
        }
        ErrorKind::UnexpectedEofFlowSequence => ("the bracket `[` is not closed", "close it with `]`"),
        ErrorKind::MisplacedFlowCollectionEnd => ("a bracket is closed that was not opened", QUOTES),
        ErrorKind::ExpectedFlowMappingSeparator => ("a `,` or `}` is missing before this", QUOTES),
        ErrorKind::ExpectedFlowSequenceSeparator => ("a `,` or `]` is missing before this", QUOTES),
        _ => return None,
    })
}

const fn of_lines(kind: &ErrorKind) -> Known {
    Some(match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            ("a tab stands where spaces indent", "indent with spaces, two for each level")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "a `:` stands where no key can be",
            "put a text that holds `: ` in quotes, and check the indentation",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "this has no `:`",
            "a key is followed by `:` and its value; a text over several lines stands in quotes",
        ),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidIndentation
        | ErrorKind::MappingKeyNotAllowed => (
            "this does not fit what stands around it",
            "a map's keys begin in one column and each is followed by `:`; a list's elements begin with `- `",
        ),
        _ => return None,
    })
}

const fn of_quotes(kind: &ErrorKind) -> Known {
    Some(match kind {
        ErrorKind::UnclosedQuotedScalar => {
            ("the quote is not closed", "a text that begins with a quote ends with the same quote")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("this text has an unknown escape after `\\`", "use single quotes where `\\` means itself")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("something follows the closing quote", "put the whole text between one pair of quotes")
        }
        _ => return None,
    })
}
