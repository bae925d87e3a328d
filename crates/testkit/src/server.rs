//! The server of a test.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use daemun_crypto::HasherOptions;
use daemun_model::{App, Clock, SeededRandom, Timestamp};
use daemun_operations::Daemun;
use daemun_operations::outbox::{Listed, list};
use daemun_server::config::{self, Origins};
use daemun_server::core::{DevOutbox, Hands, StartError};
use daemun_server::run::{self, Running};
use daemun_server::trial::TrialClock;
use daemun_testpg::TestDatabase;
use reqwest::{Client, Method, RequestBuilder};
use tempfile::TempDir;

/// What a server is started with. Every test that needs more than one app or a setting of its own begins here.
#[derive(Debug)]
pub struct Setup {
    apps: String,
    settings: String,
    email: String,
    sms: String,
    files: Vec<(String, String)>,
    seed: u64,
    now: Timestamp,
    database: Option<TestDatabase>,
}

/// The moment at which every test begins: 2026-01-02T03:04:05Z.
const BEGIN: Timestamp = Timestamp(1_767_323_045_000_000);

/// What a second node's randomness comes from: two machines have different ones.
const SECOND_SEED: u64 = 0x5ec0;

impl Default for Setup {
    fn default() -> Self {
        Self {
            apps: String::new(),
            settings: String::new(),
            email: "kind = \"dev\"".to_owned(),
            sms: "kind = \"dev\"".to_owned(),
            files: Vec::new(),
            seed: 1,
            now: BEGIN,
            database: None,
        }
    }
}

impl Setup {
    /// Adds an app of a built-in contract, named like it, mounted at `/NAME`.
    #[must_use]
    pub fn app(self, name: &str) -> Self {
        self.app_toml(&format!("name = {name:?}"))
    }

    /// Adds an app of a contract's text, mounted at `/NAME`.
    #[must_use]
    pub fn contract(mut self, name: &str, text: &str) -> Self {
        let file = format!("{name}.yaml");
        self.files.push((file.clone(), text.to_owned()));
        self.app_toml(&format!("name = {name:?}\ncontract = \"./{file}\""))
    }

    /// Adds an app of a contract's text with the rows of its demo, mounted at `/NAME`.
    #[must_use]
    pub fn contract_with_demo(mut self, name: &str, text: &str, rows: &str) -> Self {
        self.files.push((format!("{name}.demo.yaml"), rows.to_owned()));
        self.contract(name, text).same_app("demo_rows = true")
    }

    /// Adds lines to the last `[[app]]`.
    fn same_app(mut self, lines: &str) -> Self {
        self.apps.push_str(&format!("{lines}\n"));
        self
    }

    /// Adds an `[[app]]` with these lines.
    #[must_use]
    pub fn app_toml(mut self, lines: &str) -> Self {
        self.apps.push_str(&format!("[[app]]\n{lines}\n"));
        self
    }

    /// Adds sections to the configuration, before the apps: `[server]` must not be among them.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Self {
        self.settings.push_str(&format!("{toml}\n"));
        self
    }

    /// Adds keys of `[server]`.
    #[must_use]
    pub fn server(mut self, lines: &str) -> Self {
        self.settings = format!("{lines}\n{}", self.settings);
        self
    }

    /// The keys of `[delivery.email]`, instead of the dev outbox.
    #[must_use]
    pub fn email(mut self, lines: &str) -> Self {
        self.email = lines.to_owned();
        self
    }

    /// The keys of `[delivery.sms]`, instead of the dev outbox.
    #[must_use]
    pub fn sms(mut self, lines: &str) -> Self {
        self.sms = lines.to_owned();
        self
    }

    /// Another seed: another sequence of ids, tokens and codes.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Another moment to begin at: services that are not ours go by the real time.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// This database instead of a fresh one of the engine under test: for tests of both engines.
    #[must_use]
    pub fn database(mut self, database: TestDatabase) -> Self {
        self.database = Some(database);
        self
    }

    /// Starts the server on a fresh database.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) -> TestServer {
        match self.try_start().await {
            Ok(server) => server,
            Err(error) => panic!("the server does not start: {error}"),
        }
    }

    /// Starts the server on a fresh database.
    ///
    /// # Errors
    /// Why it does not start.
    ///
    /// # Panics
    /// When there is no place for temporary files.
    pub async fn try_start(mut self) -> Result<TestServer, StartError> {
        daemun_server::install_tls();
        let folder = match TempDir::with_prefix("daemun-test-") {
            Ok(folder) => folder,
            Err(error) => panic!("no temporary folder: {error}"),
        };
        let database = self.database.take().unwrap_or_else(TestDatabase::for_test);
        let file = self.write(&folder, &database);
        let clock = Arc::new(TrialClock::at(self.now));
        let running = serve(file, &clock, self.seed).await?;
        Ok(TestServer {
            running,
            clock,
            client: client(),
            database: Arc::new(database),
            folder: Arc::new(folder),
        })
    }

    /// Writes the configuration and the contracts into the test's folder.
    fn write(&self, folder: &TempDir, database: &TestDatabase) -> std::path::PathBuf {
        let data = folder.path().join("data");
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {data:?}\n{}\n[database]\nurl = {:?}\n\
             [delivery.email]\n{}\n[delivery.sms]\n{}\n{}",
            self.settings,
            database.url(),
            self.email,
            self.sms,
            self.apps
        );
        let file = folder.path().join("daemun.toml");
        let mut files =
            self.files.iter().map(|(name, text)| (folder.path().join(name), text)).collect::<Vec<_>>();
        files.push((file.clone(), &text));
        for (path, text) in files {
            if let Err(error) = fs::write(&path, text) {
                panic!("{}: {error}", path.display());
            }
        }
        file
    }
}

