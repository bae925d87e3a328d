//! The program in a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub const MEMBERS: &str = r#"contract: members
title: Members
version: 1.0.0
language: en
tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]
policy: { sign_in: [email], verify_email: sent }
routes:
  POST /members:
    summary: Sign up
    does: account.sign_up
    takes: { email: body.email, password: body.password }
    gives: { status: 201, body: { id: "{{ account.id }}", uuid: "{{ account.uuid }}" } }
  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }
  GET /me:
    summary: The own account
    does: account.show
    gives: { body: { email: "{{ account.email }}" } }
"#;

pub const CONFIG: &str = r#"[server]
listen = "127.0.0.1:0"
[delivery.email]
kind = "dev"
[[app]]
name = "members"
contract = "./members.yaml"
"#;

/// A folder to work in, and the program in it.
pub struct Place(TempDir);

impl Place {
    /// An empty folder: demo mode.
    pub fn empty() -> Self {
        Self(TempDir::with_prefix("daemun-cli-").unwrap())
    }

    /// A folder with a configuration of one app.
    pub fn configured() -> Self {
        let place = Self::empty();
        place.write("members.yaml", MEMBERS);
        place.write("daemun.toml", CONFIG);
        place
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daemun"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        Done(self.command(arguments).output().unwrap())
    }

    /// Starts a server and waits until it listens.
    pub fn serve(&self, arguments: &[&str]) -> Served {
        let mut child = self
            .command(&[&["serve"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = Vec::new();
        let url = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            match line.strip_prefix("listening on ") {
                Some(url) => break url.to_owned(),
                None => told.push(line),
            }
        };
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.count());
        Served { child, url, told }
    }
}

pub struct Done(Output);

impl Done {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(self.code(), 0, "{}{}", self.out(), self.err());
        self.out()
    }

    #[track_caller]
    pub fn fails_with(self, code: i32) -> String {
        assert_eq!(self.code(), code, "{}{}", self.out(), self.err());
        self.err()
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.succeeds()).unwrap()
    }
}

pub struct Served {
    child: Child,
    pub url: String,
    pub told: Vec<String>,
}

impl Served {
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        ask(self.client().post(format!("{}{path}", self.url)).json(body))
    }

    pub fn get(&self, path: &str, token: &str) -> (u16, Value) {
        ask(self.client().get(format!("{}{path}", self.url)).bearer_auth(token))
    }

    pub fn client(&self) -> reqwest::Client {
        daemun_server::install_tls();
        reqwest::Client::builder().no_proxy().build().unwrap()
    }

    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end and gives the exit code and what was logged.
    pub fn ended(mut self) -> (i32, String) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the server does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut log = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut log).unwrap();
        (self.child.wait().unwrap().code().unwrap(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub fn ask(request: reqwest::RequestBuilder) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    })
}
