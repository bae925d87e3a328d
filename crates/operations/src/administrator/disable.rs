//! `administrator.disable`: keeps an administrator out.

use daemun_model::{Code, Failure, Permission};

use super::{manage, of_server, show};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.disable", "Keep an administrator out", disable)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Keep an administrator out, at once and on every node. `administrator.reset` lets them in again.
///
/// # Errors
/// Those of [`operation`]; `forbidden` also where no owner would be left, and for one who may what the caller may not.
pub async fn disable(daemun: Daemun, call: Call, input: show::Input) -> Result<show::Output, Failure> {
    let call = of_server(&daemun, call);
    let found = show::show(daemun.clone(), call.clone(), input).await?.administrator;
    manage::disable(daemun.clone(), call.clone(), found.uuid).await?;
    let now = manage::find(&daemun, &call, &found.uuid.to_string()).await?;
    Ok(show::Output { administrator: now.into() })
}
