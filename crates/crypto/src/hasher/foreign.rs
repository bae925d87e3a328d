//! Hashes of bcrypt and scrypt, which an import brings along. What they may cost is bounded: a hash is somebody's input,
//! and is worked at every time that somebody tries a password.

use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use bcrypt::HashParts;
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};
use scrypt::Params;

use crate::error::CryptoError;

const TOO_MUCH: &str = "it asks for more work than a password may cost";

/// The most that a bcrypt hash may cost: 2 to the 14th, a second of one core.
const MOST_BCRYPT_COST: u32 = 14;
/// The most memory that an scrypt hash may take: 128 N r bytes (RFC 7914 section 2), as much as argon2 may, 128 MiB.
const MOST_SCRYPT_BLOCKS: u64 = 1 << 20;
/// The most N r p that it may be, twice what OWASP's Password Storage Cheat Sheet asks for: a second of one core.
const MOST_SCRYPT_WORK: u64 = 1 << 21;
/// The shortest and the longest output that anybody stores, in bytes.
const SCRYPT_OUTPUT: std::ops::RangeInclusive<usize> = 16..=64;

/// A hash of bcrypt, `$2a$`, `$2b$` or `$2y$`.
#[derive(Debug)]
pub(super) struct Bcrypt {
    hash: String,
    of: Hashed,
}

/// What was hashed.
#[derive(Clone, Copy, Debug)]
enum Hashed {
    /// The password: its first 72 bytes.
    Password,
    /// The SHA-256 of the password in hexadecimal digits, as Django does to be rid of that limit.
    Digest,
}

impl Bcrypt {
    /// Reads a plain hash, or one of Django's `bcrypt$…` and `bcrypt_sha256$…`; nothing where it is none of these.
    pub(super) fn read(text: &str) -> Option<Result<Self, &'static str>> {
        let (hash, of) = match (text.strip_prefix("bcrypt_sha256$"), text.strip_prefix("bcrypt$")) {
            (Some(hash), _) => (hash, Hashed::Digest),
            (None, Some(hash)) => (hash, Hashed::Password),
            (None, None) => (text, Hashed::Password),
        };
        let known = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix));
        if !known {
            return None;
        }
        Some(match HashParts::from_str(hash) {
            Ok(parts) if parts.get_cost() > MOST_BCRYPT_COST => Err(TOO_MUCH),
            Ok(parts) if parts.get_cost() < 4 => Err("its cost is none of bcrypt's"),
            Ok(_) => Ok(Self { hash: hash.to_owned(), of }),
            Err(_) => Err("its parts are not those of bcrypt"),
        })
    }

    /// Whether the password has this hash. A password that bcrypt cannot take, as one with a NUL in it, has not.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self.of {
            Hashed::Password => bcrypt::verify(password, &self.hash),
            Hashed::Digest => bcrypt::verify(HEXLOWER.encode(digest(&SHA256, password).as_ref()), &self.hash),
        }
        .unwrap_or(false)
    }
}

/// A hash of scrypt.
#[derive(Debug)]
pub(super) struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Scrypt {
    /// Reads a PHC string (`$scrypt$ln=…`), Django's `scrypt$N$SALT$R$P$BASE64` or Werkzeug's `scrypt:N:R:P$SALT$HEX`;
    /// nothing where it is none of these.
    pub(super) fn read(text: &str) -> Option<Result<Self, &'static str>> {
        if let Some(rest) = text.strip_prefix("$scrypt$") {
            return Some(Self::read_phc(rest));
        }
        if let Some(rest) = text.strip_prefix("scrypt$") {
            return Some(Self::read_django(rest));
        }
        text.strip_prefix("scrypt:").map(Self::read_werkzeug)
    }

    fn read_phc(text: &str) -> Result<Self, &'static str> {
        let [params, salt, output] = text.split('$').collect::<Vec<_>>()[..] else {
            return Err("its parts are not those of scrypt");
        };
        let value = |name: &str| {
            let mut pairs = params.split(',').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let (Some(log), Some(r), Some(p)) = (value("ln"), value("r"), value("p")) else {
            return Err("its parameters are not those of scrypt");
        };
        let log: u8 = log.parse().map_err(|_| "its parameters are no numbers")?;
        let n = 1_u64.checked_shl(log.into()).ok_or(TOO_MUCH)?;
        let salt = BASE64_NOPAD.decode(salt.as_bytes()).map_err(|_| "its salt is no base64")?;
        let output = BASE64_NOPAD.decode(output.as_bytes()).map_err(|_| "its hash is no base64")?;
        Self::of((n, r, p), salt, output)
    }

    fn read_django(text: &str) -> Result<Self, &'static str> {
        let [n, salt, r, p, output] = text.split('$').collect::<Vec<_>>()[..] else {
            return Err("its parts are not those of scrypt");
        };
        let n = n.parse().map_err(|_| "its parameters are no numbers")?;
        let output = BASE64.decode(output.as_bytes()).map_err(|_| "its hash is no base64")?;
        Self::of((n, r, p), salt.as_bytes().to_vec(), output)
    }

    fn read_werkzeug(text: &str) -> Result<Self, &'static str> {
        let [params, salt, output] = text.split('$').collect::<Vec<_>>()[..] else {
            return Err("its parts are not those of scrypt");
        };
        let [n, r, p] = params.split(':').collect::<Vec<_>>()[..] else {
            return Err("its parameters are not those of scrypt");
        };
        let n = n.parse().map_err(|_| "its parameters are no numbers")?;
        let output = HEXLOWER.decode(output.as_bytes()).map_err(|_| "its hash is no hexadecimal number")?;
        Self::of((n, r, p), salt.as_bytes().to_vec(), output)
    }

    fn of((n, r, p): (u64, &str, &str), salt: Vec<u8>, output: Vec<u8>) -> Result<Self, &'static str> {
        let number = |text: &str| text.parse::<u32>().map_err(|_| "its parameters are no numbers");
        let (r, p) = (number(r)?, number(p)?);
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err("its parameters are none that scrypt has");
        }
        let blocks =
            n.checked_mul(r.into()).filter(|blocks| *blocks <= MOST_SCRYPT_BLOCKS).ok_or(TOO_MUCH)?;
        blocks.checked_mul(p.into()).filter(|work| *work <= MOST_SCRYPT_WORK).ok_or(TOO_MUCH)?;
        if !SCRYPT_OUTPUT.contains(&output.len()) {
            return Err("its hash has a length that none has");
        }
        let log = u8::try_from(n.trailing_zeros()).map_err(|_| TOO_MUCH)?;
        let params = Params::new(log, r, p).map_err(|_| "its parameters are none that scrypt has")?;
        Ok(Self { params, salt, output })
    }

    /// Whether the password has this hash.
    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, CryptoError> {
        let mut output = vec![0; self.output.len()];
        scrypt::scrypt(password, &self.salt, &self.params, &mut output)
            .map_err(|error| CryptoError::Hasher(error.to_string()))?;
        Ok(verify_slices_are_equal(&output, &self.output).is_ok())
    }
}
