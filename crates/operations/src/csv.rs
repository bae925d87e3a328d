//! Tables in text (RFC 4180), for the command line and the console: every cell knows where it stands, so that a fault can be told with line and column.

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it holds.
    pub text: String,
    /// Where it begins.
    pub at: At,
}

/// A place in a file, from 1; a column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl At {
    /// Where a byte of a text stands.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Reads a table: rows of cells, those without anything left out.
///
/// # Errors
/// Where a quoted cell does not end, or goes on after its end.
pub fn read(text: &str) -> Result<Vec<Vec<Cell>>, (At, &'static str)> {
    let mut reader = Reader { rest: text.chars().peekable(), at: At { line: 1, column: 1 } };
    let mut rows = Vec::new();
    while reader.rest.peek().is_some() {
        let row = reader.row()?;
        if row.iter().any(|cell: &Cell| !cell.text.trim().is_empty()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

struct Reader<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    at: At,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.at = At { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    /// A row, with the line break after it.
    fn row(&mut self) -> Result<Vec<Cell>, (At, &'static str)> {
        let mut row = Vec::new();
        loop {
            let at = self.at;
            let text = if self.rest.peek() == Some(&'"') { self.quoted()? } else { self.plain() };
            row.push(Cell { text, at });
            let here = self.at;
            match self.next() {
                Some(',') => {}
                Some('\r') if self.rest.peek() == Some(&'\n') => {
                    self.next();
                    return Ok(row);
                }
                Some('\n' | '\r') | None => return Ok(row),
                Some(_) => return Err((here, "text after the closing quote of a cell")),
            }
        }
    }

    fn plain(&mut self) -> String {
        let mut text = String::new();
        while self.rest.peek().is_some_and(|next| !",\r\n".contains(*next)) {
            text.extend(self.next());
        }
        text
    }

    fn quoted(&mut self) -> Result<String, (At, &'static str)> {
        let begin = self.at;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') if self.rest.peek() == Some(&'"') => text.extend(self.next()),
                Some('"') => return Ok(text),
                Some(other) => text.push(other),
                None => return Err((begin, "a quoted cell that does not end")),
            }
        }
    }
}

/// What a spreadsheet takes for a formula when a cell begins with it (OWASP, CSV Injection; ASVS 5.0, 1.2.10), in full width
/// as well: where Korean, Chinese or Japanese is typed, some read both alike.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// A line of a table. A cell that a spreadsheet would run as a formula gets an apostrophe before it.
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| written(cell)).collect();
    cells.join(",") + "\r\n"
}

fn written(text: &str) -> String {
    let text = if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() };
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// A cell without the apostrophe of [`line()`].
pub fn unescaped(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let rows = read(text).unwrap().into_iter();
        rows.map(|row| row.into_iter().map(|cell| cell.text).collect()).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for cells in [["a", "b"], ["with, comma", "with \"quotes\""], ["two\nlines", ""], ["=1+1", "@home"]] {
            let text = line(&cells);
            let read = texts(&text).remove(0);
            assert_eq!(read.iter().map(|cell| unescaped(cell)).collect::<Vec<_>>(), cells, "{text}");
        }
        assert_eq!(line(&["=1+1", "가"]), "'=1+1,가\r\n");
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+82", "'+82"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("＝1+1", "'＝1+1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("=1,\"2\"", "\"'=1,\"\"2\"\"\""),
            ("a=1", "a=1"),
            ("두 줄\n", "\"두 줄\n\""),
            ("", ""),
        ] {
            assert_eq!(written(cell), expected);
        }
    }

    #[test]
    fn cells_know_where_they_stand() {
        let rows = read("id,이름\r\n\r\n1,\"a\nb\",x\n2,c").unwrap();
        let at: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.at.to_string()).collect()).collect();
        assert_eq!(at, [vec!["1:1", "1:4"], vec!["3:1", "3:3", "4:4"], vec!["5:1", "5:3"]]);
        assert_eq!(texts("a,b\r\n,\r\n\n c ,d"), [["a", "b"], [" c ", "d"]]);
    }

    #[test]
    fn quotes_that_do_not_fit_are_told_where_they_stand() {
        assert_eq!(read("a\n\"b").unwrap_err().0.to_string(), "2:1");
        assert_eq!(read("a\n\"b\"c").unwrap_err().0.to_string(), "2:4");
    }
}
