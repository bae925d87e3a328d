//! The retention of keys: one that signs no more is forgotten when its last token is gone.

use daemun_model::{AppId, Failure};
use daemun_store::{sessions, signing_keys};

use crate::daemun::Daemun;

/// Seconds after a key's successor began to sign in which access tokens of it may be out there: they live for half an
/// hour at most, and a node may be a minute late.
const ACCESS_TOKENS_GONE: i64 = 3600;

/// Forgets the keys of an app that nothing hangs on any more, and tells how many.
pub(crate) async fn retire(daemun: &Daemun, app: AppId) -> Result<u64, Failure> {
    let now = daemun.clock.now();
    let superseded_before = now.plus_seconds(-ACCESS_TOKENS_GONE);
    let keys = signing_keys::list(&mut daemun.reader(), app).await?;
    let mut retired = 0;
    for pair in keys.windows(2) {
        let [old, successor] = pair else { continue };
        if successor.signs_from > superseded_before {
            break;
        }
        if sessions::key_is_in_use(&mut daemun.reader(), app, &old.kid, now).await? {
            continue;
        }
        let kid = old.kid.clone();
        let gone = daemun.db.write(async move |tx| Ok(signing_keys::delete(tx, app, &kid).await?)).await?;
        retired += u64::from(gone);
    }
    Ok(retired)
}
