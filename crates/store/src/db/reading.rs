//! Work that promised to write nothing is held to it.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// As long as it is there, [`Db::write`](super::Db::write) refuses what is asked on this thread. Whoever polls a future
/// that may be dropped at any moment holds one during each poll: a write that it began could be cut off.
#[derive(Debug)]
pub struct Reading {
    before: bool,
    /// It belongs to the thread that made it.
    here: PhantomData<*const ()>,
}

impl Reading {
    /// Begins it. Where one is there already, nothing changes.
    #[must_use]
    pub fn begin() -> Self {
        Self { before: READING.replace(true), here: PhantomData }
    }

    /// Whether there is one on this thread.
    pub(super) fn is_on() -> bool {
        READING.get()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        READING.set(self.before);
    }
}
