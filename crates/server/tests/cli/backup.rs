//! `daemun backup` and `daemun restore`.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::place::{Place, Served};

fn member(name: &str) -> Value {
    json!({ "email": format!("{name}@example.com"), "password": "correct horse battery" })
}

fn sign_up(server: &Served, name: &str) {
    assert_eq!(server.post("/members/members", &member(name)).0, 201, "{name}");
}

#[test]
fn a_backup_is_made_while_members_sign_up_and_is_restored_elsewhere() {
    let place = Place::configured();
    let server = place.serve(&[]);
    sign_up(&server, "before");
    let stop = AtomicBool::new(false);
    let signed_up = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                sign_up(&server, &format!("member{number}"));
                number += 1;
            }
            number
        });
        let backups: Vec<_> = (0..3).map(|number| format!("backup-{number}")).collect();
        for file in &backups {
            let done = place.run(&["backup", file]);
            assert!(done.err().contains("the master key is not in it"), "{}", done.err());
            assert!(done.succeeds().contains("is written and checked"));
        }
        stop.store(true, Ordering::Relaxed);
        writing.join().unwrap()
    });
    assert!(signed_up > 0, "members signed up meanwhile");
    let mode = std::fs::metadata(place.path().join("backup-2")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(place.run(&["backup", "backup-2"]).fails_with(1).contains("nothing is overwritten"));
    let left: Vec<_> = std::fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part") || name.ends_with("-journal") || name.ends_with("-wal"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let told = place.run(&["restore", "backup-2", "--data", "elsewhere"]);
    assert!(told.err().contains("put it at elsewhere/master.key"), "{}", told.err());
    told.succeeds();
    let key = std::fs::read(place.path().join("daemun-data/master.key")).unwrap();
    place.write("elsewhere/master.key", std::str::from_utf8(&key).unwrap());
    let path = place.path().join("elsewhere/master.key");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();

    let restored = place.serve(&["--data", "elsewhere"]);
    let (status, body) = restored.post("/members/sessions", &member("before"));
    assert_eq!(status, 200, "{body}");
    assert_eq!(restored.get("/members/me", body["token"].as_str().unwrap()).0, 200);
    sign_up(&restored, "after");
}

#[test]
fn a_backup_can_hold_the_master_key() {
    let place = Place::configured();
    let server = place.serve(&[]);
    sign_up(&server, "a");
    let done = place.run(&["backup", "whole", "--with-master-key"]);
    assert!(done.err().contains("whoever has this file can sign tokens"), "{}", done.err());
    done.succeeds();
    let told = place.run(&["restore", "whole", "--data", "elsewhere"]);
    assert!(told.err().contains("restored as elsewhere/master.key"), "{}", told.err());
    told.succeeds();
    let key = std::fs::read(place.path().join("elsewhere/master.key")).unwrap();
    let database = std::fs::read(place.path().join("elsewhere/daemun.db")).unwrap();
    assert!(
        !database.windows(key.len() - 1).any(|bytes| bytes == &key[..key.len() - 1]),
        "the database has no trace of the key"
    );
    let restored = place.serve(&["--data", "elsewhere"]);
    assert_eq!(restored.post("/members/sessions", &member("a")).0, 200);
}

/// As beside a systemd unit with `DynamicUser`: the folder is the service's, and root restores. Only root can try.
#[test]
fn what_root_restores_belongs_to_whoever_owns_the_folder() {
    let place = Place::configured();
    place.write("mine", "");
    if std::fs::metadata(place.path().join("mine")).unwrap().uid() != 0 {
        return;
    }
    let server = place.serve(&[]);
    sign_up(&server, "a");
    place.run(&["backup", "whole", "--with-master-key"]).succeeds();
    let folder = place.path().join("service");
    std::fs::create_dir(&folder).unwrap();
    chown(&folder, Some(61391), Some(61392)).unwrap();
    place.run(&["restore", "whole", "--data", "service"]).succeeds();
    for file in ["daemun.db", "master.key"] {
        let made = std::fs::metadata(folder.join(file)).unwrap();
        assert_eq!((made.uid(), made.gid(), made.mode() & 0o777), (61391, 61392, 0o600), "{file}");
    }
    let whole = std::fs::metadata(place.path().join("whole")).unwrap();
    assert_eq!(whole.uid(), 0, "the backup stays with who made it");
}

#[test]
fn nothing_is_restored_over_what_is_there_or_runs() {
    let place = Place::configured();
    let server = place.serve(&[]);
    sign_up(&server, "a");
    place.run(&["backup", "one"]).succeeds();
    sign_up(&server, "b");
    assert!(place.run(&["restore", "one"]).fails_with(1).contains("--force"));
    let told = place.run(&["restore", "one", "--force"]).fails_with(1);
    assert!(told.contains("is in use") && told.contains("stop the server first"), "{told}");
    assert_eq!(server.post("/members/sessions", &member("b")).0, 200, "nothing happened");
    server.terminate();
    assert_eq!(server.ended().0, 0);

    let told = place.run(&["restore", "one", "--force"]);
    assert!(told.err().contains("daemun.db.before-restore-1"), "{}", told.err());
    told.succeeds();
    let server = place.serve(&[]);
    assert_eq!(server.post("/members/sessions", &member("a")).0, 200);
    assert_eq!(server.post("/members/sessions", &member("b")).0, 401, "b came after the backup");
}

#[test]
fn what_is_no_good_backup_is_told() {
    let place = Place::configured();
    assert!(place.run(&["backup", "none"]).fails_with(1).contains("there is no database at"));
    assert!(!place.path().join("daemun-data").exists());
    place.write("text", &"no database ".repeat(1000));
    assert!(place.run(&["restore", "text"]).fails_with(1).contains("is no backup of Daemun"));
    assert!(place.run(&["restore", "nothing"]).fails_with(1).contains("No such file"));

    let server = place.serve(&[]);
    for number in 0..5 {
        sign_up(&server, &format!("member{number}"));
    }
    place.run(&["backup", "good"]).succeeds();
    let told = place.run(&["restore", "daemun-data/daemun.db", "--data", "elsewhere"]).fails_with(1);
    assert!(told.contains("is no backup of Daemun"), "{told}");
    let good = std::fs::read(place.path().join("good")).unwrap();
    std::fs::write(place.path().join("cut"), &good[..good.len() / 2]).unwrap();
    let mut bad = good;
    let middle = bad.len() / 2 / 4096 * 4096;
    bad[middle..middle + 4096].fill(0xff);
    std::fs::write(place.path().join("bad"), bad).unwrap();
    for file in ["cut", "bad"] {
        let told = place.run(&["restore", file, "--data", "elsewhere"]).fails_with(1);
        assert!(told.contains("is damaged"), "{file}: {told}");
    }
    assert!(!place.path().join("elsewhere").exists(), "nothing was made");
}

#[test]
fn for_postgresql_the_right_command_is_told_without_the_password() {
    let place = Place::configured();
    let url = "postgres://daemun:hunter2@db.internal:5432/daemun";
    let told = place.run(&["backup", "file", "--database", url]).fails_with(1);
    assert!(told.contains(
        "pg_dump --format=custom --file=file --dbname='postgres://daemun@db.internal:5432/daemun'"
    ));
    let told = told + &place.run(&["restore", "file", "--database", url]).fails_with(1);
    assert!(told.contains("pg_restore --clean --if-exists") && !told.contains("hunter2"), "{told}");
}
