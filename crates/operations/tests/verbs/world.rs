//! A core in a test: its own database, a clock that stands still, randomness from a seed, cheap hashes, and mails
//! that are kept.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use daemun_crypto::{HasherOptions, MasterKey, PasswordHasher};
use daemun_delivery::{Delivery, DeliveryOptions, EmailOptions, SmsOptions};
use daemun_files::{Files, Local};
use daemun_model::app::{AccessPolicy, App, Identifier, OpaquePolicy, Policy, RefreshPolicy, TokenPolicy};
use daemun_model::{AppId, Clock, Failure, FrozenClock, Language, Random, SeededRandom, Timestamp};
use daemun_operations::outbox::Listed;
use daemun_operations::{
    Call, Client, Daemun, Limits, Operator, Parts, Settings, apps, find, keys, outbox, session,
};
use daemun_store::audit::Entry;
use daemun_store::{Db, DbOptions};
use daemun_testpg::TestDatabase;
use serde_json::{Map, Value, json};

/// 2026-11-20T15:30:00Z.
pub const START: Timestamp = Timestamp(1_795_188_600_000_000);
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 24 * HOUR;
pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub daemun: Daemun,
    pub app: Arc<App>,
    pub clock: Arc<TickingClock>,
    pub address: IpAddr,
    pub database: Arc<TestDatabase>,
    pub folder: Arc<tempfile::TempDir>,
}

/// A clock that stands still but for one microsecond an operation, so that what comes later is later.
#[derive(Debug)]
pub struct TickingClock {
    frozen: FrozenClock,
    operations: AtomicI64,
}

impl TickingClock {
    pub fn advance(&self, seconds: i64) {
        self.frozen.advance(seconds);
    }

    /// What comes now is later than what was.
    pub fn tick(&self) {
        self.operations.fetch_add(1, Ordering::SeqCst);
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.frozen.now().0 + self.operations.load(Ordering::SeqCst))
    }
}

/// An app as `welt` is one: e-mail and password, rotating tokens.
pub fn shop() -> App {
    App {
        id: AppId(0),
        name: "shop".to_owned(),
        title: "Corner Shop".to_owned(),
        mount: "/shop".to_owned(),
        public_url: "https://id.example.com/shop".to_owned(),
        language: Language::En,
        timezone: chrono_tz::Asia::Seoul,
        policy: Policy {
            sign_in: vec![Identifier::Email],
            required: ["email", "password", "name"].map(str::to_owned).to_vec(),
            phone_region: "KR".to_owned(),
            password_change_recent_sign_in: 12 * HOUR,
            ..Policy::default()
        },
        tokens: TokenPolicy::Jwt {
            access: AccessPolicy { lifetime: 1800, outlives_sign_out: false },
            refresh: RefreshPolicy { idle: 14 * DAY, absolute: 90 * DAY, rotates: true },
        },
        attributes: Default::default(),
    }
}

