//! What outlives the process: its folder, its database, its mail server. And the process.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use daemun_store::{Db, DbOptions};
use daemun_testpg::TestDatabase;
use serde_json::Value;
use tempfile::TempDir;

use crate::mails::MailServer;

/// Where a server works. Several can work on the same ground.
pub struct Ground {
    folder: TempDir,
    program: PathBuf,
    /// The data folder of the nodes; with SQLite the database is in it.
    data: PathBuf,
    database_url: String,
    /// Where the data folder is for this test, if not where it is for the nodes.
    elsewhere: Option<PathBuf>,
    /// Its own database, unless that is somebody else's.
    _database: Option<TestDatabase>,
    /// Where mails go; without one they are kept in the dev outbox.
    pub mails: Option<MailServer>,
    /// What a node is run with: `nsenter …`, where it has to see another file system.
    wrapper: Vec<String>,
    settings: String,
    apps: String,
    nodes: AtomicU32,
    /// The process of the last node.
    last: AtomicU32,
}

/// Every node of a ground has the same.
const MASTER_KEY: &str = "Zb1x0PqvRnJ7sEwLk3uYt9AaHc5dFgMi2oVh8SjQeTk=";

/// Clients know it by this name wherever it listens: `iss` must not change with the port.
const PUBLIC_URL: &str = "http://daemun.test";

/// The longest that a start takes, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(60);

impl Ground {
    /// A ground with a fresh database of the engine that is tried.
    pub fn new() -> Self {
        let database = TestDatabase::for_test();
        let url = database.url().to_owned();
        let ground = Self::on(&url);
        Self { _database: Some(database), ..ground }
    }

    /// A ground on a database that somebody else keeps.
    pub fn on(database_url: &str) -> Self {
        let folder = TempDir::with_prefix("daemun-crash-").unwrap();
        let data = folder.path().join("data");
        Self {
            program: keep_program(folder.path()),
            data,
            folder,
            database_url: database_url.to_owned(),
            elsewhere: None,
            _database: None,
            mails: None,
            wrapper: Vec::new(),
            settings: String::new(),
            apps: String::new(),
            nodes: AtomicU32::new(0),
            last: AtomicU32::new(0),
        }
    }

    /// With a mail server, which is this test's.
    #[must_use]
    pub fn with_mails(mut self) -> Self {
        self.mails = Some(MailServer::start());
        self
    }

    /// With a SQLite file in the data folder, on a file system that only the nodes see: `wrapper` makes them see it, and
    /// for this test the folder is at `data`.
    #[must_use]
    pub fn elsewhere(mut self, wrapper: Vec<String>, data: PathBuf) -> Self {
        self.database_url = format!("sqlite://{}", self.data.join("daemun.db").display());
        self.wrapper = wrapper;
        self.elsewhere = Some(data);
        self
    }

    /// Where a node keeps its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// With more lines in `[server]`.
    #[must_use]
    pub fn with_server(mut self, lines: &str) -> Self {
        self.settings.push_str(&format!("{lines}\n"));
        self
    }

    /// With an app more.
    #[must_use]
    pub fn with_app(mut self, name: &str) -> Self {
        self.apps.push_str(&format!("[[app]]\nname = {name:?}\n"));
        self
    }

    /// The folder of the test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a node and waits until it listens.
    #[track_caller]
    pub fn start(&self) -> Node {
        self.launch().listening()
    }

    /// Starts a node without waiting for it.
    pub fn launch(&self) -> Starting {
        let number = self.nodes.fetch_add(1, Ordering::Relaxed);
        let log = self.path().join(format!("log-{number}"));
        let file = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        self.last.store(child.id(), Ordering::Relaxed);
        Starting { child, log }
    }

    /// Runs another command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// An API key of the app `welt`, for a program of its operators.
    pub fn api_key(&self, may: &str) -> String {
        let words = ["api-key", "create", "--app", "welt", "--name", "crash", "--may", may, "--json"];
        let answer: Value = serde_json::from_slice(&self.run(&words).stdout).unwrap();
        answer["secret"].as_str().unwrap().to_owned()
    }

