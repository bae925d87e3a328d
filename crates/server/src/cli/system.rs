//! `daemun system`: how the server does.

use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Args;
use daemun_operations::system::show;
use daemun_operations::{Call, Client, Operator};
use serde_json::json;

use super::Located;
use super::output::{Failed, Form, object, refused};

#[derive(Debug, Args)]
pub(super) struct System {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, wanted: &System) -> Result<(), Failed> {
    let opened = place.open().await?;
    let Some(first) = opened.plans.first() else { return Err(Failed::Told("there is no app".to_owned())) };
    let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
    let request_id = opened.daemun.random.uuid_v4().simple().to_string();
    let call = Call::new(Arc::new(first.app.clone()), client, request_id);
    let call = Call { operator: Some(Operator::cli()), ..call };
    let found = show::show(opened.daemun, call, show::Input {}).await.map_err(|failure| refused(&failure))?;
    object(&json!(found), Form::of(wanted.json))
}
