//! A member: does what members do, remembers what was acknowledged, and checks that it is so.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::apps::{App, Pair, Wanted, request};
use crate::chance::Chance;
use crate::client::{Heard, Nodes, Reply, hear};
use crate::journal::{Act, Journal};
use crate::truth::Ledger;

/// Within this time after a rotation the token before it must still get the same successor: the grace of ten seconds
/// with room for a slow machine.
const SURELY_IN_GRACE: Duration = Duration::from_secs(8);
/// After this time it must not.
pub const SURELY_OUT_OF_GRACE: Duration = Duration::from_secs(11);
/// How often a request is sent that a server in order answers.
const PATIENCE: usize = 20;
/// Sessions of one member at a time.
const SESSIONS: usize = 3;
/// Ended sessions whose tokens are tried again and again.
const REMEMBERED: usize = 4;

/// How a member reaches the server.
#[derive(Clone)]
pub struct Line {
    pub client: reqwest::Client,
    pub nodes: Nodes,
    pub journal: Journal,
    pub chance: Chance,
    /// The address that a proxy would tell.
    pub address: String,
}

pub struct Member {
    app: App,
    number: u64,
    line: Line,
    exists: bool,
    password: String,
    /// The password before, which must not work any more.
    old_password: Option<String>,
    password_touched: bool,
    sessions: Vec<Held>,
    /// Tokens of sessions that ended.
    ended: Vec<Pair>,
    doubt: Option<Doubt>,
    acts: u64,
    asked_reset: bool,
}

/// A session that is open.
#[derive(Clone)]
struct Held {
    pair: Pair,
    /// The refresh token before this one, and when it was replaced.
    before: Option<(String, Instant)>,
}

impl Held {
    const fn new(pair: Pair) -> Self {
        Self { pair, before: None }
    }
}

/// An act that was asked for and not acknowledged.
enum Doubt {
    SignUp {
        id: String,
    },
    Rotate {
        session: usize,
        since: Instant,
    },
    SignOut {
        id: String,
        session: usize,
    },
    ChangePassword {
        id: String,
        session: usize,
        password: String,
    },
    Delete {
        id: String,
    },
    /// Whether it was done makes no difference to the member.
    Other,
}

impl Member {
    pub fn new(app: App, number: u64, line: Line) -> Self {
        Self {
            app,
            number,
            line,
            exists: false,
            password: format!("correct horse battery {number}"),
            old_password: None,
            password_touched: false,
            sessions: Vec::new(),
            ended: Vec::new(),
            doubt: None,
            acts: 0,
            asked_reset: false,
        }
    }

    fn email(&self) -> String {
        format!("member-{}@example.com", self.number)
    }

    /// Whether it waits to know what became of an act.
    pub const fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// From another address from now on.
    pub fn moves_to(&mut self, address: String) {
        self.line.address = address;
    }

    /// Does one thing.
    pub async fn act(&mut self) {
        if !self.exists {
            return self.sign_up().await;
        }
        if self.sessions.is_empty() {
            return self.sign_in().await;
        }
        let session = self.line.chance.index(self.sessions.len());
        match self.line.chance.below(100) {
            0..12 => self.look(session).await,
            12..17 => self.sign_out(session).await,
            17..21 if self.sessions.len() < SESSIONS => self.sign_in().await,
            21..24 => self.change_password(session).await,
            24..27 if !self.asked_reset => self.request_reset().await,
            27..30 if self.app == App::Welt => self.delete(session).await,
            _ => self.rotate(session).await,
        }
    }

    async fn sign_up(&mut self) {
        let wanted = self.app.sign_up(&self.email(), &self.password, self.number);
        match self.ask(Act::SignUp, wanted, None, 201).await {
            Ok(body) => {
                self.exists = true;
                self.sessions.extend(Pair::of(&body).map(Held::new));
            }
            Err(id) => self.doubt = Some(Doubt::SignUp { id }),
        }
    }

    async fn sign_in(&mut self) {
        let wanted = self.app.sign_in(&self.email(), &self.password);
        match self.ask(Act::SignIn, wanted, None, 200).await {
            Ok(body) => self.sessions.push(Held::new(pair(&body))),
            Err(_) => self.doubt = Some(Doubt::Other),
        }
    }

    async fn rotate(&mut self, session: usize) {
        let shown = self.sessions[session].pair.refresh.clone();
        let since = Instant::now();
        match self.ask(Act::Rotate, self.app.refresh(&shown), None, 200).await {
            Ok(body) => self.sessions[session] = Held { pair: pair(&body), before: Some((shown, since)) },
            Err(_) => self.doubt = Some(Doubt::Rotate { session, since }),
        }
    }

