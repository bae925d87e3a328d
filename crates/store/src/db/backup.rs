//! Backups of a SQLite database: one file that is a SQLite database itself, with a manifest in a table of its own.
//!
//! PostgreSQL has its own tools for this, which are better.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use daemun_model::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::options::Engine;
use super::sqlite::connection::{self, Purpose};
use super::{Backend, Db, migrate};

/// The form of what [`Db::backup`] writes.
const FORMAT: i64 = 1;
/// The table that makes a database a backup. It is dropped when the backup is restored.
const MANIFEST: &str = "CREATE TABLE daemun_backup (format BIGINT NOT NULL, program TEXT NOT NULL, \
     created_at BIGINT NOT NULL, master_key TEXT)";

/// What a backup says of itself.
#[derive(Clone)]
pub struct Manifest {
    /// The version of the program that made it.
    pub program: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The master key, for whom asked to have it in there.
    pub master_key: Option<String>,
}

impl std::fmt::Debug for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manifest").field("program", &self.program).finish_non_exhaustive()
    }
}

/// Why there is no backup, or why it was not restored. What was there is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is not a SQLite file.
    #[error("only a SQLite database is backed up this way")]
    OtherEngine,
    /// A file is there already.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// Some process has the database open.
    #[error("{} is in use", .0.display())]
    InUse(PathBuf),
    /// The file is none of ours.
    #[error("{} is no backup of Daemun", .0.display())]
    NoBackup(PathBuf),
    /// It was made by a later version, which has migrations that this one does not know.
    #[error("{} was made by Daemun {program}, which is later than this one", .path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// The version that made it.
        program: String,
    },
    /// It is damaged.
    #[error("{} is damaged: {fault}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        fault: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("{}: {source}", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl Db {
    /// Writes a copy of the database into a new file, readable by this user only, as it stood at one moment: while it is
    /// written to, also by other processes, which are not held up. The copy has been checked and is on the disk when
    /// this returns, and appears under its name whole or not at all.
    ///
    /// # Errors
    /// When the file exists, or anything fails.
    pub async fn backup(&self, file: &Path, manifest: Manifest) -> Result<(), BackupError> {
        let Backend::Sqlite(sqlite) = &self.0 else { return Err(BackupError::OtherEngine) };
        let (source, file) = (sqlite.path().to_owned(), file.to_owned());
        let work = move || write(&source, &file, &manifest);
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}

fn write(source: &Path, file: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let draft = Draft::beside(file)?;
    let copying = connection::open(source, Purpose::Maintain, connection::MIGRATION_WAIT)
        .map_err(|error| BackupError::Damaged { path: source.to_owned(), fault: error.to_string() })?;
    copying.execute("VACUUM INTO ?1", params![text(&draft.0)]).map_err(|error| of_sqlite(source, error))?;
    drop(copying);
    let sealed = seal(&draft.0, manifest).and_then(|copy| check(&copy));
    sealed.map_err(|error| of_sqlite(&draft.0, error))?.map_err(|fault| damaged(&draft.0, fault))?;
    draft.publish(file)
}

/// Adds the manifest to a copy, which stays one file.
fn seal(copy: &Path, manifest: &Manifest) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA journal_mode = DELETE")?;
    connection.execute_batch(MANIFEST)?;
    connection.execute(
        "INSERT INTO daemun_backup (format, program, created_at, master_key) VALUES (?1, ?2, ?3, ?4)",
        params![FORMAT, manifest.program, manifest.created_at.0, manifest.master_key],
    )?;
    Ok(connection)
}

/// What is wrong with a database, if anything is.
fn check(connection: &Connection) -> rusqlite::Result<Result<(), String>> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Err(found));
    }
    let dangling = connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
    Ok(if dangling { Err("a row points to another that is gone".to_owned()) } else { Ok(()) })
}

/// Reads a backup from its first to its last page and gives what it says of itself. Blocks.
///
/// # Errors
/// When it is no backup, is damaged, or comes from a later version.
pub fn verify(file: &Path) -> Result<Manifest, BackupError> {
    // SQLite says of a missing file only that it cannot be opened.
    File::open(file).map_err(|source| of_file(file, source))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| of_sqlite(file, error))?;
    let manifest = read_manifest(&connection)
        .map_err(|error| of_sqlite(file, error))?
        .ok_or_else(|| BackupError::NoBackup(file.to_owned()))?;
    let (format, manifest) = manifest;
    let unknown = unknown_migrations(&connection).map_err(|error| of_sqlite(file, error))?;
    if format > FORMAT || unknown {
        return Err(BackupError::Later { path: file.to_owned(), program: manifest.program });
    }
    check(&connection).map_err(|error| of_sqlite(file, error))?.map_err(|fault| damaged(file, fault))?;
    Ok(manifest)
}

