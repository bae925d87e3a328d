//! Everything that the console can do is in `contracts/admin.yaml`, for programs. What the console calls is read from its
//! source: a verb of an operation must be a route, and anything else must be told here with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::rust_source::{Kind, pieces};
use crate::tree::{Source, root, rust_sources};

/// Verbs of `daemun_operations` that the console calls beside `noun::verb::verb`.
enum Other {
    /// The same as this operation.
    Is(&'static str),
    /// None for a program, because of this.
    Not(&'static str),
}

/// What only somebody who sits at a browser can do: prove who they are, and change what proves it.
const SOMEBODY: Other =
    Other::Not("a program is nobody: it has a key, and no password, second factor or browsers");
/// What decides nothing and reads nothing that a route does not give.
const HELPER: Other = Other::Not("it writes what another operation gave");

const OTHERS: [(&str, Other); 31] = [
    ("account::list::numbered", Other::Is("account.list")),
    ("catalog::save::all", Other::Is("catalog.list")),
    ("catalog::image::preview", Other::Is("catalog.list")),
    ("catalog::image::keep", Other::Is("catalog.sign_image")),
    ("administrator::manage::find", Other::Is("administrator.show")),
    ("administrator::invite::list", Other::Is("administrator.list_invitations")),
    ("administrator::invite::withdraw", Other::Is("administrator.withdraw_invitation")),
    ("organization::list::list", Other::Is("organization.list_all")),
    ("administrator::name_of", HELPER),
    ("administrator::call", HELPER),
    ("csv::line", HELPER),
    ("csv::read", HELPER),
    ("csv::unescaped", HELPER),
    ("administrator::authenticate", SOMEBODY),
    ("administrator::confirm::confirm", SOMEBODY),
    ("administrator::join::draft", SOMEBODY),
    ("administrator::join::join", SOMEBODY),
    ("administrator::join::look_at", SOMEBODY),
    ("administrator::own::change_password", SOMEBODY),
    ("administrator::own::change_second_factor", SOMEBODY),
    ("administrator::own::count_recovery_codes", SOMEBODY),
    ("administrator::own::draft", SOMEBODY),
    ("administrator::own::renew_recovery_codes", SOMEBODY),
    ("administrator::own::update_profile", SOMEBODY),
    ("administrator::sessions::end", SOMEBODY),
    ("administrator::sessions::end_others", SOMEBODY),
    ("administrator::sessions::list", SOMEBODY),
    ("administrator::sessions::sign_out", SOMEBODY),
    ("administrator::sign_in::second_factor", SOMEBODY),
    ("administrator::sign_in::sign_in", SOMEBODY),
    ("administrator::sign_in::waiting", SOMEBODY),
];

/// The operations that routes of the API for programs run.
fn routes() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("contracts/admin.yaml")).unwrap_or_default();
    text.lines().filter_map(|line| line.trim().strip_prefix("does: ")).map(str::to_owned).collect()
}

/// The operation that a call of the console is, and what is wrong with it.
fn judge(called: &str, routes: &BTreeSet<String>) -> Option<String> {
    let parts: Vec<&str> = called.split("::").collect();
    let usual = format!("{}.{}", parts.first().unwrap_or(&""), parts.last().unwrap_or(&""));
    let operation = match OTHERS.iter().find(|(path, _)| *path == called) {
        Some((_, Other::Not(reason))) => return (reason.len() < 10).then(|| "say why".to_owned()),
        Some((_, Other::Is(operation))) => (*operation).to_owned(),
        None => usual,
    };
    if daemun_operations::find(&operation).is_none() {
        return Some(format!("`{operation}` is no operation: what is daemun_operations::{called}?"));
    }
    (!routes.contains(&operation)).then(|| format!("no route of contracts/admin.yaml does `{operation}`"))
}

