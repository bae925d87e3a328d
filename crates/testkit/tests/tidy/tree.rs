//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", root.display()))
}

/// A Rust file that is not a test.
pub struct Source {
    /// The folder under `crates/` that it belongs to.
    pub krate: String,
    /// Its path from the root.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// The text up to the tests at the end of the file.
    pub fn product(&self) -> &str {
        let tests = self.text.find("\n#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        &self.text[..tests]
    }
}

/// Every Rust file under `crates/*/src`, tests in files of their own left out.
pub fn rust_sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for krate in folders(&root().join("crates")) {
        for file in files_below(&krate.join("src")) {
            let is_test =
                file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests");
            if !is_test && file.extension().is_some_and(|extension| extension == "rs") {
                let krate = file_name(&krate);
                sources.push(Source { krate, path: relative(&file), text: read(&file) });
            }
        }
    }
    assert!(!sources.is_empty(), "no Rust file was found");
    sources
}

/// The names of the contracts: the stems of `contracts/*.yaml`.
pub fn contracts() -> Vec<String> {
    file_names(&root().join("contracts"))
        .into_iter()
        .filter(|name| !name.ends_with(".examples.yaml") && !name.ends_with(".demo.yaml"))
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect()
}

/// The names of the files in a folder, sorted.
pub fn file_names(folder: &Path) -> Vec<String> {
    entries(folder).iter().filter(|path| path.is_file()).map(|path| file_name(path)).collect()
}

/// The folders in a folder, sorted.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// What stands last in a path.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The text of a file.
pub fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A path as it reads from the root.
pub fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every file in a folder and below it, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What lies in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
