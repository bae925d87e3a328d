//! Which passwords are accepted (NIST SP 800-63B-4 section 3.1.1.2): length, the common ones, what is known of
//! the member. No rules of composition.

use std::fmt;
use std::sync::LazyLock;

use daemun_model::Reason;
use daemun_model::text::fold;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest code points.
pub const FEWEST: usize = 8;
/// The most code points.
pub const MOST: usize = 256;
/// The most bytes as sent; beyond it nothing is normalised or hashed.
pub const MOST_BYTES: usize = 1024;

/// A password that a member chose and the rules accept, in NFKC. It is wiped from memory when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The bytes that are hashed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// NFKC, once (NIST SP 800-63B-4 section 3.1.1.2), with nothing trimmed or cut.
pub(crate) fn normalise(text: &str) -> Zeroizing<String> {
    // NFKC makes a character up to eleven times as long: with room from the start no copy is left behind.
    let mut normal = Zeroizing::new(String::with_capacity(text.len().saturating_mul(11)));
    normal.extend(text.nfkc());
    normal
}

/// Reads a new password. `known` is what it must not equal, each with the input field it comes from:
/// `[("email", "user@example.com"), ("email", "user"), ("service", "Example")]`. Containing one is fine.
/// A `phone_number` also equals its spellings without the country code or with punctuation.
///
/// # Errors
/// Every reason there is: `Blank`, `TooShort` or `TooLong` alone, else `TooCommon` and one `TooSimilar` a field.
pub fn check(text: &str, known: &[(&'static str, &str)]) -> Result<Password, Vec<Reason>> {
    if text.len() > MOST_BYTES {
        return Err(vec![Reason::TooLong { max: MOST }]);
    }
    if text.trim().is_empty() {
        return Err(vec![Reason::Blank]);
    }
    let password = normalise(text);
    let length = password.chars().count();
    if length < FEWEST {
        return Err(vec![Reason::TooShort { min: FEWEST }]);
    }
    if length > MOST {
        return Err(vec![Reason::TooLong { max: MOST }]);
    }
    let reasons = guessable(&Zeroizing::new(fold(&password)), known);
    if reasons.is_empty() { Ok(Password(password)) } else { Err(reasons) }
}

fn guessable(folded: &str, known: &[(&'static str, &str)]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if is_common(folded) {
        reasons.push(Reason::TooCommon);
    }
    for &(to, value) in known {
        let reason = Reason::TooSimilar { to };
        if equals_known(folded, to, value) && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

fn equals_known(folded: &str, field: &str, value: &str) -> bool {
    let value = fold(value);
    folded == value || folded == value.trim() || (field == "phone_number" && same_number(folded, &value))
}

/// Whether a password is a phone number in another spelling: `010-1234-5678` for `+821012345678`.
fn same_number(password: &str, number: &str) -> bool {
    let is_filler = |character: char| " -().+/".contains(character);
    if !password.chars().all(|character| character.is_ascii_digit() || is_filler(character)) {
        return false;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (password, number) = (digits(password), digits(number));
    let national = password.trim_start_matches('0');
    national.len() >= FEWEST - 1 && number.ends_with(national)
}

/// Whether a folded password is on the list of those that everybody tries first.
fn is_common(folded: &str) -> bool {
    COMMON.binary_search(&folded).is_ok()
}

/// The list's lines, sorted by bytes (see `data/README.md`).
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../data/common_passwords.txt").lines().collect());
