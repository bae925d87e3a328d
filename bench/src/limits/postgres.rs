//! Durable inserts of one row each by PostgreSQL's own load driver.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::fault::Outcome;
use crate::plan::CONNECTIONS;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS bench_rows \
    (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value BIGINT NOT NULL)";
const INSERT: &str = "\\set value random(1, 1000000000)\nINSERT INTO bench_rows (value) VALUES (:value);\n";

/// Inserts a second of thirty-two clients.
///
/// # Errors
/// When pgbench is not there or fails.
pub async fn inserts_per_second(url: &str, scratch: &Path, time: Duration) -> Outcome<f64> {
    succeed(Command::new(program("psql")?).args(["--quiet", "--no-psqlrc", "--command", TABLE, url])).await?;
    let script = tempfile::Builder::new().prefix("insert-").suffix(".sql").tempfile_in(scratch)?;
    std::fs::write(script.path(), INSERT)?;
    let mut pgbench = Command::new(program("pgbench")?);
    pgbench
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={CONNECTIONS}"))
        .arg(format!("--time={}", time.as_secs().max(1)))
        .arg("--file")
        .arg(script.path())
        .arg(url);
    let text = succeed(&mut pgbench).await?;
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench told no rate: {text}").into())
}

/// Where Debian puts the programs, newest version first, then along `PATH`.
fn program(name: &str) -> Outcome<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = versions.into_iter().rev().chain(std::env::split_paths(&path));
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()));
    found.ok_or_else(|| format!("{name} is not installed").into())
}

async fn succeed(command: &mut Command) -> Outcome<String> {
    let output = command.kill_on_drop(true).output().await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}
