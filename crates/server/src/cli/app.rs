//! `daemun app …`

use clap::Subcommand;
use serde_json::Value;

use super::Located;
use super::output::{Failed, Form, Rows};
use crate::core;

#[derive(Debug, Subcommand)]
pub(super) enum AppCommand {
    /// List the apps with their contracts, mounts and hosts.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(place: &Located, command: &AppCommand) -> Result<(), Failed> {
    let AppCommand::List { json } = command;
    let loaded = place.load(None)?;
    let mut rows = Rows::new(&["name", "title", "contract", "version", "mount", "hosts", "public_url"]);
    for plan in core::plan(&loaded, None)? {
        let mount = if plan.app.mount.is_empty() { "/".to_owned() } else { plan.app.mount };
        rows.add(vec![
            plan.app.name.into(),
            plan.app.title.into(),
            plan.contract.name.clone().into(),
            plan.contract.version.clone().into(),
            mount.into(),
            plan.hosts.into_iter().map(Value::from).collect::<Vec<_>>().into(),
            plan.app.public_url.into(),
        ]);
    }
    rows.print(Form::of(*json))
}
