//! Databases for tests, each test its own. A test suite runs once per engine:
//!
//! | variable | |
//! |---|---|
//! | `DAEMUN_TEST_DATABASE` | `sqlite` (default) or `postgres`: what [`TestDatabase::for_test`] gives |
//! | `DAEMUN_TEST_POSTGRES_URL` | a running server to use, as a user who may create databases, instead of a private one |
//! | `DAEMUN_TEST_REQUIRE` | holds `postgres`: a missing PostgreSQL fails tests instead of skipping them |
//!
//! The private server is started once per test process from what is installed, and ends with it, however it ends.

mod cluster;
mod programs;

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

pub use cluster::{Cluster, Shutdown};
use programs::Programs;

/// A fresh, empty database. It is removed when this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Sqlite { _folder: TempDir },
    Postgres { server: &'static Server, name: String },
}

/// Where the PostgreSQL databases are made.
#[derive(Debug)]
struct Server {
    programs: Programs,
    url: String,
    /// Running as long as this is kept.
    cluster: Option<Cluster>,
}

/// A fresh PostgreSQL database; `None`, with a line on standard error, where no PostgreSQL is installed.
///
/// # Panics
/// When PostgreSQL is installed but cannot be started, or is required by `DAEMUN_TEST_REQUIRE` and missing.
pub fn database() -> Option<TestDatabase> {
    let server = server()?;
    let name = fresh_name();
    server.programs.run("createdb", &["--maintenance-db", &server.url, "--template", "template0", &name]);
    Some(TestDatabase { url: with_name(&server.url, &name), kind: Kind::Postgres { server, name } })
}

/// A PostgreSQL server of the test's own, which it may stop and pause; `None` as for [`database`].
///
/// # Panics
/// As [`database`].
pub fn own_server() -> Option<Cluster> {
    let programs = Programs::find();
    if programs.is_none() {
        refuse_or_skip();
    }
    programs.map(|programs| Cluster::start(&programs))
}

impl TestDatabase {
    /// A database of the engine that `DAEMUN_TEST_DATABASE` names.
    ///
    /// # Panics
    /// When it names another engine, or `postgres` where none is installed.
    pub fn for_test() -> Self {
        match variable("DAEMUN_TEST_DATABASE").as_deref() {
            None | Some("" | "sqlite") => Self::sqlite(),
            Some("postgres") => match database() {
                Some(database) => database,
                None => panic!("DAEMUN_TEST_DATABASE is postgres, but PostgreSQL is not installed"),
            },
            Some(other) => panic!("DAEMUN_TEST_DATABASE is sqlite or postgres, not {other}"),
        }
    }

    /// A SQLite database in a folder of its own. The file does not exist yet.
    ///
    /// # Panics
    /// When there is no place for temporary files.
    pub fn sqlite() -> Self {
        let folder = match tempfile::Builder::new().prefix("daemun-test-").tempdir() {
            Ok(folder) => folder,
            Err(error) => panic!("no temporary folder: {error}"),
        };
        let url = format!("sqlite://{}", folder.path().join("daemun.db").display());
        Self { url, kind: Kind::Sqlite { _folder: folder } }
    }

    /// The URL, as `Db::open` and `--database` take it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether a test may change the whole server: it is the private one.
    pub const fn is_private(&self) -> bool {
        matches!(&self.kind, Kind::Postgres { server, .. } if server.cluster.is_some())
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Kind::Postgres { server, name } = &self.kind {
            let arguments = ["--maintenance-db", &server.url, "--force", "--if-exists", name];
            // Nothing depends on it: a private server ends with the process, with all that is in it.
            let _ = server.programs.try_run("dropdb", &arguments);
        }
    }
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let programs = Programs::find()?;
        let external = variable("DAEMUN_TEST_POSTGRES_URL").filter(|url| !url.is_empty());
        Some(if let Some(url) = external {
            Server { programs, url, cluster: None }
        } else {
            let cluster = Cluster::start(&programs);
            Server { programs, url: cluster.url().to_owned(), cluster: Some(cluster) }
        })
    });
    if server.is_none() {
        refuse_or_skip();
    }
    server.as_ref()
}

#[expect(clippy::print_stderr, reason = "who runs the tests must see what was not tested")]
fn refuse_or_skip() {
    let required = variable("DAEMUN_TEST_REQUIRE").is_some_and(|list| list.contains("postgres"));
    assert!(!required, "DAEMUN_TEST_REQUIRE names postgres, but PostgreSQL is not installed");
    eprintln!("skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)");
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// A name that no other test has, of this process or of another on the same server.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().hash_one(count) & 0xffff_ffff;
    format!("daemun_test_{}_{count}_{random:08x}", std::process::id())
}

/// The server's URL with another database's name.
fn with_name(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let start = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[start..].find('/').map_or(address.len(), |slash| start + slash);
    format!("{}/{name}{options}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_the_place_of_the_servers() {
        assert_eq!(with_name("postgres://a:b@h:1/postgres?x=y", "t"), "postgres://a:b@h:1/t?x=y");
        assert_eq!(with_name("postgres://h", "t"), "postgres://h/t");
    }

    #[test]
    fn databases_are_fresh_and_differ() {
        let (Some(one), Some(two)) = (database(), database()) else { return };
        assert_ne!(one.url(), two.url());
    }
}
