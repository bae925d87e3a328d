//! Codes of an authenticator app: TOTP (RFC 6238) with what every such app knows: SHA-1, 30 seconds, six digits.

use std::fmt;

use aws_lc_rs::hmac;
use daemun_model::{Random, Timestamp};
use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Seconds of a time step (RFC 6238 section 4.1).
pub const STEP_SECONDS: i64 = 30;
/// Bytes of a seed: as long as the hash (RFC 4226 section 4, requirement 6).
const SEED: usize = 20;
/// Steps that a clock may be off, before and after (RFC 6238 section 5.2).
const TOLERANCE: i64 = 1;

/// The secret that an authenticator app shares with us. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Totp(Zeroizing<[u8; SEED]>);

impl Totp {
    /// A new seed.
    pub fn new(random: &dyn Random) -> Self {
        Self(Zeroizing::new(random.bytes::<SEED>()))
    }

    /// The seed of what [`Self::seed`] gave; none where the length is another.
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        seed.try_into().ok().map(|seed| Self(Zeroizing::new(seed)))
    }

    /// The seed, to be sealed.
    pub fn seed(&self) -> &[u8] {
        &*self.0
    }

    /// The seed as it is typed into an app that cannot read the QR code: 32 letters and digits.
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// What the QR code says (the key URI format that authenticator apps agree on).
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = self.secret();
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *secret))
    }

    /// The step whose code this is, of the one at a moment, the one before and the one after: whoever lets a code in
    /// keeps the step, and lets none in that is not greater.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let current = now.seconds().div_euclid(STEP_SECONDS);
        let fits = |step: &i64| bool::from(self.code(*step).as_bytes().ct_eq(code.as_bytes()));
        (current - TOLERANCE..=current + TOLERANCE).rfind(fits)
    }

    /// The code of a step: six digits (RFC 4226 section 5.3).
    pub fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0x0f);
        let number =
            tag[offset..offset + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(..)")
    }
}

/// As RFC 3986 section 2.1 has it, with nothing but the unreserved characters as they are.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> Totp {
        Totp::from_seed(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, SHA-1; of eight digits the last six.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().code(seconds / STEP_SECONDS), code);
            assert_eq!(rfc().step_of(code, Timestamp::from_seconds(seconds)), Some(seconds / STEP_SECONDS));
        }
    }

    #[test]
    fn a_clock_may_be_off_by_one_step_and_no_more() {
        let (totp, now) = (rfc(), Timestamp::from_seconds(1_234_567_890));
        let step = 1_234_567_890 / STEP_SECONDS;
        for (off, right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            assert_eq!(totp.step_of(&totp.code(step + off), now), right.then_some(step + off), "{off}");
        }
        for wrong in ["", "005925", "5924", "0059240", "００５９２４"] {
            assert_eq!(totp.step_of(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn the_uri_names_issuer_and_account() {
        assert_eq!(
            *rfc().uri("Corner Shop", "ann@example.com"),
            "otpauth://totp/Corner%20Shop:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Corner%20Shop"
        );
    }

    #[test]
    fn a_seed_does_not_show_itself_and_has_its_length() {
        assert_eq!(format!("{:?}", rfc()), "Totp(..)");
        assert!(Totp::from_seed(b"short").is_none());
    }
}
