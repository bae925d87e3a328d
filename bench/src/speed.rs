//! The measurements, group by group, in many short slices. In each a figure and its limit are measured one right after
//! the other, in turns first, so that a machine that grows slower or faster changes both; what counts is the median of
//! the slices' ratios.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use daemun_testpg::TestDatabase;
use futures_util::future::{Either, select};
use tokio::time::sleep;

use crate::Arguments;
use crate::fault::Outcome;
use crate::figures::{Figure, Goal, Sample, Unit, median};
use crate::limits::http::Limits;
use crate::limits::{argon, by_hand, postgres, sqlite};
use crate::load::{Load, Seen};
use crate::machine::Machine;
use crate::plan::{CONNECTIONS, Plan, QUEUED};
use crate::product::Product;
use crate::scene::{PASSWORD, Scene};
use crate::small;

/// Everything that a run needs.
pub struct Bench {
    plan: Plan,
    machine: Machine,
    program: PathBuf,
    root: PathBuf,
    scratch: PathBuf,
    scene: Scene,
    limits: Limits,
}

/// What is measured on one running server.
#[derive(Clone, Copy, Debug)]
enum Group {
    Profile,
    SignIn,
    SignUp,
    Refresh,
    Postgres,
    Queue,
}

/// The groups as `--only` names them, in the order in which they are measured.
const GROUPS: [(&str, Group); 6] = [
    ("profile", Group::Profile),
    ("sign-in", Group::SignIn),
    ("sign-up", Group::SignUp),
    ("refresh", Group::Refresh),
    ("postgres", Group::Postgres),
    ("queue", Group::Queue),
];

/// What is sent before anything is counted: caches and connections are then as they stay.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long a server is left alone before its idle memory is read.
const IDLE: Duration = Duration::from_secs(2);
/// How often the memory is read under load.
const MEMORY_EVERY: Duration = Duration::from_millis(100);
/// What is left of a load of hashes when it ends is hashed in this time, before anything else is measured.
const SETTLE: Duration = Duration::from_millis(800);
/// How long sign-ins queue up before reads are counted.
const QUEUE_UP: Duration = Duration::from_secs(1);

impl Bench {
    /// Makes the database with its members and starts the server of the limits.
    ///
    /// # Errors
    /// When anything of it fails.
    pub async fn set_up(arguments: &Arguments, plan: Plan) -> Outcome<Self> {
        say("making members");
        let contract = arguments.root.join("bench/bench.yaml");
        let scene = Scene::set_up(&arguments.scratch, &contract, None).await?;
        let limits = Limits::start(&scene).await?;
        Ok(Self {
            plan,
            machine: Machine::look(),
            program: arguments.server.clone(),
            root: arguments.root.clone(),
            scratch: arguments.scratch.clone(),
            scene,
            limits,
        })
    }

    /// What it is measured on.
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Lets go of the database.
    pub async fn tear_down(&self) {
        self.scene.daemun.db.close().await;
    }

    /// Measures everything, or the groups whose name contains `only`.
    ///
    /// # Errors
    /// When anything cannot be measured.
    pub async fn run(&mut self, only: Option<&str>) -> Outcome<Vec<Figure>> {
        let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
        let started = if wanted("start") { Some(self.start().await?) } else { None };
        self.machine.watch().await?;
        let product = Product::start(&self.program, &self.scene.config, self.scene.address).await?;
        sleep(IDLE).await;
        let idle = product.memory()?;
        self.warm_up().await?;
        let (mut figures, mut loaded) = (Vec::new(), Vec::new());
        for (name, group) in GROUPS.into_iter().filter(|(name, _)| wanted(name)) {
            figures.extend(
                self.group(group, &product, &mut loaded).await.map_err(|error| format!("{name}: {error}"))?,
            );
            self.machine.watch().await?;
        }
        product.stop().await?;
        let goal = Goal::Within { target: 25.0, dream: 15.0 };
        figures.push(Figure::alone("memory, idle", Unit::Mebibytes, goal, idle));
        if let Some(most) = loaded.into_iter().reduce(f64::max) {
            let goal = Goal::Within { target: 100.0, dream: 70.0 };
            figures.push(Figure::alone("memory, at most, under sign-in load", Unit::Mebibytes, goal, most));
        }
        figures.extend(started);
        if wanted("contract") {
            figures.push(self.contract()?);
        }
        Ok(figures)
    }