fn read_manifest(connection: &Connection) -> rusqlite::Result<Option<(i64, Manifest)>> {
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'daemun_backup'";
    let exists = connection.prepare(table).and_then(|mut statement| statement.exists([]));
    match exists {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let columns = "SELECT format, program, created_at, master_key FROM daemun_backup LIMIT 1";
    connection
        .query_row(columns, [], |row| {
            let manifest = Manifest {
                program: row.get(1)?,
                created_at: Timestamp(row.get(2)?),
                master_key: row.get(3)?,
            };
            Ok((row.get(0)?, manifest))
        })
        .optional()
}

fn unknown_migrations(connection: &Connection) -> rusqlite::Result<bool> {
    let known = migrate::versions(Engine::Sqlite);
    let mut statement = connection.prepare("SELECT version FROM refinery_schema_history")?;
    let mut applied = statement.query_map([], |row| row.get::<_, i64>(0))?;
    applied.try_fold(false, |unknown, version| Ok(unknown || !known.contains(&version?)))
}

/// What becomes of a database that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Refuses,
    /// It is set aside under another name; nothing is deleted.
    SetAside,
}

/// Puts a backup where a database is to be, after [`verify`]ing it: for whoever owns the folder, also where root does
/// it. Gives the name under which a database that was there was set aside. Blocks.
///
/// # Errors
/// When a database is there and stays, when one is there and in use, or anything fails.
pub fn restore(file: &Path, database: &Path, existing: Existing) -> Result<Option<PathBuf>, BackupError> {
    verify(file)?;
    let there = database.try_exists().map_err(|source| of_file(database, source))?;
    if there && existing == Existing::Refuses {
        return Err(BackupError::Exists(database.to_owned()));
    }
    let _alone = if there { take_alone(database)? } else { None };
    let draft = Draft::beside(database)?;
    fs::copy(file, &draft.0).map_err(|source| of_file(file, source))?;
    unseal(&draft.0)
        .map_err(|error| of_sqlite(&draft.0, error))?
        .map_err(|fault| damaged(&draft.0, fault))?;
    give_to_owner_of_folder(&draft.0).map_err(|source| of_file(database, source))?;
    let aside = if there { Some(set_aside(database)?) } else { None };
    draft.publish(database)?;
    Ok(aside)
}

/// Gives a file to whoever owns the folder it lies in: what root makes in the folder of a service would otherwise be
/// closed to that service. Files of anybody else stay theirs.
///
/// # Errors
/// When a file of root's cannot be given away.
pub fn give_to_owner_of_folder(file: &Path) -> io::Result<()> {
    let folder = fs::metadata(folder_of(file))?;
    let made = fs::metadata(file)?;
    if (made.uid(), made.gid()) == (folder.uid(), folder.gid()) || made.uid() != 0 {
        return Ok(());
    }
    chown(file, Some(folder.uid()), Some(folder.gid()))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A connection that nobody else has one beside, or none where the file cannot be read at all.
fn take_alone(database: &Path) -> Result<Option<Connection>, BackupError> {
    let taken = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Leaving the WAL is possible only for the last connection there is.
        let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        if mode != "delete" {
            return Err(rusqlite::Error::InvalidQuery);
        }
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")?;
        Ok(connection)
    };
    match taken() {
        Ok(connection) => Ok(Some(connection)),
        Err(rusqlite::Error::InvalidQuery) => Err(BackupError::InUse(database.to_owned())),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Err(BackupError::InUse(database.to_owned()))
            }
            // It may be restored because it is damaged.
            _ => Ok(None),
        },
    }
}

/// Makes a copy of a backup a database again. The pages of the manifest are overwritten: it may hold the master key.
fn unseal(copy: &Path) -> rusqlite::Result<Result<(), String>> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA secure_delete = ON; DROP TABLE daemun_backup")?;
    check(&connection)
}

/// Renames a database and what belongs to it.
fn set_aside(database: &Path) -> Result<PathBuf, BackupError> {
    let named = |number: u32, ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".before-restore-{number}{ending}"));
        PathBuf::from(name)
    };
    let free = (1..).find(|number| !named(*number, "").exists()).unwrap_or(1);
    for ending in ["-wal", "-shm", ""] {
        let mut from = database.as_os_str().to_owned();
        from.push(ending);
        match fs::rename(&from, named(free, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(of_file(Path::new(&from), error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(named(free, ""))
}

/// A file that is being written, beside its place; it is gone if it is not published.
struct Draft(PathBuf);

impl Draft {
    /// A new empty file, for this user only.
    fn beside(place: &Path) -> Result<Self, BackupError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let path = place.with_file_name(format!(".{name}.part-{}", std::process::id()));
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        made.map_err(|source| of_file(place, source))?;
        Ok(Self(path))
    }

    /// Gives it its name, under which there must be nothing, once it is on the disk.
    fn publish(self, place: &Path) -> Result<(), BackupError> {
        let path = &self.0;
        File::open(path).and_then(|file| file.sync_all()).map_err(|source| of_file(path, source))?;
        match fs::hard_link(path, place) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(place.to_owned()));
            }
            // A file system without links.
            Err(_) => fs::rename(path, place).map_err(|source| of_file(place, source))?,
        }
        let folder = folder_of(place);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| of_file(folder, source))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn of_file(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}

fn of_sqlite(path: &Path, source: rusqlite::Error) -> BackupError {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => damaged(path, source.to_string()),
        _ => BackupError::Sqlite { path: path.to_owned(), source },
    }
}

fn damaged(path: &Path, fault: String) -> BackupError {
    BackupError::Damaged { path: path.to_owned(), fault }
}