/// Tokens of one kind for a whole session, as `solgik` has them.
pub fn opaque() -> TokenPolicy {
    TokenPolicy::Opaque(OpaquePolicy { hex: 40, idle: 90 * DAY, absolute: 365 * DAY })
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose app differs from the shop.
    pub async fn with(change: impl FnOnce(&mut App)) -> Self {
        Self::made(change, dev(), Settings::default()).await
    }

    /// A world whose mails go another way.
    pub async fn with_mail(email: EmailOptions) -> Self {
        Self::made(|_| {}, DeliveryOptions { email, ..dev() }, Settings::default()).await
    }

    /// A world whose text messages go another way.
    pub async fn with_sms(sms: SmsOptions) -> Self {
        Self::made(|_| {}, DeliveryOptions { sms, ..dev() }, Settings::default()).await
    }

    /// A world whose limits differ from the defaults.
    pub async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings.limits);
        Self::made(|_| {}, dev(), settings).await
    }

    async fn made(change: impl FnOnce(&mut App), delivery: DeliveryOptions, settings: Settings) -> Self {
        let database = Arc::new(TestDatabase::for_test());
        let clock = Arc::new(TickingClock { frozen: FrozenClock::at(START), operations: AtomicI64::new(0) });
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let daemun = core((database.url(), &folder), Arc::clone(&clock), delivery, settings).await;
        daemun.db.migrate().await.unwrap();
        let mut app = shop();
        change(&mut app);
        let mut world = Self {
            daemun,
            app: Arc::new(app.clone()),
            clock,
            address: "192.0.2.7".parse().unwrap(),
            database,
            folder,
        };
        world.app = world.serve(app).await;
        world
    }

    /// Puts another app on the same core.
    pub async fn serve(&self, mut app: App) -> Arc<App> {
        app.id = apps::ensure(&self.daemun, &app.name).await.unwrap();
        keys::ensure(&self.daemun, &app).await.unwrap();
        Arc::new(app)
    }

    /// The same core seen through another app.
    pub fn through(&self, app: &Arc<App>) -> Self {
        Self {
            daemun: self.daemun.clone(),
            app: Arc::clone(app),
            clock: Arc::clone(&self.clock),
            address: self.address,
            database: Arc::clone(&self.database),
            folder: Arc::clone(&self.folder),
        }
    }

    /// The same core called from another address.
    pub fn from(&self, address: &str) -> Self {
        Self { address: address.parse().unwrap(), ..self.through(&self.app) }
    }

    /// Another node on the same database.
    pub async fn second_node(&self) -> Self {
        self.second_node_with(dev()).await
    }

    /// Another node on the same database, whose messages go another way.
    pub async fn second_node_with(&self, delivery: DeliveryOptions) -> Self {
        let clock = Arc::clone(&self.clock);
        let settings = self.daemun.settings.clone();
        let daemun = core((self.database.url(), &self.folder), clock, delivery, settings).await;
        Self { daemun, ..self.through(&self.app) }
    }

    pub fn call(&self) -> Call {
        let client = Client { address: self.address, user_agent: Some("test/1".to_owned()) };
        Call::new(Arc::clone(&self.app), client, "request-1")
    }

    pub fn operator(&self) -> Call {
        Call { operator: Some(Operator::cli()), ..self.call() }
    }

    /// A call with this access token.
    pub async fn with_token(&self, access: &str) -> Result<Call, Failure> {
        let caller = session::authenticate(&self.daemun, &self.app, access).await?;
        Ok(Call { caller: Some(caller), ..self.call() })
    }

    pub async fn run_as(&self, call: Call, name: &str, input: Value) -> Result<Value, Failure> {
        self.clock.tick();
        let Value::Object(input) = input else { panic!("an input is an object") };
        find(name).unwrap().run(self.daemun.clone(), call, input).await
    }

    /// Runs an operation as nobody.
    pub async fn run(&self, name: &str, input: Value) -> Result<Value, Failure> {
        self.run_as(self.call(), name, input).await
    }

    /// Runs an operation with an access token.
    pub async fn run_with(&self, access: &str, name: &str, input: Value) -> Result<Value, Failure> {
        let call = self.with_token(access).await?;
        self.run_as(call, name, input).await
    }

    /// What running an operation as nobody is refused for.
    pub async fn refusal(&self, name: &str, input: Value) -> String {
        told(self.run(name, input).await)
    }

    /// Signs a member up and in.
    pub async fn member(&self, email: &str) -> Value {
        let input = json!({
            "email": email, "password": PASSWORD, "name": "John Doe", "open_session": true
        });
        self.run("account.sign_up", input).await.unwrap()
    }

    /// Signs a member up and in, and gives the access token.
    pub async fn access_of(&self, email: &str) -> String {
        self.member(email).await["tokens"]["access"].as_str().unwrap().to_owned()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Value, Failure> {
        self.run("session.sign_in", json!({ "email": email, "password": password })).await
    }

    pub async fn refresh(&self, token: &Value) -> Result<Value, Failure> {
        self.run("session.refresh", json!({ "refresh_token": token })).await
    }

    pub async fn is_live(&self, access: &Value) -> bool {
        self.with_token(access.as_str().unwrap()).await.is_ok()
    }

    /// Every message so far, the oldest first.
    pub async fn messages(&self) -> Vec<Listed> {
        outbox::list(&self.daemun, Some(&self.app.name), 100).await.unwrap()
    }

    /// The last message, which must be about this.
    pub async fn last_message(&self) -> Listed {
        self.messages().await.pop().expect("a message")
    }

    /// The audit of the app, the latest line first.
    pub async fn audit(&self) -> Vec<Entry> {
        daemun_store::audit::list_latest(&mut self.daemun.db.reader(), self.app.id, 100).await.unwrap()
    }

    /// The last line of the audit as `act outcome`.
    pub async fn last_act(&self) -> String {
        let entry = self.audit().await.into_iter().next().expect("a line");
        format!("{} {}", entry.act, entry.outcome)
    }
}