    async fn group(&self, group: Group, product: &Product, memory: &mut Vec<f64>) -> Outcome<Vec<Figure>> {
        match group {
            Group::Profile => self.profile().await,
            Group::SignIn => self.sign_in(product, memory).await,
            Group::SignUp => self.sign_up().await,
            Group::Refresh => self.refresh().await,
            Group::Postgres => self.postgres().await,
            Group::Queue => self.queue(product, memory).await,
        }
    }

    /// Every connection and cache of the server and of the limits has been used once.
    async fn warm_up(&self) -> Outcome<()> {
        say("warming up");
        for load in self.reads()? {
            load.send_well(WARM_UP).await?;
        }
        Ok(())
    }

    async fn start(&self) -> Outcome<Figure> {
        say("start to ready");
        let time = small::start_to_ready(&self.program, &self.scene, self.plan.starts).await?;
        let goal = Goal::Within { target: 100.0, dream: 25.0 };
        Ok(Figure::alone("start to ready, existing database", Unit::Milliseconds, goal, time))
    }

    fn contract(&self) -> Outcome<Figure> {
        say("contracts");
        let (name, time) = small::slowest_contract(&self.root.join("contracts"))?;
        let goal = Goal::Within { target: 50.0, dream: 10.0 };
        let name = format!("load and check a contract (the slowest: {name})");
        Ok(Figure::alone(&name, Unit::Milliseconds, goal, time))
    }

    fn load(&self, scenario: &str, url: &str, connections: usize) -> Load {
        Load::new(&self.root.join("bench/wrk"), scenario, url, connections)
    }

    /// Reads of the product, by hand, by hand with few columns, of nothing, through the engine, of the operation.
    fn reads(&self) -> Outcome<[Load; 6]> {
        let members = &self.scene.members;
        let access = self.scene.lines("access", members.iter().map(|member| member.access.as_str()))?;
        let exp = small::seconds_from_now(3600)?;
        let tokens = members.iter().map(|member| by_hand::token(member, exp)).collect::<Outcome<Vec<_>>>()?;
        let by_hand = self.scene.lines("by-hand", tokens.iter().map(String::as_str))?;
        let read = |url: &str, tokens: &str| self.load("read.lua", url, CONNECTIONS).argument(tokens);
        Ok([
            read(&self.scene.url("/accounts/profile"), &access),
            read(&self.limits.url("/by-hand"), &by_hand),
            read(&self.limits.url("/by-hand-needed"), &by_hand),
            read(&self.limits.url("/bare"), &by_hand),
            read(&self.limits.url("/accounts/profile"), &access),
            read(&self.limits.url("/operation"), &access),
        ])
    }

    async fn profile(&self) -> Outcome<Vec<Figure>> {
        let loads = self.reads()?;
        let mut seen = Vec::new();
        for round in 0..self.plan.slices {
            say(&format!("profile reads, slice {}", round + 1));
            seen.push(in_turns(round, &loads, async |load| load.send_well(self.plan.slice).await).await?);
        }
        let samples = |product: usize, limit: usize| -> Vec<Sample> {
            let rate = |round: &[Seen], index: usize| round[index].per_second;
            seen.iter()
                .map(|round| Sample { product: rate(round, product), limit: rate(round, limit) })
                .collect()
        };
        let reach = |target, dream| Goal::Reach { target, dream };
        let figure = |name, limit, goal, (product, beside)| {
            Figure::beside(name, Unit::PerSecond, limit, goal, samples(product, beside))
        };
        let hand = "axum + HS256 + the same inline read, by hand";
        let few = "the same with only the columns it needs";
        let operation = "the operation, called by hand";
        let of =
            |pick: fn(&Seen) -> f64| median(&seen.iter().map(|round| pick(&round[0])).collect::<Vec<_>>());
        Ok(vec![
            figure("profile read", hand, reach(0.75, 0.9), (0, 1)),
            figure("profile read", "bare axum handler", reach(0.38, 0.48), (0, 3)),
            figure("the operation through the contract engine", operation, reach(0.85, 0.95), (4, 5)),
            figure("profile read", few, Goal::Tell, (0, 2)),
            figure("profile read", operation, Goal::Tell, (0, 5)),
            Figure::alone(
                "profile read, half are faster than",
                Unit::Milliseconds,
                Goal::Tell,
                of(|seen| seen.p50),
            ),
            Figure::alone(
                "profile read, 99 % are faster than",
                Unit::Milliseconds,
                Goal::Tell,
                of(|seen| seen.p99),
            ),
        ])
    }

