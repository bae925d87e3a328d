//! What it is measured on, and who else was at work.

use std::fs;
use std::time::Duration;

use tokio::time::sleep;

use crate::fault::Outcome;

/// The machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// One line for people.
    pub description: String,
    /// The largest share of the processors that others used while the bench stood still, from 0 to 1.
    pub others: f64,
}

/// How long the bench stands still to see what others do.
const LOOK: Duration = Duration::from_millis(500);

impl Machine {
    /// Looks at the machine.
    pub fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
        };
        let processor = field(&read("/proc/cpuinfo"), "model name");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let kib: f64 =
            field(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
        let system = read("/etc/os-release");
        let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux");
        let kernel = read("/proc/sys/kernel/osrelease");
        let description = format!(
            "{cores} × {processor}, {:.0} GiB, {}, Linux {}",
            kib / 1024.0 / 1024.0,
            system.trim_matches('"'),
            kernel.trim()
        );
        Self { description, others: 0.0 }
    }

    /// Stands still for a moment and notes what others do. Nothing of ours may be at work.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn watch(&mut self) -> Outcome<()> {
        let before = ticks()?;
        sleep(LOOK).await;
        let after = ticks()?;
        let (busy, all) = (after.0 - before.0, after.1 - before.1);
        self.others = self.others.max(busy / all.max(1.0));
        Ok(())
    }
}

/// The ticks that all processors were busy (or taken away by the host), and all ticks.
fn ticks() -> Outcome<(f64, f64)> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().ok_or("/proc/stat is empty")?;
    let ticks = line.split_whitespace().skip(1).take(8).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let all: f64 = ticks.iter().sum();
    // The fourth and fifth are idle and waiting for a disk.
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((all - idle, all))
}
