//! The disk is full, and then it is not.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::client::{client, status};
use crate::ground::Ground;
use crate::kills::{dawn, pause, verify};
use crate::load::Crowd;
use crate::on_postgres;

const WORKERS: usize = 12;
/// The disk's size.
const SIZE: &str = "48m";
/// The longest until somebody meets the full disk.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest until writes go through once there is room.
const RECOVERY: Duration = Duration::from_secs(5);

/// A small disk: a file system in memory that only processes see which enter it. It is gone with this.
struct SmallDisk {
    holder: Child,
    /// Where those who enter see it.
    folder: PathBuf,
}

impl SmallDisk {
    /// Makes it; `None`, with a line that says so, where the system does not let us.
    fn new(folder: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&folder).unwrap();
        let mount = format!(
            "mount -t tmpfs -o size={SIZE},mode=700 none {} && echo ready && exec cat",
            folder.display()
        );
        let mut holder = Command::new("unshare");
        holder.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", &mount]);
        let holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut holder) = holder else { return skipped() };
        let mut told = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut told).unwrap();
        if told != "ready\n" {
            holder.wait().unwrap();
            return skipped();
        }
        Some(Self { holder, folder })
    }

    /// The words that make a program see it.
    fn wrapper(&self) -> Vec<String> {
        let target = self.holder.id().to_string();
        ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", &target, "--"]
            .map(str::to_owned)
            .to_vec()
    }

    /// Where it is for those outside.
    fn seen_from_outside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder.strip_prefix("/").unwrap())
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.ballast()).unwrap();
        for size in [64 * 1024, 4096, 512, 1] {
            while write_all(&mut file, size) {}
        }
    }

    /// Makes room.
    fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.seen_from_outside().join("ballast")
    }
}

fn write_all(file: &mut File, size: usize) -> bool {
    file.write_all(&vec![0; size]).is_ok()
}

fn skipped() -> Option<SmallDisk> {
    assert!(
        !crate::variable("DAEMUN_TEST_REQUIRE").is_some_and(|list| list.contains("disk")),
        "DAEMUN_TEST_REQUIRE names disk, but a file system cannot be mounted"
    );
    eprintln!("skipped: a file system of one's own cannot be mounted here");
    None
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_some_503_and_nothing_else() {
    if on_postgres() {
        return;
    }
    let mut chance = Chance::of_test("disk");
    let ground = Ground::new();
    let Some(disk) = SmallDisk::new(ground.data().to_owned()) else { return };
    let ground = ground.elsewhere(disk.wrapper(), disk.seen_from_outside());
    let mut crowd = Crowd::new(&chance, WORKERS);
    let mut node = ground.start();
    let url = node.url().to_owned();
    crowd.sign_up(vec![url.clone()]).await;
    for round in 0..3 {
        let load = crowd.begin(vec![url.clone()]);
        let noticed = load.journal().numbers().unavailable;
        pause(&mut chance, 300, 800).await;
        disk.fill();
        pause(&mut chance, 500, 1000).await;
        // On a machine with much else to do it may take long until somebody writes.
        let asked = Instant::now();
        while load.journal().numbers().unavailable == noticed && asked.elapsed() < PATIENCE {
            pause(&mut chance, 50, 100).await;
        }
        assert_eq!(status(&client(), &format!("{url}/healthz")).await, 200);
        let before = load.journal().numbers();
        disk.empty();
        crowd = load.end().await;
        assert!(before.unavailable > noticed, "nobody noticed: {before:?}");
        assert!(node.is_running(), "{}", node.log());
        let began = Instant::now();
        verify(&ground, &mut crowd, vec![url.clone()], round == 2).await;
        assert!(began.elapsed() < RECOVERY + Duration::from_secs(30));
    }
    // The file survives a crash after all that, too.
    node.kill();
    node = ground.start();
    verify(&ground, &mut crowd, vec![node.url().to_owned()], true).await;
    dawn(&ground, &mut crowd, &[node], 1).await;
}
