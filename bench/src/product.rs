//! The server that is measured, as a process of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::fault::Outcome;

/// A server that is ready. Dropping it kills it.
#[derive(Debug)]
pub struct Product {
    process: Child,
    /// From its start to its first `/readyz` of status 200.
    pub ready_after: Duration,
}

/// How long a server may take to be ready, or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

impl Product {
    /// Starts `daemun serve` with a configuration; its log goes to a file in that folder, as on a real machine.
    ///
    /// # Errors
    /// When it is not ready in time, with what it said.
    pub async fn start(program: &Path, config: &Path, address: SocketAddr) -> Outcome<Self> {
        let log = config.with_extension("log");
        let began = Instant::now();
        let process = Command::new(program)
            .arg("serve")
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let mut product = Self { process, ready_after: Duration::ZERO };
        while !is_ready(address).await {
            if began.elapsed() > PATIENCE || product.process.try_wait()?.is_some() {
                return Err(format!("the server is not ready: {}", fs::read_to_string(&log)?).into());
            }
            sleep(Duration::from_millis(1)).await;
        }
        product.ready_after = began.elapsed();
        Ok(product)
    }

    /// Its resident memory in MiB.
    ///
    /// # Errors
    /// When it is gone.
    pub fn memory(&self) -> Outcome<f64> {
        let id = self.process.id().ok_or("the server is gone")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 =
            line.ok_or("a process without memory")?.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Stops it as an operator does.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub async fn stop(mut self) -> Outcome<()> {
        if let Some(id) = self.process.id() {
            Command::new("kill").arg(id.to_string()).status().await?;
        }
        let stopped = timeout(PATIENCE, self.process.wait()).await;
        stopped.map_err(|_| "the server does not stop")??;
        Ok(())
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with(b"HTTP/1.1 200"))
    };
    timeout(Duration::from_secs(2), ask).await.is_ok_and(|answered| answered.unwrap_or(false))
}
