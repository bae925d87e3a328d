//! Where the database is and how it is used.

use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use super::error::DbError;

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file on this machine.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// The engine's name in URLs and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// How the database is used. The defaults suit a small machine.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// Connections to PostgreSQL, at most.
    pub connections: usize,
    /// Threads for reads of SQLite that do not run inline; half as many more run the heavy ones.
    pub reader_threads: usize,
    /// How long a request waits for a PostgreSQL connection or for another process that writes to the SQLite
    /// file.
    pub wait: Duration,
    /// How long making a connection to PostgreSQL may take.
    pub connect_timeout: Duration,
    /// How long PostgreSQL works on one statement.
    pub statement_timeout: Duration,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            reader_threads: available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8)),
            wait: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// A URL that has been read.
#[derive(Debug, PartialEq)]
pub(super) enum Location {
    /// The file.
    Sqlite(PathBuf),
    /// The whole URL.
    Postgres(String),
}

impl Location {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it names no database. The text never repeats the URL, which may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, DbError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.contains(['?', ':']) {
                let text = "a SQLite URL is sqlite:// and the path of a file, such as sqlite://./daemun-data/daemun.db";
                return Err(DbError::Url(text.to_owned()));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(DbError::Url("a database URL starts with sqlite:// or postgres://".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        let path = |url| Location::parse(url).unwrap();
        assert_eq!(path("sqlite:///var/lib/daemun.db"), Location::Sqlite("/var/lib/daemun.db".into()));
        assert_eq!(path("sqlite://data/daemun.db"), Location::Sqlite("data/daemun.db".into()));
        assert_eq!(path("sqlite://./data/daemun.db"), Location::Sqlite("./data/daemun.db".into()));
        assert_eq!(path("postgres://a@b/c"), Location::Postgres("postgres://a@b/c".into()));
    }

    #[test]
    fn other_urls_are_refused_without_being_repeated() {
        for url in ["sqlite://", "sqlite://:memory:", "sqlite://a.db?mode=ro", "mysql://u:secret@h/d", ""] {
            let text = Location::parse(url).unwrap_err().to_string();
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
