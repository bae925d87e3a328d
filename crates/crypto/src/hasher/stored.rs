//! The forms in which a hash may be stored: ours, and those that an import brings along.

use std::num::NonZero;

use aws_lc_rs::pbkdf2;
use data_encoding::BASE64;

use super::argon::{Argon, Cost, Memory};
use super::foreign::{Bcrypt, Scrypt};
use crate::error::CryptoError;

/// The most iterations of PBKDF2 that a stored hash may ask for: a second of one core.
const MOST_PBKDF2_ITERATIONS: u32 = 3_000_000;
/// The longest output of PBKDF2-HMAC-SHA-256 that anybody stores, in bytes.
const LONGEST_PBKDF2_OUTPUT: usize = 64;

/// A stored hash that was understood. A new foreign form is a new variant here.
#[derive(Debug)]
pub(super) enum Stored {
    /// argon2, as a PHC string: ours, and that of fastapi-users and others.
    Argon(Argon),
    /// Django's `pbkdf2_sha256$ITERATIONS$SALT$BASE64`.
    DjangoPbkdf2 {
        /// How often.
        iterations: NonZero<u32>,
        /// The salt's text, taken as bytes.
        salt: String,
        /// What came out.
        output: Vec<u8>,
    },
    /// bcrypt, plain or as Django keeps it.
    Bcrypt(Bcrypt),
    /// scrypt, as a PHC string or as Django or Werkzeug keep it.
    Scrypt(Scrypt),
}

impl Stored {
    /// Understands a stored hash; why it cannot be used otherwise.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        if let Some(rest) = text.strip_prefix("pbkdf2_sha256$") {
            return read_django_pbkdf2(rest);
        }
        if let Some(bcrypt) = Bcrypt::read(text) {
            return bcrypt.map(Self::Bcrypt);
        }
        match Scrypt::read(text) {
            Some(scrypt) => scrypt.map(Self::Scrypt),
            None => Argon::read(text).map(Self::Argon),
        }
    }

    /// Whether the password has this hash.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Result<bool, CryptoError> {
        match self {
            Self::Argon(argon) => argon.matches(password, memory),
            Self::DjangoPbkdf2 { iterations, salt, output } => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
                Ok(pbkdf2::verify(algorithm, *iterations, salt.as_bytes(), password, output).is_ok())
            }
            Self::Bcrypt(bcrypt) => Ok(bcrypt.matches(password)),
            Self::Scrypt(scrypt) => scrypt.matches(password),
        }
    }

    /// Whether the password should be hashed again.
    pub(super) fn is_weaker_than(&self, cost: &Cost) -> bool {
        match self {
            Self::Argon(argon) => argon.is_weaker_than(cost),
            Self::DjangoPbkdf2 { .. } | Self::Bcrypt(_) | Self::Scrypt(_) => true,
        }
    }
}

fn read_django_pbkdf2(text: &str) -> Result<Stored, &'static str> {
    let [iterations, salt, output] = text.split('$').collect::<Vec<_>>()[..] else {
        return Err("its parts are not those of pbkdf2_sha256");
    };
    let iterations = iterations.parse::<NonZero<u32>>().map_err(|_| "its iterations are no number")?;
    if iterations.get() > MOST_PBKDF2_ITERATIONS {
        return Err("it asks for more work than a password may cost");
    }
    let output = BASE64.decode(output.as_bytes()).map_err(|_| "its hash is no base64")?;
    if output.len() < 16 || output.len() > LONGEST_PBKDF2_OUTPUT {
        return Err("its hash has a length that none has");
    }
    Ok(Stored::DjangoPbkdf2 { iterations, salt: salt.to_owned(), output })
}