/// Messages that are kept.
pub fn dev() -> DeliveryOptions {
    DeliveryOptions { email: EmailOptions::Dev, sms: SmsOptions::Dev, ..DeliveryOptions::default() }
}

async fn core(
    (url, folder): (&str, &tempfile::TempDir),
    clock: Arc<TickingClock>,
    delivery: DeliveryOptions,
    settings: Settings,
) -> Daemun {
    // Two nodes on one database must not draw the same numbers.
    static SEED: AtomicU64 = AtomicU64::new(1);
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(SEED.fetch_add(1, Ordering::SeqCst)));
    let clock: Arc<dyn Clock> = clock;
    let delivery = Delivery::new(delivery, Arc::clone(&clock)).unwrap();
    Daemun::new(Parts {
        db: Db::open(url, DbOptions::default()).await.unwrap(),
        clock,
        random,
        hasher: PasswordHasher::start(HasherOptions::for_tests()).unwrap(),
        master: MasterKey::from_text(&"0123456789abcdefghijklmnopqrstuv".to_owned().into()).unwrap(),
        delivery: delivery.printing_to(std::io::sink()),
        files: Files::Local(Local::open(folder.path()).unwrap()),
        settings,
    })
}

/// Runs calls at the same moment, each with its own access token, over two nodes in turn.
pub async fn at_once(
    nodes: &[Arc<World>],
    calls: impl IntoIterator<Item = (String, &'static str, Value)>,
) -> Vec<Result<Value, Failure>> {
    let tasks = calls.into_iter().enumerate().map(|(n, (access, name, input))| {
        let world = Arc::clone(&nodes[n % nodes.len()]);
        tokio::spawn(async move { world.run_with(&access, name, input).await })
    });
    let tasks = tasks.collect::<Vec<_>>();
    futures_util::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

/// A core and a second node on its database.
pub async fn two_nodes() -> Vec<Arc<World>> {
    let world = World::new().await;
    let second = world.second_node().await;
    vec![Arc::new(world), Arc::new(second)]
}

/// A result in one line: `invalid (email: required)`, `wrong_password on password`, or the answer itself.
pub fn told(result: Result<Value, Failure>) -> String {
    match result {
        Ok(answer) => answer.to_string(),
        Err(Failure::Refused { code, field: Some(field) }) => format!("{} on {field}", code.as_str()),
        Err(failure) => failure.to_string(),
    }
}

/// The query parameter of a link.
pub fn parameter(link: &str, name: &str) -> String {
    let (_, query) = link.split_once('?').expect("a query");
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).expect("the parameter").1.to_owned()
}

/// The claims of a token, unverified.
pub fn claims(token: &Value) -> Map<String, Value> {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// The header of a token.
pub fn header(token: &Value) -> Map<String, Value> {
    let part = token.as_str().unwrap().split('.').next().unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}
