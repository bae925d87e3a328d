//! Measures Daemun beside what this machine can do, in one run, and prints the ratios. `README.md` says how to
//! read them; `scripts/bench` builds both and starts this.

mod fault;
mod figures;
mod limits;
mod load;
mod machine;
mod plan;
mod product;
mod report;
mod scene;
mod small;
mod speed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use fault::Outcome;
use plan::Plan;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the script says.
#[derive(Debug, Parser)]
#[command(about = "Measures Daemun beside the limits of this machine")]
struct Arguments {
    /// About two minutes: every figure once. The table is printed, not kept.
    #[arg(long)]
    quick: bool,
    /// Only the figures whose name contains this word. The table is printed, not kept.
    #[arg(long)]
    only: Option<String>,
    /// The program that is measured.
    #[arg(long)]
    server: PathBuf,
    /// The repository.
    #[arg(long)]
    root: PathBuf,
    /// Where databases are put while it runs: a disk, not memory, or durable writes cost nothing.
    #[arg(long)]
    scratch: PathBuf,
    /// What is written above the table: the commit.
    #[arg(long)]
    commit: String,
    /// What is written above the table: the day.
    #[arg(long)]
    date: String,
}

fn main() -> ExitCode {
    daemun_server::install_tls();
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let measured = match runtime {
        Ok(runtime) => runtime.block_on(measure(&arguments)),
        Err(error) => Err(error.into()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> Outcome<()> {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    let mut bench = speed::Bench::set_up(arguments, plan).await?;
    let figures = bench.run(arguments.only.as_deref()).await;
    bench.tear_down().await;
    let table = report::table(&figures?, bench.machine(), arguments);
    println!("\n{table}");
    if !arguments.quick && arguments.only.is_none() {
        report::keep(&arguments.root.join("bench/README.md"), &table)?;
    }
    Ok(())
}
