//! Where somebody goes on after they proved who they are. Only to a place of the console: a link must not lead elsewhere
//! in its name.

use super::super::CONSOLE;

/// The path that a link asks for, if it is one of ours.
pub(super) fn safe(asked: &str) -> Option<&str> {
    let rest = asked.strip_prefix(CONSOLE)?;
    let whole = rest.is_empty() || rest.starts_with('/') || rest.starts_with('?');
    let lower = rest.to_ascii_lowercase();
    // What a browser would resolve to another place, or to another host.
    let plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"'<>#".contains(&byte));
    let straight = !rest.contains("..") && !lower.contains("%2e") && !rest.contains("//");
    (whole && plain && straight && asked.len() <= 2000).then_some(asked)
}

/// A path of the console that remembers where one goes on.
pub(super) fn with(path: &str, next: Option<&str>) -> String {
    match next.and_then(safe) {
        Some(next) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("next", next);
            let separator = if path.contains('?') { '&' } else { '?' };
            format!("{CONSOLE}{path}{separator}{}", query.finish())
        }
        None => format!("{CONSOLE}{path}"),
    }
}

/// Where it goes on.
pub(super) fn place(asked: Option<&str>) -> String {
    asked.and_then(safe).map_or_else(|| format!("{CONSOLE}/"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_at_a_place_of_the_console_only() {
        for ours in
            ["/console", "/console/", "/console/shop/accounts?status=pending&q=a%20b", "/console?lang=ko"]
        {
            assert_eq!(place(Some(ours)), ours);
        }
        for foreign in [
            "",
            "/",
            "/consoles",
            "https://evil.example/console/",
            "//evil.example/console/",
            "/console//evil.example",
            "/console/../shop/pages/reset",
            "/console/%2e%2E/shop",
            "/console/\\evil.example",
            "/console/\r\nSet-Cookie: a=b",
            "/console/한",
            "javascript:alert(1)",
            " /console/",
        ] {
            assert_eq!(place(Some(foreign)), "/console/", "{foreign}");
            assert_eq!(with("/sign-in", Some(foreign)), "/console/sign-in", "{foreign}");
        }
        assert_eq!(place(None), "/console/");
        assert_eq!(with("/sign-in", Some("/console/a?b=c")), "/console/sign-in?next=%2Fconsole%2Fa%3Fb%3Dc");
    }
}
