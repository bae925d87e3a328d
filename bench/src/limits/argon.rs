//! Password hashes a second, on all processors, with memory that is used again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::fault::Outcome;
use crate::scene::PASSWORD;

/// The cost that the product is configured with: OWASP's Password Storage Cheat Sheet.
const MEMORY_KIB: u32 = 19456;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;

/// Hashes a second.
///
/// # Errors
/// When argon2 refuses its parameters.
pub fn per_second(time: Duration) -> Outcome<f64> {
    let cores = thread::available_parallelism()?.get();
    let (hashes, stop) = (&AtomicU64::new(0), &AtomicBool::new(false));
    let began = Instant::now();

    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..cores).map(|number| scope.spawn(move || hash(number as u8, hashes, stop))).collect();
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let counted = hashes.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(()))).map(|()| counted)
    })
}

fn hash(salt: u8, hashes: &AtomicU64, stop: &AtomicBool) -> Outcome<()> {
    let fault = |error: argon2::Error| error.to_string();
    let params = Params::new(MEMORY_KIB, ITERATIONS, LANES, Some(32)).map_err(fault)?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    while !stop.load(Ordering::Relaxed) {
        argon
            .hash_password_into_with_memory(PASSWORD.as_bytes(), &[salt; 16], &mut output, &mut memory)
            .map_err(fault)?;
        hashes.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
