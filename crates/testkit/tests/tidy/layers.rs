//! Which crate may import which: the table of ARCHITECTURE.md.

use crate::tree::{file_name, folders, read, relative, root};

/// (a crate, what it may import of ours). `server` wires everything together; `testkit` is for tests only.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("model", &[]),
    ("store", &["model"]),
    ("crypto", &["model"]),
    ("delivery", &["model"]),
    ("files", &["model"]),
    ("operations", &["model", "store", "crypto", "delivery", "files"]),
    ("web", &["model", "operations"]),
    ("contract", &["model", "operations", "web"]),
    ("pages", &["model", "operations", "web"]),
    // Databases and mail servers for tests: nobody imports them but as dev-dependencies, except testkit.
    ("testpg", &[]),
    ("testmail", &[]),
    ("server", &["model", "store", "crypto", "delivery", "files", "operations", "web", "contract", "pages"]),
    (
        "testkit",
        &[
            "model",
            "store",
            "crypto",
            "delivery",
            "files",
            "operations",
            "web",
            "contract",
            "pages",
            "server",
            "testpg",
        ],
    ),
];

/// Every import against the table.
pub fn faults() -> Vec<String> {
    let mut faults = Vec::new();
    for folder in folders(&root().join("crates")) {
        let name = file_name(&folder);
        let manifest = folder.join("Cargo.toml");
        let place = relative(&manifest);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(krate, _)| *krate == name) else {
            faults.push(format!("{place}: the crate `{name}` is not in the table"));
            continue;
        };
        for (line, import) in imports(&read(&manifest)) {
            if !allowed.contains(&import.as_str()) {
                faults.push(format!("{place}:{line}: `{name}` may not import `{import}`"));
            }
        }
    }
    faults
}

/// Our crates that a manifest depends on, with their lines. Dev-dependencies are the tests' own affair.
fn imports(manifest: &str) -> Vec<(usize, String)> {
    let mut imports = Vec::new();
    let mut counts = false;
    for (line, text) in manifest.lines().enumerate() {
        let text = text.trim();
        if let Some(section) = text.strip_prefix('[') {
            counts = section.contains("dependencies") && !section.contains("dev-dependencies");
            if counts
                && let Some((_, krate)) = section.trim_end_matches(']').split_once("dependencies.daemun-")
            {
                imports.push((line + 1, krate.to_owned()));
            }
        } else if counts && let Some(dependency) = text.strip_prefix("daemun-") {
            let krate: String = dependency.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            imports.push((line + 1, krate));
        }
    }
    imports
}

#[test]
fn dev_dependencies_do_not_count() {
    let manifest = "[dependencies]\ndaemun-model.workspace = true\nserde = \"1\"\n[dev-dependencies]\n\
                    daemun-testkit.workspace = true\n[target.'cfg(unix)'.dependencies.daemun-store]\n";
    assert_eq!(imports(manifest), [(2, "model".to_owned()), (6, "store".to_owned())]);
}
