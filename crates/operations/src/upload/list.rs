//! `upload.list`: the files of an account, as who reviews it sees them.

use daemun_model::{Code, Failure, Permission, Timestamp};
use daemun_store::uploads;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::look;
use crate::account::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whose files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// The files.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The files, by kind and place.
    pub uploads: Vec<Listed>,
}

/// A file of an account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// The kind.
    pub kind: String,
    /// The path that the member named.
    pub path: String,
    /// Its place among the files of its kind, from 0.
    pub order: i64,
    /// Whether everybody who knows the path may see it.
    pub public: bool,
    /// Whether the file has arrived. A path for which no permission was given here has none.
    pub arrived: bool,
    /// Its type, where permission was given here.
    pub content_type: Option<String>,
    /// Its size in bytes, when it has arrived.
    pub size: Option<i64>,
    /// When the member named it.
    pub claimed_at: Timestamp,
}

pub(crate) fn operation() -> Operation {
    Operation::new("upload.list", "List the files of an account", list)
        .needs(Permission::ApprovalsRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// List the files of an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    look::all_of(&daemun, call.app.id, account.uuid).await?;
    let found = uploads::list_of_account(&mut daemun.reader(), call.app.id, account.uuid).await?;
    let listed = found.into_iter().map(|upload| Listed {
        kind: upload.kind,
        path: upload.path,
        order: upload.ordinal,
        public: upload.visibility == "public",
        arrived: upload.size.is_some(),
        content_type: upload.content_type,
        size: upload.size,
        claimed_at: upload.claimed_at,
    });
    Ok(Output { uploads: listed.collect() })
}
