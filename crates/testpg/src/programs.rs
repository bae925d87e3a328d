//! The programs of PostgreSQL as they are installed here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder that holds `initdb`, `postgres`, `createdb`, `dropdb`.
#[derive(Clone, Debug)]
pub struct Programs(PathBuf);

impl Programs {
    /// Looks where Debian puts them, newest version first, then along `PATH`.
    pub fn find() -> Option<Self> {
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
            .unwrap_or_default();
        let version = |folder: &PathBuf| -> u32 {
            let name = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
            name.and_then(|name| name.parse().ok()).unwrap_or(0)
        };
        versions.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = versions.into_iter().chain(std::env::split_paths(&path));
        folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file()).map(Self)
    }

    /// The path of one of them.
    pub fn path(&self, program: &str) -> PathBuf {
        self.0.join(program)
    }

    /// Runs one of them.
    ///
    /// # Panics
    /// When it fails, with what it said.
    pub fn run(&self, program: &str, arguments: &[&str]) {
        let output = match self.try_run(program, arguments) {
            Ok(output) => output,
            Err(error) => panic!("cannot run {program}: {error}"),
        };
        assert!(output.status.success(), "{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs one of them, whatever comes of it.
    pub fn try_run(&self, program: &str, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new(self.path(program)).args(arguments).stdin(Stdio::null()).output()
    }
}
