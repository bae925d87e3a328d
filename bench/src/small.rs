//! What is measured without load: starting, and reading a contract.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::fault::Outcome;
use crate::figures::median;
use crate::product::Product;
use crate::scene::Scene;

/// How often a contract is read.
const READS: usize = 21;

/// Starts the server again and again on a database that exists; the median in milliseconds.
///
/// # Errors
/// When it does not start or stop.
pub async fn start_to_ready(program: &Path, scene: &Scene, starts: usize) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..starts {
        let product = Product::start(program, &scene.config, scene.address).await?;
        times.push(milliseconds(product.ready_after));
        product.stop().await?;
    }
    Ok(median(&times))
}

/// Loads and checks every contract of a folder: the slowest one's name and median in milliseconds.
///
/// # Errors
/// When there is none, or one has faults.
pub fn slowest_contract(folder: &Path) -> Outcome<(String, f64)> {
    let mut slowest = None;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !name.ends_with(".yaml") || name.ends_with(".examples.yaml") || name.ends_with(".demo.yaml") {
            continue;
        }
        let time = load(&name, &std::fs::read_to_string(&path)?)?;
        if slowest.as_ref().is_none_or(|(_, slower)| time > *slower) {
            slowest = Some((name, time));
        }
    }
    slowest.ok_or_else(|| format!("{}: there is no contract", folder.display()).into())
}

fn load(name: &str, text: &str) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..READS {
        let began = Instant::now();
        let loaded = daemun_contract::load(name, text);
        times.push(milliseconds(began.elapsed()));
        loaded.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(median(&times))
}

/// A duration in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The time so many seconds from now, in seconds since 1970.
///
/// # Errors
/// When the machine's clock stands before that.
pub fn seconds_from_now(seconds: u64) -> Outcome<u64> {
    let now = std::fs::metadata("/proc/self")?.modified()?.duration_since(std::time::UNIX_EPOCH)?;
    Ok(now.as_secs() + seconds)
}
