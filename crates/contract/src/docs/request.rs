//! A request as a command line, for readers without JavaScript and for their notes.

use serde_json::Value;

/// What a command line is made of.
#[derive(Debug)]
pub(super) struct Request<'r> {
    pub(super) method: &'r str,
    /// The whole address, with its query.
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// The content type and the value that is sent.
    pub(super) body: Option<(&'r str, &'r Value)>,
}

impl Request<'_> {
    /// The command line for curl, in the quotes of a POSIX shell, one option a line.
    pub(super) fn curl(&self) -> String {
        let has_body = self.body.is_some();
        let implied = self.method == "GET" && !has_body;
        let method = if implied { String::new() } else { format!("-X {} ", self.method) };
        let mut words = vec![format!("curl {method}{}", quoted(&self.url))];
        words.extend(
            self.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))),
        );
        if let Some((media, value)) = self.body {
            words.extend(body(media, value));
        }
        words.join(" \\\n  ")
    }
}

fn body(media: &str, value: &Value) -> Vec<String> {
    let option = match media {
        "application/x-www-form-urlencoded" => "--data-urlencode",
        "multipart/form-data" => "-F",
        _ => {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            return vec![
                format!("-H {}", quoted(&format!("Content-Type: {media}"))),
                format!("-d {}", quoted(&text)),
            ];
        }
    };
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("{option} {}", quoted(&format!("{name}={}", plain(value))))).collect()
}

/// A value as a form or an address carries it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// One word of a POSIX shell (POSIX.1-2024, Shell Command Language, section 2.2.2).
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_line_can_be_pasted() {
        let body = json!({ "name": "O'Neill", "age": 7 });
        let mut request = Request {
            method: "POST",
            url: "https://id.example.com/users?a=1&b=2".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer TOKEN".to_owned())],
            body: Some(("application/json", &body)),
        };
        assert_eq!(
            request.curl(),
            "curl -X POST 'https://id.example.com/users?a=1&b=2' \\\n  -H 'Authorization: Bearer TOKEN' \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{\n  \"name\": \"O'\\''Neill\",\n  \"age\": 7\n}'"
        );
        request.headers.clear();
        request.body = Some(("application/x-www-form-urlencoded", &body));
        assert_eq!(
            request.curl(),
            "curl -X POST 'https://id.example.com/users?a=1&b=2' \\\n  --data-urlencode 'name=O'\\''Neill' \\\n  \
             --data-urlencode 'age=7'"
        );
        request = Request { method: "GET", body: None, ..request };
        assert_eq!(request.curl(), "curl 'https://id.example.com/users?a=1&b=2'");
    }
}