/// Starts a server from a file of configuration.
async fn serve(file: std::path::PathBuf, clock: &Arc<TrialClock>, seed: u64) -> Result<Running, StartError> {
    let loaded = config::load(&Origins { file: Some(file), ..Origins::default() })?;
    let hands = Hands {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Arc::new(SeededRandom::new(seed)),
        hashing: Some(HasherOptions::for_tests()),
        dev_outbox: DevOutbox::Silent,
    };
    run::start(loaded, hands).await
}

/// A server that is running, and everything a test wants of it.
pub struct TestServer {
    running: Running,
    clock: Arc<TrialClock>,
    client: Client,
    database: Arc<TestDatabase>,
    folder: Arc<TempDir>,
}

/// A client that shows answers as they are: no redirects followed, no proxy asked.
pub(crate) fn client() -> Client {
    match Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build() {
        Ok(client) => client,
        Err(error) => panic!("no HTTP client: {error}"),
    }
}

impl TestServer {
    /// A server of one built-in contract.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_app(name: &str) -> Self {
        Setup::default().app(name).start().await
    }

    /// A server of one contract, given as text.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_contract(name: &str, text: &str) -> Self {
        Setup::default().contract(name, text).start().await
    }

    /// Another node: at an address of its own, on the same database, with the same configuration, folder and clock.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn second_node(&self) -> Self {
        let file = self.folder().join("daemun.toml");
        let running = match serve(file, &self.clock, SECOND_SEED).await {
            Ok(running) => running,
            Err(error) => panic!("the second node does not start: {error}"),
        };
        Self {
            running,
            clock: Arc::clone(&self.clock),
            client: self.client.clone(),
            database: Arc::clone(&self.database),
            folder: Arc::clone(&self.folder),
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// The absolute URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// A request: send it with [`crate::Answered::answer`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// The core, to call operations and to look behind the scenes.
    pub const fn daemun(&self) -> &Daemun {
        self.running.daemun()
    }

    /// The app of a name.
    ///
    /// # Panics
    /// When the test did not set it up.
    pub fn app(&self, name: &str) -> Arc<App> {
        match self.running.apps().iter().find(|app| app.name == name) {
            Some(app) => Arc::clone(app),
            None => panic!("there is no app {name}"),
        }
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every message that was written so far, the oldest first, sent or not.
    ///
    /// # Panics
    /// When the outbox cannot be read.
    pub async fn messages(&self) -> Vec<Listed> {
        match list(self.daemun(), None, 10_000).await {
            Ok(entries) => entries,
            Err(failure) => panic!("the outbox cannot be read: {failure}"),
        }
    }

    /// The last message to somebody.
    ///
    /// # Panics
    /// When there is none.
    pub async fn last_message_to(&self, to: &str) -> Listed {
        match self.messages().await.into_iter().rfind(|entry| entry.to == to) {
            Some(entry) => entry,
            None => panic!("there is no message to {to}"),
        }
    }

    /// The database's URL, for a second process on it.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The folder of the test; the configuration is `daemun.toml` in it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Stops the server as SIGTERM does. A test that does not care may just drop it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