    /// Reads the profile: a live token is a live token, on every node, at every moment.
    async fn look(&mut self, session: usize) {
        let access = self.sessions[session].pair.access.clone();
        match self.send(self.app.profile(), Some(&access)).await.1 {
            Heard::Reply(reply) if reply.status == 503 => self.note_unavailable(&reply),
            Heard::Reply(reply) => {
                assert_eq!(reply.status, 200, "a live token of {} is refused: {}", self.email(), reply.body);
                self.line.journal.took(reply.took);
            }
            Heard::Silence(why) => self.line.journal.silent(why),
            Heard::Refused => {}
        }
    }

    async fn sign_out(&mut self, session: usize) {
        let access = self.sessions[session].pair.access.clone();
        match self.ask(Act::SignOut, self.app.sign_out(), Some(&access), 200).await {
            Ok(_) => self.end(session),
            Err(id) => self.doubt = Some(Doubt::SignOut { id, session }),
        }
    }

    async fn change_password(&mut self, session: usize) {
        let access = self.sessions[session].pair.access.clone();
        let password = format!("correct horse battery {} {}", self.number, self.acts);
        let wanted = self.app.change_password(&self.email(), &self.password, &password);
        match self.ask(Act::ChangePassword, wanted, Some(&access), 200).await {
            Ok(_) => self.has_password(password, session),
            Err(id) => self.doubt = Some(Doubt::ChangePassword { id, session, password }),
        }
    }

    async fn request_reset(&mut self) {
        self.asked_reset = true;
        let wanted = self.app.request_reset(&self.email());
        if self.ask(Act::RequestReset, wanted, None, 200).await.is_err() {
            self.doubt = Some(Doubt::Other);
        }
    }

    async fn delete(&mut self, session: usize) {
        let access = self.sessions[session].pair.access.clone();
        let wanted = App::delete(&self.email(), &self.password);
        match self.ask(Act::Delete, wanted, Some(&access), 200).await {
            Ok(_) => self.is_gone(),
            Err(id) => self.doubt = Some(Doubt::Delete { id }),
        }
    }

    /// Asks for an act: the answer's body when it is acknowledged, the request's id when it is not.
    async fn ask(
        &mut self,
        act: Act,
        wanted: Wanted,
        token: Option<&str>,
        expected: u16,
    ) -> Result<Value, String> {
        let (id, heard) = self.send(wanted, token).await;
        match heard {
            Heard::Reply(reply) if reply.status == expected => {
                self.line.journal.took(reply.took);
                self.line.journal.acknowledged(id, act);
                Ok(reply.body)
            }
            Heard::Reply(reply) if reply.status == 503 => {
                self.note_unavailable(&reply);
                Err(id)
            }
            Heard::Reply(reply) => {
                panic!("{act:?} of {} in {id}: {} {}", self.email(), reply.status, reply.body)
            }
            Heard::Silence(why) => {
                self.line.journal.silent(why);
                Err(id)
            }
            Heard::Refused => {
                self.line.journal.refused(id.clone());
                Err(id)
            }
        }
    }

    /// An answer of 503 must be the contract's own and say when to come back.
    fn note_unavailable(&self, reply: &Reply) {
        assert!(self.app.is_unavailable(&reply.body), "not the contract's 503: {}", reply.body);
        assert!(reply.retry_after.is_some(), "503 without Retry-After");
        self.line.journal.took(reply.took);
        self.line.journal.unavailable();
    }

    async fn send(&mut self, wanted: Wanted, token: Option<&str>) -> (String, Heard) {
        self.acts += 1;
        let id = format!("member-{}-act-{}", self.number, self.acts);
        let node = self.line.nodes.any(&mut self.line.chance);
        let request = request(&self.line.client, &node, wanted)
            .header("x-request-id", &id)
            .header("x-forwarded-for", &self.line.address);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        (id, hear(request).await)
    }

    fn end(&mut self, session: usize) {
        self.ended.push(self.sessions.remove(session).pair);
        let forgotten = self.ended.len().saturating_sub(REMEMBERED);
        self.ended.drain(..forgotten);
    }

    /// Of the sessions only this one goes on.
    fn has_password(&mut self, password: String, session: usize) {
        self.old_password = Some(std::mem::replace(&mut self.password, password));
        self.password_touched = true;
        self.sessions.swap(0, session);
        while self.sessions.len() > 1 {
            self.end(1);
        }
    }

    fn is_gone(&mut self) {
        self.exists = false;
        self.password_touched = true;
        self.old_password = None;
        while !self.sessions.is_empty() {
            self.end(0);
        }
    }