    /// A node that is given another master key.
    pub fn serve_with_key(&self, key: &str) -> Command {
        let mut command = self.command(&["serve"]);
        command.env("DAEMUN__KEYS__MASTER", key);
        command
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let config = self.path().join("daemun.toml");
        // Written once: a node that starts at this moment may be reading it.
        if !config.exists() {
            fs::write(&config, self.config()).unwrap();
        }
        let mut words = self.wrapper.clone();
        words.push(self.program.display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments).arg("--config").arg(config);
        command.env("DAEMUN__KEYS__MASTER", MASTER_KEY).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    fn config(&self) -> String {
        let delivery = match &self.mails {
            Some(mails) => format!(
                "kind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"id@example.com\"",
                mails.port()
            ),
            None => "kind = \"dev\"".to_owned(),
        };
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = {PUBLIC_URL:?}\ntrusted_proxies = [\"127.0.0.1\"]\n\
             data = {:?}\n{}\n[database]\nurl = {:?}\n[delivery.email]\n{delivery}\n\
             [log]\nfilter = \"warn,daemun::request=error\"\n\
             [[app]]\nname = \"energyboost\"\n[[app]]\nname = \"welt\"\n{}",
            self.data, self.settings, self.database_url, self.apps
        )
    }

    /// A look into the database, beside the server. Where we cannot see it, it is one into a copy.
    pub async fn look(&self) -> Db {
        let url = match &self.elsewhere {
            Some(data) => self.copy_of(data),
            None => self.database_url.clone(),
        };
        Db::open(&url, DbOptions::default()).await.unwrap()
    }

    /// The file and its log at one moment: what a crash at this moment would leave.
    fn copy_of(&self, data: &Path) -> String {
        let copy = self.path().join("copy");
        fs::remove_dir_all(&copy).ok();
        fs::create_dir(&copy).unwrap();
        let node = self.last.load(Ordering::Relaxed);
        signal("STOP", node);
        for name in ["daemun.db", "daemun.db-wal"] {
            fs::copy(data.join(name), copy.join(name)).unwrap();
        }
        signal("CONT", node);
        format!("sqlite://{}", copy.join("daemun.db").display())
    }
}

/// Keeps the program as it is now: a build beside the test must not change it between two starts.
fn keep_program(folder: &Path) -> PathBuf {
    let built = crate::variable("DAEMUN_CRASH_PROGRAM");
    let built = Path::new(built.as_deref().unwrap_or(env!("CARGO_BIN_EXE_daemun")));
    let kept = folder.join("daemun");
    // A build writes a new file, and the old one stays as long as it has a name.
    if fs::hard_link(built, &kept).is_err() {
        fs::copy(built, &kept).unwrap();
    }
    kept
}

/// A node that is starting.
pub struct Starting {
    child: Child,
    log: PathBuf,
}

impl Starting {
    /// `kill -9`, wherever it is.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it listens.
    #[track_caller]
    pub fn listening(mut self) -> Node {
        let began = Instant::now();
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let url = loop {
            let told = lines.next().and_then(Result::ok);
            let Some(line) = told.filter(|_| began.elapsed() < START) else {
                panic!("the server does not start: {}", fs::read_to_string(&self.log).unwrap_or_default());
            };
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.count());
        Node { child: self.child, url, log: self.log }
    }
}

/// A node that listens. It is killed when this is dropped.
pub struct Node {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Node {
    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: nothing of it runs any more when this returns.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended before it was killed: {status}: {}", self.log());
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        signal("TERM", self.pid());
    }

    /// Waits for its end after [`Node::terminate`]; gives how long that took.
    pub fn ended(mut self) -> Duration {
        let began = Instant::now();
        while self.is_running() {
            assert!(began.elapsed() < START, "the server does not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{status}: {}", self.log());
        began.elapsed()
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What the system says of its process.
    pub fn state(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        status.lines().find(|line| line.starts_with("State")).unwrap_or("gone").to_owned()
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Lines of the log that tell of something that must never happen.
    pub fn incidents(&self) -> Vec<String> {
        let log = self.log();
        let bad = |line: &&str| line.contains("\"ERROR\"") || line.contains("panicked");
        log.lines().filter(bad).map(str::to_owned).collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal to a process.
pub fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill -{name} {pid}: {status}");
}
