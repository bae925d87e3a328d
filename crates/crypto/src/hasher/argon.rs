//! argon2 over memory that is used again and again.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use password_hash::phc::{Output, ParamsString, PasswordHash, Salt};

use crate::error::CryptoError;

/// Bytes of a new salt (RFC 9106 section 3.1).
pub(super) const SALT: usize = 16;
/// Bytes of a new hash.
const OUTPUT: usize = 32;

/// The most that a stored hash may ask of a thread: 128 MiB, 16 times, 16 lanes.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_ITERATIONS: u32 = 16;
const MOST_LANES: u32 = 16;

/// The cost of new hashes.
#[derive(Clone, Debug)]
pub(super) struct Cost(Params);

impl Cost {
    /// Costs of argon2id; see [`super::HasherOptions`].
    pub(super) fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, argon2::Error> {
        Params::new(memory_kib, iterations, parallelism, Some(OUTPUT)).map(Self)
    }
}

/// The memory of one hashing thread, as large as our own hashes need from the first use on.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        &mut self.0
    }

    /// Gives back what a foreign hash took beyond our own cost.
    pub(super) fn shrink_to(&mut self, cost: &Cost) {
        let count = cost.0.block_count();
        if self.0.len() > count {
            self.0.truncate(count);
            self.0.shrink_to_fit();
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} KiB)", self.0.len())
    }
}

/// A hash that argon2 made.
#[derive(Debug)]
pub(super) struct Argon {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Argon {
    /// Reads a PHC string; what is wrong with it otherwise.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let hash = PasswordHash::new(text).map_err(|_| "it is no PHC string")?;
        let algorithm = hash.algorithm.as_str().parse().map_err(|_| "its algorithm is unknown")?;
        let version = match hash.version {
            // The reference implementation wrote no version before 1.3.
            None => Version::V0x10,
            Some(number) => Version::try_from(number).map_err(|_| "its version is unknown")?,
        };
        let params = Params::try_from(&hash).map_err(|_| "its parameters are malformed")?;
        if params.m_cost() > MOST_MEMORY_KIB
            || params.t_cost() > MOST_ITERATIONS
            || params.p_cost() > MOST_LANES
        {
            return Err("it asks for more work than a password may cost");
        }
        let salt = hash.salt.ok_or("it has no salt")?;
        let output = hash.hash.ok_or("it has no hash")?;
        Ok(Self { algorithm, version, params, salt, output })
    }

    /// A hash that no password has, of the cost of new ones.
    pub(super) fn nobody(cost: &Cost, salt: &[u8; SALT], output: &[u8; OUTPUT]) -> Result<Self, CryptoError> {
        let broken = |error: password_hash::phc::Error| CryptoError::Hasher(error.to_string());
        Ok(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: cost.0.clone(),
            salt: Salt::new(salt).map_err(broken)?,
            output: Output::new(output).map_err(broken)?,
        })
    }

    /// Whether the password has this hash.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Result<bool, CryptoError> {
        let mut output = vec![0; self.output.len()];
        let blocks = memory.blocks(self.params.block_count());
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password, &self.salt, &mut output, blocks)
            .map_err(|error| CryptoError::Hasher(error.to_string()))?;
        Ok(verify_slices_are_equal(&output, self.output.as_bytes()).is_ok())
    }

    /// Whether a new hash of this cost would be stronger.
    pub(super) fn is_weaker_than(&self, cost: &Cost) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params.m_cost() < cost.0.m_cost()
            || self.params.t_cost() < cost.0.t_cost()
            || self.salt.len() < SALT
            || self.output.len() < OUTPUT
    }
}

/// A new argon2id hash as a PHC string.
pub(super) fn hash(
    password: &[u8],
    salt: &[u8; SALT],
    cost: &Cost,
    memory: &mut Memory,
) -> Result<String, CryptoError> {
    let mut output = [0; OUTPUT];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.0.clone())
        .hash_password_into_with_memory(password, salt, &mut output, memory.blocks(cost.0.block_count()))
        .map_err(|error| CryptoError::Hasher(error.to_string()))?;
    let broken = |error: password_hash::phc::Error| CryptoError::Hasher(error.to_string());
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&cost.0).map_err(|error| CryptoError::Hasher(error.to_string()))?,
        salt: Some(Salt::new(salt).map_err(broken)?),
        hash: Some(Output::new(&output).map_err(broken)?),
    };
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_for_the_next_hash_and_what_a_foreign_one_took_beyond_is_given_back() {
        let (cost, large) = (Cost::new(64, 1, 1).unwrap(), Cost::new(1024, 1, 1).unwrap());
        let mut memory = Memory::default();
        hash(b"password", &[7; SALT], &cost, &mut memory).unwrap();
        let kept = memory.0.as_ptr();
        hash(b"password", &[8; SALT], &cost, &mut memory).unwrap();
        memory.shrink_to(&cost);
        assert_eq!((memory.0.as_ptr(), memory.0.len()), (kept, 64));
        hash(b"password", &[7; SALT], &large, &mut memory).unwrap();
        assert_eq!(memory.0.len(), 1024);
        memory.shrink_to(&cost);
        assert_eq!((memory.0.len(), memory.0.capacity()), (64, 64));
    }

    #[test]
    fn memory_that_was_used_before_changes_no_hash() {
        let cost = Cost::new(64, 2, 1).unwrap();
        let mut used = Memory::default();
        hash(b"another password", &[9; SALT], &Cost::new(256, 1, 2).unwrap(), &mut used).unwrap();
        assert_eq!(
            hash(b"password", &[7; SALT], &cost, &mut used).unwrap(),
            hash(b"password", &[7; SALT], &cost, &mut Memory::default()).unwrap()
        );
    }
}
