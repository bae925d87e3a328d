//! Whose something is: the app's in which it is asked for, or the server's, which keeps what administrators and its own
//! keys do under [`daemun_model::CONSOLE`].

use std::sync::Arc;

use daemun_model::{Failure, Permission, Reason};

use crate::call::Call;
use crate::daemun::Daemun;

/// The call, of the server where `of` says so. What is neither stands among the faults of the call.
///
/// # Errors
/// `forbidden` for the server's, to who may not see how the server does: no key of an app.
pub(crate) fn of(daemun: &Daemun, mut call: Call, of: Option<&str>) -> Result<Call, Failure> {
    match of {
        None | Some("app") => {}
        Some("server") => {
            call.permit(Permission::SystemRead)?;
            call.app = Arc::clone(&daemun.console);
        }
        Some(_) => call.faults.add("of", Reason::NotAChoice),
    }
    Ok(call)
}
