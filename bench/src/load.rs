//! Load: wrk with one of our scenarios.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::fault::Outcome;

/// What wrk is told.
#[derive(Clone, Debug)]
pub struct Load {
    scenario: PathBuf,
    url: String,
    arguments: Vec<String>,
    threads: usize,
    connections: usize,
}

/// What wrk saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Answers a second.
    pub per_second: f64,
    /// Half of the answers were faster: milliseconds.
    pub p50: f64,
    /// Ninety-nine of a hundred answers were faster: milliseconds.
    pub p99: f64,
    /// Answers of status 400 and above.
    pub refused: u64,
    /// Connections that failed, requests without an answer.
    pub broken: u64,
}

/// The threads of wrk where a thread is not a session.
const THREADS: usize = 2;

impl Load {
    /// A scenario of `folder`, over as many connections, against one URL.
    pub fn new(folder: &Path, scenario: &str, url: &str, connections: usize) -> Self {
        Self {
            scenario: folder.join(scenario),
            url: url.to_owned(),
            arguments: Vec::new(),
            threads: THREADS.min(connections),
            connections,
        }
    }

    /// Adds an argument of the scenario.
    #[must_use]
    pub fn argument(mut self, text: impl Into<String>) -> Self {
        self.arguments.push(text.into());
        self
    }

    /// A thread for each connection, so that what a script remembers belongs to one connection.
    #[must_use]
    pub const fn thread_each(mut self) -> Self {
        self.threads = self.connections;
        self
    }

    fn command(&self, time: Duration) -> Command {
        let mut command = Command::new("wrk");
        command
            .arg(format!("--threads={}", self.threads))
            .arg(format!("--connections={}", self.connections))
            .arg(format!("--duration={}s", time.as_secs().max(1)))
            .arg("--timeout=20s")
            .arg("--script")
            .arg(&self.scenario)
            .arg(&self.url)
            .arg("--")
            .args(&self.arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Sends for that time, rounded down to seconds, and tells what came back.
    ///
    /// # Errors
    /// When wrk is not there, or anything but an answer came back.
    pub async fn send(&self, time: Duration) -> Outcome<Seen> {
        let output = self.command(time).output().await.map_err(|error| format!("wrk: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let seen = read(&text).ok_or_else(|| {
            format!("wrk on {}: {text}{}", self.url, String::from_utf8_lossy(&output.stderr))
        })?;
        if seen.broken > 0 || text.contains("bench stopped") {
            return Err(format!("{} did not answer everything: {text}", self.url).into());
        }
        Ok(seen)
    }

    /// As [`Load::send`], where every answer must be a good one.
    ///
    /// # Errors
    /// When one was not.
    pub async fn send_well(&self, time: Duration) -> Outcome<Seen> {
        let seen = self.send(time).await?;
        if seen.refused > 0 {
            return Err(format!("{} refused {} requests", self.url, seen.refused).into());
        }
        Ok(seen)
    }

    /// Sends in the background until it is dropped, for that time at most.
    ///
    /// # Errors
    /// When wrk is not there.
    pub fn start(&self, time: Duration) -> Outcome<Child> {
        let mut command = self.command(time);
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }
}

/// The scenario's last line.
fn read(text: &str) -> Option<Seen> {
    let line = text.lines().find_map(|line| line.strip_prefix("bench requests="))?;
    let mut numbers = format!("requests={line}")
        .split(' ')
        .map(|pair| pair.split_once('=')?.1.parse::<f64>().ok())
        .collect::<Option<Vec<_>>>()?
        .into_iter();
    let (requests, micros) = (numbers.next()?, numbers.next()?);
    let (p50, p99) = (numbers.next()? / 1000.0, numbers.next()? / 1000.0);
    let (refused, broken) = (numbers.next()? as u64, numbers.next()? as u64);
    Some(Seen { per_second: requests / micros * 1e6, p50, p99, refused, broken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_scenario_is_read() {
        let text =
            "Running 1s test\nbench requests=5000 micros=2000000 p50=300 p99=4500 refused=1 broken=2\n";
        let seen = read(text).unwrap();
        assert_eq!((seen.per_second, seen.p50, seen.p99), (2500.0, 0.3, 4.5));
        assert_eq!((seen.refused, seen.broken), (1, 2));
        assert!(read("nothing").is_none());
    }
}
