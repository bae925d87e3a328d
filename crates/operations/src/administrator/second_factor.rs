//! The second factor: an authenticator app's seed, sealed under the master key, and ten recovery codes that are kept as
//! keyed hashes and shown once.

use daemun_crypto::Totp;
use daemun_model::{Code, Failure};
use daemun_store::administrators::Equipment;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::daemun::Daemun;

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a recovery code: 80 bits, 16 letters and digits.
const RECOVERY_BYTES: usize = 10;
/// Who the authenticator app says it is for.
const ISSUER: &str = "Daemun";
/// The most bytes of what is typed as a code.
const LONGEST_TYPED: usize = 128;

/// A seed that is shown and not yet proven. The server keeps nothing of it: a form carries it sealed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The seed, sealed for who is shown it: a hidden field.
    pub sealed: String,
    /// The seed as it is typed, in groups of four.
    pub secret: String,
    /// What the QR code says.
    pub uri: String,
}

/// A new seed for `owner`, which is what only they have (a link, a session).
///
/// # Errors
/// When the cryptographic library fails.
pub(super) fn draft(daemun: &Daemun, owner: &str, account: &str) -> Result<Draft, Failure> {
    let totp = Totp::new(&*daemun.random);
    let sealed = daemun.master.seal(&draft_of(owner), totp.seed()).map_err(Failure::broken)?;
    Ok(shown(&totp, BASE64URL_NOPAD.encode(&sealed), account))
}

/// The same draft once more, for a form that is shown again.
///
/// # Errors
/// `token_invalid` for what is no draft of this owner.
pub(super) fn same_draft(
    daemun: &Daemun,
    owner: &str,
    (sealed, account): (&str, &str),
) -> Result<Draft, Failure> {
    Ok(shown(&open_draft(daemun, owner, sealed)?, sealed.to_owned(), account))
}

fn shown(totp: &Totp, sealed: String, account: &str) -> Draft {
    let secret = totp.secret();
    let groups: Vec<&str> = (0..secret.len()).step_by(4).filter_map(|at| secret.get(at..at + 4)).collect();
    Draft { sealed, secret: groups.join(" "), uri: totp.uri(ISSUER, account).to_string() }
}

fn open_draft(daemun: &Daemun, owner: &str, sealed: &str) -> Result<Totp, Failure> {
    let invalid = || Failure::from(Code::TokenInvalid);
    let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(|_| invalid())?;
    let seed = daemun.master.open(&draft_of(owner), &sealed).map_err(|_| invalid())?;
    Totp::from_seed(&seed).ok_or_else(invalid)
}

fn draft_of(owner: &str) -> String {
    format!("draft of a second factor {owner}")
}

/// A seed that its owner has proven to have in an app.
pub(super) struct Proven {
    totp: Totp,
    /// The step whose code proved it: it works no second time.
    pub(super) step: i64,
}

/// Reads the code that proves a draft.
///
/// # Errors
/// `code_invalid` on `code`; `token_invalid` for what is no draft of this owner.
pub(super) fn prove_draft(
    daemun: &Daemun,
    owner: &str,
    (sealed, code): (&str, &str),
) -> Result<Proven, Failure> {
    let totp = open_draft(daemun, owner, sealed)?;
    let step = totp.step_of(&read(code), daemun.clock.now()).ok_or(Code::CodeInvalid.on("code"))?;
    Ok(Proven { totp, step })
}

impl Proven {
    /// The seed as it is kept.
    pub(super) fn seal(&self, daemun: &Daemun, administrator: Uuid) -> Result<Vec<u8>, Failure> {
        daemun.master.seal(&kept(administrator), self.totp.seed()).map_err(Failure::broken)
    }

    /// With a password, what an administrator proves themselves with from now on.
    pub(super) fn equip(
        &self,
        daemun: &Daemun,
        administrator: Uuid,
        password_hash: String,
    ) -> Result<Equipment, Failure> {
        Ok(Equipment { password_hash, totp_sealed: self.seal(daemun, administrator)?, totp_step: self.step })
    }
}

/// The seed that is kept.
///
/// # Errors
/// `internal` under another master key.
pub(super) fn open(daemun: &Daemun, administrator: Uuid, sealed: &[u8]) -> Result<Totp, Failure> {
    let seed = daemun.master.open(&kept(administrator), sealed).map_err(Failure::broken)?;
    Totp::from_seed(&seed).ok_or_else(|| Failure::broken("a seed of another length"))
}

fn kept(administrator: Uuid) -> String {
    format!("second factor {administrator}")
}

/// What somebody typed: full-width letters are letters, spaces and dashes nothing.
pub(super) fn read(typed: &str) -> String {
    let typed = if typed.len() > LONGEST_TYPED { "" } else { typed };
    typed
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
        .collect::<String>()
        .to_ascii_uppercase()
}

/// New recovery codes as they are shown, and as they are kept.
pub(super) struct RecoveryCodes {
    pub(super) shown: Vec<String>,
    pub(super) digests: Vec<String>,
}

impl RecoveryCodes {
    pub(super) fn new(daemun: &Daemun, administrator: Uuid) -> Self {
        let codes: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| BASE32_NOPAD.encode(&daemun.random.bytes::<RECOVERY_BYTES>()))
            .collect();
        let digests = codes.iter().map(|code| recovery_digest(daemun, administrator, code)).collect();
        let grouped = |code: &String| {
            let groups: Vec<&str> =
                (0..code.len()).step_by(4).filter_map(|at| code.get(at..at + 4)).collect();
            groups.join("-").to_ascii_lowercase()
        };
        Self { shown: codes.iter().map(grouped).collect(), digests }
    }
}

/// How a recovery code is kept.
pub(super) fn recovery_digest(daemun: &Daemun, administrator: Uuid, code: &str) -> String {
    daemun.master.keyed_digest(&format!("recovery code {administrator}"), code)
}