    fn sign_ins(&self, connections: usize) -> Outcome<Load> {
        let load = self.load("sign_in.lua", &self.scene.url("/login"), connections);
        Ok(load.argument(self.scene.emails()?).argument(PASSWORD))
    }

    async fn sign_in(&self, product: &Product, memory: &mut Vec<f64>) -> Outcome<Vec<Figure>> {
        let load = self.sign_ins(CONNECTIONS)?;
        load.send_well(WARM_UP).await?;
        let mut samples = Vec::new();
        let mut halves = Vec::new();
        for round in 0..self.plan.long_slices {
            say(&format!("sign-ins, slice {}", round + 1));
            let sent = async || {
                let seen = watched(product, memory, load.send_well(self.plan.long_slice)).await?;
                halves.push(seen.p50);
                sleep(SETTLE).await;
                Ok(seen.per_second)
            };
            samples.push(beside(round, sent, async || self.hashes().await).await?);
        }
        let goal = Goal::Reach { target: 0.9, dream: 0.97 };
        Ok(vec![
            Figure::beside("sign-in", Unit::PerSecond, "argon2id, all processors", goal, samples),
            Figure::alone("sign-in, half are faster than", Unit::Milliseconds, Goal::Tell, median(&halves)),
        ])
    }

    async fn sign_up(&self) -> Outcome<Vec<Figure>> {
        let url = self.scene.url("/accounts");
        let mut samples = Vec::new();
        for round in 0..self.plan.long_slices {
            say(&format!("sign-ups, slice {}", round + 1));
            let load = self
                .load("sign_up.lua", &url, CONNECTIONS)
                .argument(format!("new-{round}"))
                .argument(PASSWORD);
            let sent = async || {
                let seen = load.send_well(self.plan.long_slice).await?;
                sleep(SETTLE).await;
                Ok(seen.per_second)
            };
            samples.push(beside(round, sent, async || self.hashes().await).await?);
        }
        let goal = Goal::Reach { target: 0.85, dream: 0.95 };
        Ok(vec![Figure::beside("sign-up", Unit::PerSecond, "argon2id, all processors", goal, samples)])
    }

    /// The raw rate.
    async fn hashes(&self) -> Outcome<f64> {
        let time = self.plan.long_slice;
        tokio::task::spawn_blocking(move || argon::per_second(time)).await?
    }

    async fn refresh(&self) -> Outcome<Vec<Figure>> {
        let mut samples = Vec::new();
        for round in 0..self.plan.long_slices {
            say(&format!("refreshes, slice {}", round + 1));
            let load = self.rotations(&self.scene).await?;
            let sent = async || Ok(load.send_well(self.plan.long_slice).await?.per_second);
            let (scratch, time) = (self.scratch.clone(), self.plan.long_slice);
            let limit = async || {
                let (scratch, time) = (scratch.clone(), time);
                tokio::task::spawn_blocking(move || sqlite::commits_per_second(&scratch, time)).await?
            };
            samples.push(beside(round, sent, limit).await?);
        }
        let goal = Goal::Reach { target: 1.5, dream: 2.5 };
        let limit = "SQLite commits of one row";
        Ok(vec![Figure::beside("refresh rotation", Unit::PerSecond, limit, goal, samples)])
    }

    /// Rotations over sessions of their own: a token that was shown before would end its session.
    async fn rotations(&self, scene: &Scene) -> Outcome<Load> {
        let members = scene.sign_in(CONNECTIONS).await?;
        let tokens = scene.lines("refresh", members.iter().map(|member| member.refresh.as_str()))?;
        Ok(self.load("rotate.lua", &scene.url("/token/refresh"), CONNECTIONS).argument(tokens).thread_each())
    }

