//! What is measured against: a database with members in it, and the core on it, for what is called by hand.

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemun_contract::ast::Contract;
use daemun_model::App;
use daemun_operations::{Call, Client, Daemun, find, keys};
use daemun_server::config::{self, Origins};
use daemun_server::core::{self, Hands, Migrations};
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::fault::Outcome;

/// The app, and its mount without the slash.
const APP: &str = "bench";
/// Every member's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// Members that sign in and read.
const MEMBERS: usize = 64;

/// A member who is signed in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account's uuid.
    pub account: String,
    /// The session's identifier.
    pub session: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// A database, the core on it, and the configuration of a server on it.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
    /// The server's configuration.
    pub config: PathBuf,
    /// Where the server will listen.
    pub address: SocketAddr,
    /// The core.
    pub daemun: Daemun,
    /// The app.
    pub app: Arc<App>,
    /// Its contract.
    pub contract: Arc<Contract>,
    /// Members who are signed in.
    pub members: Vec<Member>,
}

impl Scene {
    /// Makes the database below `scratch`, or at that URL, with members in it.
    ///
    /// # Errors
    /// When anything of it fails.
    pub async fn set_up(scratch: &Path, contract: &Path, database: Option<&str>) -> Outcome<Self> {
        fs::create_dir_all(scratch)?;
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(scratch)?;
        let address = free_address()?;
        let config = folder.path().join("daemun.toml");
        let data = folder.path().join("data");
        let url = database.map_or_else(|| format!("sqlite://{}/daemun.db", data.display()), str::to_owned);
        let text = format!(
            "[server]\nlisten = \"{address}\"\ndata = {data:?}\n[database]\nurl = {url:?}\n\
             [[app]]\nname = \"{APP}\"\ncontract = {contract:?}\n"
        );
        fs::write(&config, text)?;
        let loaded = config::load(&Origins { file: Some(config.clone()), ..Origins::default() })?;
        let opened = core::open(&loaded, Some(address), Hands::real(), Migrations::Applied).await?;
        let plan = opened.plans.into_iter().next().ok_or("the configuration has no app")?;
        let (daemun, app) = (opened.daemun, Arc::new(plan.app));
        keys::ensure(&daemun, &app).await?;
        let contract = plan.contract;
        let mut scene = Self { folder, config, address, daemun, app, contract, members: Vec::new() };
        let sign_ups = (0..MEMBERS).map(|number| scene.sign_up(number));
        try_join_all(sign_ups).await?;
        scene.members = scene.sign_in(MEMBERS).await?;
        Ok(scene)
    }

    /// The URL of a path of the app.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{APP}{path}", self.address)
    }

    /// The SQLite file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data/daemun.db")
    }

    /// Writes lines for a scenario to read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn lines<'a>(&self, name: &str, lines: impl Iterator<Item = &'a str>) -> Outcome<String> {
        let path = self.folder.path().join(name);
        let lines: Vec<&str> = lines.collect();
        fs::write(&path, lines.join("\n"))?;
        Ok(path.display().to_string())
    }

    /// The e-mail addresses of the members, in a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn emails(&self) -> Outcome<String> {
        let emails: Vec<String> = (0..MEMBERS).map(email).collect();
        self.lines("emails", emails.iter().map(String::as_str))
    }

    async fn sign_up(&self, number: usize) -> Outcome<()> {
        let input = json!({ "email": email(number), "password": PASSWORD, "name": "Kim Min-jun" });
        self.run("account.sign_up", input).await.map(|_| ())
    }

    /// Opens a session for each of the first `count` members.
    ///
    /// # Errors
    /// When one cannot sign in.
    pub async fn sign_in(&self, count: usize) -> Outcome<Vec<Member>> {
        let one = async |number: usize| {
            let input = json!({ "email": email(number), "password": PASSWORD });
            member(&self.run("session.sign_in", input).await?)
        };
        let members = try_join_all((0..count).map(|number| one(number % MEMBERS))).await?;
        let sessions: HashSet<&str> = members.iter().map(|member| member.session.as_str()).collect();
        if sessions.len() == count { Ok(members) } else { Err("members share a session".into()) }
    }

    async fn run(&self, operation: &str, input: Value) -> Outcome<Value> {
        let operation = find(operation).ok_or_else(|| format!("there is no operation {operation}"))?;
        let Value::Object(input) = input else { return Err("an input is an object".into()) };
        Ok(operation.run(self.daemun.clone(), call(Arc::clone(&self.app)), input).await?)
    }
}

/// A call from this machine.
pub fn call(app: Arc<App>) -> Call {
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None };
    Call::new(app, client, "bench-request")
}

fn email(number: usize) -> String {
    format!("member-{number}@example.com")
}

/// Reads a sign-in's output.
fn member(output: &Value) -> Outcome<Member> {
    let token =
        |name: &str| output["tokens"][name].as_str().map(str::to_owned).ok_or("a sign-in without tokens");
    let (access, refresh) = (token("access")?, token("refresh")?);
    let claims = access.split('.').nth(1).ok_or("an access token that is no JWT")?;
    let claims: Map<String, Value> = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes())?)?;
    let claim =
        |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned).ok_or("a claim is missing");
    Ok(Member { account: claim("sub")?, session: claim("sid")?, access, refresh })
}

/// An address that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
