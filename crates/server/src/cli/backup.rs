//! `daemun backup` and `daemun restore`: a copy of everything while the server runs, and back.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use daemun_model::{Clock, SystemClock};
use daemun_store::backup::{self, BackupError, Existing, Manifest};
use secrecy::ExposeSecret;
use url::Url;

use super::Located;
use super::output::{Failed, line, note};
use crate::config::{Config, Loaded};
use crate::core;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; there must be none.
    file: PathBuf,
    /// Put the master key into it: whoever has the file can then sign tokens for every member.
    #[arg(long)]
    with_master_key: bool,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    file: PathBuf,
    /// Restore where a database is already: it is set aside, not deleted. Not while a server runs on it.
    #[arg(long)]
    force: bool,
}

pub(super) async fn write(place: &Located, wanted: Backup) -> Result<(), Failed> {
    let loaded = place.load(None)?;
    if let Some(url) = postgres(&loaded.config) {
        return Err(Failed::Told(format!(
            "this database is PostgreSQL, whose own tools make the backup while it runs\n  hint: pg_dump --format=custom --file={} --dbname='{url}'\n  hint: keep the master key apart from it: without it the backup's tokens and codes are worth nothing",
            wanted.file.display()
        )));
    }
    if let Some(path) = core::sqlite_file(&loaded.config).filter(|path| !path.exists()) {
        return Err(Failed::Told(format!("there is no database at {}", path.display())));
    }
    let master_key = if wanted.with_master_key { Some(master_key(&loaded.config)?) } else { None };
    let held = master_key.is_some();
    let db = core::database(&loaded).await?;
    let manifest =
        Manifest { program: env!("CARGO_PKG_VERSION").to_owned(), created_at: SystemClock.now(), master_key };
    let written = db.backup(&wanted.file, manifest).await;
    db.close().await;
    written.map_err(|error| told(&error))?;
    line(&format!("{} is written and checked", wanted.file.display()))?;
    note(if held {
        "the master key is in it: whoever has this file can sign tokens for every member"
    } else {
        "the master key is not in it: keep it somewhere else, since without it the backup serves nobody"
    })
}

pub(super) fn restore(place: &Located, wanted: &Restore) -> Result<(), Failed> {
    let loaded = place.load(None)?;
    if let Some(url) = postgres(&loaded.config) {
        return Err(Failed::Told(format!(
            "this database is PostgreSQL: restore it with its own tools, with every node stopped\n  hint: pg_restore --clean --if-exists --no-owner --single-transaction --dbname='{url}' {}",
            wanted.file.display()
        )));
    }
    let Some(database) = core::sqlite_file(&loaded.config) else {
        return Err(Failed::Told("the database is no SQLite file".to_owned()));
    };
    let manifest = backup::verify(&wanted.file).map_err(|error| told(&error))?;
    core::make_private(&loaded.config.server.data)?;
    let master = Master::of(&loaded, &manifest)?;
    let existing = if wanted.force { Existing::SetAside } else { Existing::Refuses };
    let aside = backup::restore(&wanted.file, &database, existing).map_err(|error| told(&error))?;
    master.write()?;
    if let Some(aside) = aside {
        note(&format!("the database that was there is now {}", aside.display()))?;
    }
    line(&format!("{} is restored as it was at {}", database.display(), manifest.created_at.to_rfc3339()))?;
    master.tell()
}

/// What the master key needs after a restore.
enum Master {
    /// The configuration or the folder has one.
    There,
    /// It was in the backup and goes into this file.
    Restored(PathBuf, String),
    /// The operator must bring it.
    Missing(PathBuf),
}

impl Master {
    /// Looks before anything is done: a key that is there is never replaced.
    fn of(loaded: &Loaded, manifest: &Manifest) -> Result<Self, Failed> {
        let path = core::master_file(&loaded.config);
        if loaded.config.keys.master.is_some() {
            return Ok(Self::There);
        }
        match (&manifest.master_key, path.exists()) {
            (None, true) => Ok(Self::There),
            (None, false) => Ok(Self::Missing(path)),
            (Some(key), false) => Ok(Self::Restored(path, key.clone())),
            (Some(key), true) if fs::read_to_string(&path)?.trim() == key.trim() => Ok(Self::There),
            (Some(_), true) => Err(Failed::Told(format!(
                "{} is another master key than the one in the backup\n  hint: move it away, and the backup's is put there",
                path.display()
            ))),
        }
    }

    fn write(&self) -> Result<(), Failed> {
        let Self::Restored(path, key) = self else { return Ok(()) };
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", key.trim())?;
        backup::give_to_owner_of_folder(path)?;
        Ok(file.sync_all()?)
    }

    fn tell(&self) -> Result<(), Failed> {
        match self {
            Self::There => Ok(()),
            Self::Restored(path, _) => note(&format!("the master key is restored as {}", path.display())),
            Self::Missing(path) => note(&format!(
                "the master key was not in the backup: put it at {} (mode 0600) or set DAEMUN__KEYS__MASTER before the server starts",
                path.display()
            )),
        }
    }
}

fn master_key(config: &Config) -> Result<String, Failed> {
    if let Some(key) = &config.keys.master {
        return Ok(key.expose_secret().trim().to_owned());
    }
    let path = core::master_file(config);
    let key = fs::read_to_string(&path)
        .map_err(|error| Failed::Told(format!("the master key {}: {error}", path.display())))?;
    Ok(key.trim().to_owned())
}

/// The URL of a PostgreSQL database, without its password.
fn postgres(config: &Config) -> Option<String> {
    let url = config.database.url.as_ref()?.expose_secret();
    if url.starts_with("sqlite:") {
        return None;
    }
    let shown = Url::parse(url).ok().and_then(|mut url| {
        url.set_password(None).ok()?;
        Some(url.to_string())
    });
    Some(shown.unwrap_or_else(|| "postgres://…".to_owned()))
}

fn told(error: &BackupError) -> Failed {
    let hint = match error {
        BackupError::Exists(path) if is_database(path) => {
            "\n  hint: with --force it is set aside under another name"
        }
        BackupError::Exists(_) => "\n  hint: choose another name: nothing is overwritten",
        BackupError::InUse(_) => "\n  hint: stop the server first; nothing was changed",
        BackupError::NoBackup(_) => "\n  hint: `daemun backup FILE` makes one",
        BackupError::Later { .. } => "\n  hint: restore it with that version",
        BackupError::Damaged { .. } => "\n  hint: nothing was changed; take an earlier backup",
        BackupError::OtherEngine | BackupError::File { .. } | BackupError::Sqlite { .. } => "",
    };
    Failed::Told(format!("{error}{hint}"))
}

/// Whether it is a database rather than a backup that stands in the way.
fn is_database(path: &Path) -> bool {
    backup::verify(path).is_err()
}