    async fn postgres(&self) -> Outcome<Vec<Figure>> {
        say("starting PostgreSQL");
        let Some(database) = tokio::task::spawn_blocking(daemun_testpg::database).await? else {
            say("PostgreSQL is not installed: skipped");
            return Ok(Vec::new());
        };
        let contract = self.root.join("bench/bench.yaml");
        let scene = Scene::set_up(&self.scratch, &contract, Some(database.url())).await?;
        let product = Product::start(&self.program, &scene.config, scene.address).await?;
        let figures = self.on_postgres(&scene, &database).await;
        product.stop().await?;
        scene.daemun.db.close().await;
        // It waits for the program that removes the database.
        tokio::task::spawn_blocking(move || drop(database)).await?;
        figures
    }

    async fn on_postgres(&self, scene: &Scene, database: &TestDatabase) -> Outcome<Vec<Figure>> {
        self.rotations(scene).await?.send_well(WARM_UP).await?;
        let mut samples = Vec::new();
        for round in 0..self.plan.long_slices {
            say(&format!("refreshes on PostgreSQL, slice {}", round + 1));
            let load = self.rotations(scene).await?;
            let sent = async || Ok(load.send_well(self.plan.long_slice).await?.per_second);
            let limit =
                async || postgres::inserts_per_second(database.url(), &self.scratch, self.plan.long_slice).await;
            samples.push(beside(round, sent, limit).await?);
        }
        let goal = Goal::Reach { target: 0.3, dream: 0.5 };
        let limit = "inserts of one row, 32 clients";
        Ok(vec![Figure::beside("refresh rotation on PostgreSQL", Unit::PerSecond, limit, goal, samples)])
    }

    async fn queue(&self, product: &Product, memory: &mut Vec<f64>) -> Outcome<Vec<Figure>> {
        let [reads, ..] = self.reads()?;
        let sign_ins = self.sign_ins(QUEUED)?;
        let (mut late, mut rates) = (Vec::new(), Vec::new());
        for round in 0..self.plan.long_slices {
            say(&format!("reads while sign-ins queue, slice {}", round + 1));
            let alone = reads.send_well(self.plan.long_slice).await?;
            let queue = sign_ins.start(QUEUE_UP + self.plan.long_slice + IDLE)?;
            sleep(QUEUE_UP).await;
            let beside = watched(product, memory, reads.send_well(self.plan.long_slice)).await?;
            drop(queue);
            // What still waits is hashed before anything else is measured.
            sleep(IDLE).await;
            late.push(Sample { product: beside.p99, limit: alone.p99 });
            rates.push(Sample { product: beside.per_second, limit: alone.per_second });
        }
        let (name, few) = ("profile read while 200 sign-ins queue", "without");
        Ok(vec![
            Figure::beside(
                &format!("{name}, 99 % are faster than"),
                Unit::Milliseconds,
                few,
                Goal::Stay { target: 4.0, dream: 2.0 },
                late,
            ),
            Figure::beside(name, Unit::PerSecond, few, Goal::Tell, rates),
        ])
    }
}

/// Does the same to all, from the first to the last or, in odd rounds, the other way round; the results are in the
/// order of `all`.
async fn in_turns<T, R>(round: usize, all: &[T], measure: impl AsyncFn(&T) -> Outcome<R>) -> Outcome<Vec<R>> {
    let mut results = Vec::new();
    if round.is_multiple_of(2) {
        for one in all {
            results.push(measure(one).await?);
        }
    } else {
        for one in all.iter().rev() {
            results.push(measure(one).await?);
        }
        results.reverse();
    }
    Ok(results)
}

/// The product and its limit, in turns first.
async fn beside(
    round: usize,
    mut product: impl AsyncFnMut() -> Outcome<f64>,
    mut limit: impl AsyncFnMut() -> Outcome<f64>,
) -> Outcome<Sample> {
    if round.is_multiple_of(2) {
        let limit = limit().await?;
        Ok(Sample { product: product().await?, limit })
    } else {
        let product = product().await?;
        Ok(Sample { product, limit: limit().await? })
    }
}

/// Notes the server's memory as long as the work lasts.
async fn watched<T>(product: &Product, memory: &mut Vec<f64>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Ok(now) = product.memory() {
            memory.push(now);
        }
        match select(work, pin!(sleep(MEMORY_EVERY))).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), rest)) => work = rest,
        }
    }
}

fn say(text: &str) {
    eprintln!("bench: {text}");
}