    /// Finds out what became of the act that was not acknowledged.
    pub async fn resolve(&mut self, ledger: &Ledger) {
        let Some(doubt) = self.doubt.take() else { return };
        match doubt {
            Doubt::SignUp { id } => {
                self.exists = ledger.holds(&id);
                self.password_touched = true;
            }
            Doubt::Rotate { session, since } => self.show_again(session, since).await,
            Doubt::SignOut { id, session } if ledger.holds(&id) => self.end(session),
            Doubt::ChangePassword { id, session, password } => {
                self.password_touched = true;
                if ledger.holds(&id) {
                    self.has_password(password, session);
                } else {
                    self.old_password = Some(password);
                }
            }
            Doubt::Delete { id } if ledger.holds(&id) => self.is_gone(),
            Doubt::Delete { .. } => self.password_touched = true,
            Doubt::SignOut { .. } | Doubt::Other => {}
        }
    }

    /// A client that got no answer to a rotation shows its token again: within the grace it goes on, later its session
    /// has ended, unless nothing had happened.
    async fn show_again(&mut self, session: usize, since: Instant) {
        let shown = self.sessions[session].pair.refresh.clone();
        let asked = since.elapsed();
        let reply = self.must(self.app.refresh(&shown), None).await;
        match reply.status {
            200 => self.sessions[session] = Held::new(pair(&reply.body)),
            401 if asked > SURELY_IN_GRACE => self.end(session),
            status => panic!("a rotation shown again after {asked:?}: {status} {}", reply.body),
        }
    }

    /// Checks everything that was acknowledged: what is cheap always, passwords only where they were touched or where
    /// it is to be thorough.
    pub async fn verify(&mut self, thorough: bool) {
        for pair in self.ended.clone() {
            self.refused(&pair).await;
        }
        if thorough || self.password_touched {
            self.verify_password().await;
        }
        for session in 0..self.sessions.len() {
            self.verify_session(session).await;
        }
    }

    async fn verify_password(&mut self) {
        self.password_touched = false;
        if let Some(old) = self.old_password.take() {
            let reply = self.must(self.app.sign_in(&self.email(), &old), None).await;
            assert_eq!(reply.status, 401, "a password of {} that was replaced works", self.email());
        }
        let reply = self.must(self.app.sign_in(&self.email(), &self.password), None).await;
        let expected = if self.exists { 200 } else { 401 };
        assert_eq!(reply.status, expected, "{} signs in: {}", self.email(), reply.body);
        if self.exists {
            self.sessions.push(Held::new(pair(&reply.body)));
        }
    }

    async fn verify_session(&mut self, session: usize) {
        let Held { pair: held, before } = self.sessions[session].clone();
        let reply = self.must(self.app.profile(), Some(&held.access)).await;
        assert_eq!(reply.status, 200, "a live token of {} is refused", self.email());
        if let Some((before, at)) = before
            && at.elapsed() < SURELY_IN_GRACE
        {
            let reply = self.must(self.app.refresh(&before), None).await;
            assert_eq!(reply.status, 200, "a token in its grace: {}", reply.body);
            assert_eq!(pair(&reply.body), held, "it gets another successor than was acknowledged");
        }
        let since = Instant::now();
        let reply = self.must(self.app.refresh(&held.refresh), None).await;
        assert_eq!(reply.status, 200, "the newest token of {} is refused: {}", self.email(), reply.body);
        self.sessions[session] = Held { pair: pair(&reply.body), before: Some((held.refresh, since)) };
    }

    /// Both tokens of an ended session are refused.
    async fn refused(&mut self, ended: &Pair) {
        let reply = self.must(self.app.profile(), Some(&ended.access)).await;
        assert_eq!(reply.status, 401, "an ended session of {} is alive", self.email());
        let reply = self.must(self.app.refresh(&ended.refresh), None).await;
        assert_eq!(reply.status, 401, "an ended session of {} is refreshed", self.email());
    }

    /// Shows tokens that were replaced longer ago than the grace: they are refused, and their sessions end.
    pub async fn verify_old_tokens(&mut self) {
        for session in (0..self.sessions.len()).rev() {
            let Held { pair: held, before } = self.sessions[session].clone();
            let Some((before, at)) = before else { continue };
            assert!(at.elapsed() > SURELY_OUT_OF_GRACE);
            let reply = self.must(self.app.refresh(&before), None).await;
            assert_eq!(reply.status, 401, "a token of {} that was replaced works", self.email());
            self.end(session);
            self.refused(&held).await;
        }
    }

    /// A request that a server in order answers. A machine with much else to do may have it say 503; it is asked again then,
    /// as it says.
    async fn must(&mut self, wanted: Wanted, token: Option<&str>) -> Reply {
        for _ in 0..PATIENCE {
            match self.send(wanted.clone(), token).await.1 {
                Heard::Reply(reply) if reply.status != 503 => return reply,
                Heard::Reply(_) => tokio::time::sleep(Duration::from_secs(1)).await,
                other => panic!("the server runs and {} hears: {other:?}", self.email()),
            }
        }
        panic!("the server runs and {} hears nothing but 503", self.email())
    }
}

fn pair(body: &Value) -> Pair {
    match Pair::of(body) {
        Some(pair) => pair,
        None => panic!("no tokens in {body}"),
    }
}
