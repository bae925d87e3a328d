//! Opening a session: the row is written in the transaction of what opens it, the tokens are signed after it.

use daemun_crypto::digest;
use daemun_model::{Account, AccountUuid, Failure, Session, TokenPolicy, Tokens};
use daemun_store::sessions::{Credential, NewSession};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::{keys, secret, token};

/// The most characters of a user agent that are kept.
const LONGEST_USER_AGENT: usize = 300;

/// A session that is about to be opened.
#[derive(Clone)]
pub(crate) struct Opening {
    /// The row to be written.
    pub row: NewSession,
    /// The token of an opaque session, of which the row has the digest.
    opaque: Option<String>,
}

/// Prepares a session of an account that begins now.
pub(crate) async fn prepare(daemun: &Daemun, call: &Call, account: AccountUuid) -> Result<Opening, Failure> {
    let now = daemun.clock.now();
    let absolute = match &call.app.tokens {
        TokenPolicy::Jwt { refresh, .. } => refresh.absolute,
        TokenPolicy::Opaque(policy) => policy.absolute,
    };
    let session = Session {
        id: daemun.random.uuid_v7(now),
        app: call.app.id,
        account,
        auth_time: now,
        expires_at: now.plus_seconds(absolute),
    };
    let (credential, opaque) = match &call.app.tokens {
        TokenPolicy::Jwt { refresh, .. } => {
            let key = keys::signing_now(daemun, &call.app).await?;
            let parts = token::new_parts(daemun, refresh, key.kid(), 1, session.expires_at);
            (Credential::Refresh(parts), None)
        }
        TokenPolicy::Opaque(policy) => {
            let token = secret::hex_token(&*daemun.random, policy.hex);
            (Credential::Opaque(digest(&token)), Some(token))
        }
    };
    let address = call.client.address.to_canonical().to_string();
    let row = NewSession { session, user_agent: user_agent(call), address, credential };
    Ok(Opening { row, opaque })
}

/// The tokens of a session that was opened.
pub(crate) async fn tokens(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    opened: Opening,
) -> Result<Tokens, Failure> {
    match (opened.row.credential, opened.opaque) {
        (Credential::Refresh(parts), _) => {
            token::pair(daemun, call, account, opened.row.session.id, &parts).await
        }
        (Credential::Opaque(_), opaque) => {
            let idle = match &call.app.tokens {
                TokenPolicy::Opaque(policy) => policy.idle.min(policy.absolute),
                TokenPolicy::Jwt { access, .. } => access.lifetime,
            };
            Ok(Tokens { access: opaque.unwrap_or_default(), refresh: None, expires_in: idle })
        }
    }
}

fn user_agent(call: &Call) -> Option<String> {
    let text = call.client.user_agent.as_deref()?;
    let visible: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect();
    (!visible.is_empty()).then_some(visible)
}