#[test]
fn whatever_the_console_does_is_a_route_for_programs() {
    let routes = routes();
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for source in rust_sources() {
        if source.path.starts_with("crates/pages/src/console") {
            for (called, line) in calls(&source) {
                if let Some(fault) = judge(&called, &routes) {
                    faults.push(format!("{}:{line}: {fault}", source.path));
                }
                seen.insert(called);
            }
        }
    }
    assert!(seen.len() > 40, "the console calls more than that: {seen:?}");
    for (path, _) in &OTHERS {
        if !seen.contains(*path) {
            faults.push(format!("crates/testkit/tests/tidy/console.rs: the console calls {path} no more"));
        }
    }
    crate::assert_tidy(
        &faults,
        "Everything the console can do exists in contracts/admin.yaml for API keys: give the operation a route with an example, or tell in this test why no program can do it.",
    );
}

#[test]
fn whatever_an_operator_may_do_is_a_route_for_programs() {
    let routes = routes();
    let operators = daemun_operations::registry().iter().filter(|operation| operation.permission.is_some());
    let faults: Vec<String> = operators
        .filter(|operation| !routes.contains(operation.name))
        .map(|operation| format!("contracts/admin.yaml: no route does {}", operation.name))
        .collect();
    crate::assert_tidy(
        &faults,
        "What is for operators is for their programs, too: give it a route with an example.",
    );
}

/// The functions of `daemun_operations` that a file calls, as `noun::verb::verb`, with their lines.
fn calls(source: &Source) -> Vec<(String, usize)> {
    let mut code = String::new();
    for piece in pieces(source.product()) {
        match piece.kind {
            Kind::Code => code.push_str(piece.text),
            Kind::Text | Kind::Comment => code.extend(piece.text.chars().filter(|c| *c == '\n')),
        }
    }
    let mut names = BTreeMap::new();
    for at in code.match_indices("use daemun_operations::").map(|(at, _)| at) {
        let tree = &code[at + "use daemun_operations::".len()..];
        let tree: String = tree.split(';').next().unwrap_or_default().split_whitespace().collect();
        import(&tree, "", &mut names);
    }
    let mut found = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    for (at, _) in code.match_indices('(') {
        let start = code[..at].rfind(|c| !is_part(c)).map_or(0, |before| before + 1);
        let path = &code[start..at];
        // A method, or the declaration of a function.
        if code[..start].ends_with('.') || code[..start].ends_with("fn ") {
            continue;
        }
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let whole = match (first, names.get(first)) {
            ("daemun_operations", _) => rest.to_owned(),
            (_, Some(whole)) if rest.is_empty() => whole.clone(),
            (_, Some(whole)) => format!("{whole}::{rest}"),
            (_, None) => continue,
        };
        let is_function = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase());
        if whole.contains("::") && whole.split("::").all(is_function) {
            found.push((whole, code[..at].matches('\n').count() + 1));
        }
    }
    found
}

/// Reads `account::{find, list::{self, Input}}` into what each name stands for.
fn import(tree: &str, above: &str, names: &mut BTreeMap<String, String>) {
    let under = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}::{name}") };
    if let Some(list) = tree.strip_prefix('{').and_then(|tree| tree.strip_suffix('}')) {
        let (mut depth, mut begin) = (0_usize, 0);
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    import(&list[begin..at], above, names);
                    begin = at + 1;
                }
                _ => {}
            }
        }
        import(&list[begin..], above, names);
    } else if let Some((name, rest)) = tree.split_once("::") {
        import(rest, &under(name), names);
    } else if tree == "self" {
        names.insert(above.rsplit("::").next().unwrap_or_default().to_owned(), above.to_owned());
    } else if !tree.is_empty() {
        // A function that is imported hides no module of its name: of `invite::{self, invite}` the module is kept.
        names.entry(tree.to_owned()).or_insert_with(|| under(tree));
    }
}

#[test]
fn imports_and_calls_are_read() {
    let text = "use daemun_operations::account::{find, list::{self, Input}};\nuse daemun_operations::csv;\n\
                fn run() { find::find(1); // list::lost(2)\n list::list(Input { a: find::Input(2) }); x.list(3); csv::line(4); }\n";
    let source = Source { krate: "pages".to_owned(), path: "x.rs".to_owned(), text: text.to_owned() };
    let found: Vec<String> =
        calls(&source).into_iter().map(|(path, line)| format!("{line} {path}")).collect();
    assert_eq!(found, ["3 account::find::find", "4 account::list::list", "4 csv::line"]);
}
