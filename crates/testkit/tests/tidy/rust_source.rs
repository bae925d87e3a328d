//! As much of Rust's grammar as it takes to tell code, string literals and comments apart.

/// What a piece of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Neither of the others.
    Code,
    /// The inside of a string literal, with its escapes as written.
    Text,
    /// A comment, doc comments too.
    Comment,
}

/// A piece of a file.
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind,
    /// The line it starts on, from 1.
    pub line: usize,
    /// The piece itself.
    pub text: &'a str,
}

/// The pieces of a file, from its start to its end.
pub fn pieces(source: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = source;
    let mut line = 1;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (kind, whole, inside) = next_piece(rest);
        let piece = Piece { kind, line, text: inside };
        line += rest[..whole].matches('\n').count();
        rest = &rest[whole..];
        Some(piece)
    })
}

/// The kind of the piece that `rest` starts with, its length, and its text without quotes.
fn next_piece(rest: &str) -> (Kind, usize, &str) {
    if rest.starts_with("//") {
        let end = rest.find('\n').unwrap_or(rest.len());
        return (Kind::Comment, end, &rest[..end]);
    }
    if rest.starts_with("/*") {
        let end = end_of_block_comment(rest);
        return (Kind::Comment, end, &rest[..end]);
    }
    if let Some((open, close)) = string_opening(rest) {
        let end = end_of_string(rest, open, &close);
        let inside = &rest[open..end.saturating_sub(close.len()).max(open)];
        return (Kind::Text, end, inside);
    }
    let end = end_of_code(rest);
    (Kind::Code, end, &rest[..end])
}

/// Where a string literal's inside starts and what closes it, if `rest` starts with one.
fn string_opening(rest: &str) -> Option<(usize, String)> {
    let after_prefix = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - after_prefix.len();
    if prefix > 1 {
        return None;
    }
    if after_prefix.starts_with('"') {
        return Some((prefix + 1, "\"".to_owned()));
    }
    let after_raw = after_prefix.strip_prefix('r')?;
    let hashes = after_raw.len() - after_raw.trim_start_matches('#').len();
    after_raw[hashes..]
        .starts_with('"')
        .then(|| (prefix + 1 + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

fn end_of_string(rest: &str, open: usize, close: &str) -> usize {
    let raw = rest[..open].contains('r');
    let mut at = open;
    while at < rest.len() {
        if !raw && rest[at..].starts_with('\\') {
            at += 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        } else if rest[at..].starts_with(close) {
            return at + close.len();
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn end_of_block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Where code ends: before the next comment or string. Character literals, which may hold a quote, are stepped over.
fn end_of_code(rest: &str) -> usize {
    let mut at = 0;
    let mut in_name = false;
    while let Some(character) = rest[at..].chars().next() {
        let here = &rest[at..];
        let opens =
            here.starts_with("//") || here.starts_with("/*") || (!in_name && string_opening(here).is_some());
        if at > 0 && (opens || character == '"') {
            return at;
        }
        at += if character == '\'' { length_of_quote(here) } else { character.len_utf8() };
        in_name = character.is_alphanumeric() || character == '_';
    }
    rest.len()
}

/// The length of a character literal, or of the quote alone where it starts a lifetime.
fn length_of_quote(here: &str) -> usize {
    let mut characters = here.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, letter))) => {
            let after = escaped + letter.len_utf8();
            here[after..].find('\'').map_or(1, |close| after + close + 1)
        }
        (Some(_), Some((close, '\''))) => close + 1,
        _ => 1,
    }
}

#[test]
fn strings_comments_and_code_are_told_apart() {
    let source = r##"let a = "x \" // y"; // "no"
    let b: &'static str = r#"SELECT "1""#; /* /* " */ */ let c = ('"', b'\'', '\\'); let bar = br"z";"##;
    let texts: Vec<&str> = pieces(source).filter(|p| p.kind == Kind::Text).map(|p| p.text).collect();
    assert_eq!(texts, ["x \\\" // y", "SELECT \"1\"", "z"]);
    let comments: Vec<(usize, &str)> =
        pieces(source).filter(|p| p.kind == Kind::Comment).map(|p| (p.line, p.text)).collect();
    assert_eq!(comments, [(1, "// \"no\""), (2, "/* /* \" */ */")]);
}
