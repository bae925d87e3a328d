//! Lines that wait a moment and leave together: one system call for many. None is dropped.

use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// The longest that a line waits.
const WAIT: Duration = Duration::from_millis(100);
/// Bytes that leave at once.
const FULL: usize = 64 * 1024;

/// Where lines are written. Warnings and errors leave at once, with all before them.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

struct Shared {
    waiting: Mutex<Vec<u8>>,
    came: Condvar,
    /// Whether the program is about to end: then no line waits.
    ending: AtomicBool,
    /// Who holds it empties what waits: so lines leave in the order in which they came.
    out: Mutex<Out>,
}

struct Out {
    to: Box<dyn Write + Send>,
    /// Emptied, for the lines that come next.
    spare: Vec<u8>,
}

impl Lines {
    /// Lines that go there. The thread that sends them off lasts as long as the process.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn to(to: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Self(Arc::new(Shared {
            waiting: Mutex::default(),
            came: Condvar::new(),
            ending: AtomicBool::new(false),
            out: Mutex::new(Out { to: Box::new(to), spare: Vec::new() }),
        }));
        let shared = Arc::clone(&lines.0);
        thread::Builder::new().name("log".to_owned()).spawn(move || shared.send_off())?;
        Ok(lines)
    }

    /// Writes what waits; no line waits from now on.
    pub fn end(&self) {
        self.0.ending.store(true, Ordering::Relaxed);
        self.0.flush();
    }
}

impl Shared {
    fn take(&self, line: &[u8], urgency: Urgency) {
        let mut waiting = lock(&self.waiting);
        let first = waiting.is_empty();
        waiting.extend_from_slice(line);
        let full = waiting.len() >= FULL;
        drop(waiting);
        let urgency = if self.ending.load(Ordering::Relaxed) { Urgency::AtOnce } else { urgency };
        match urgency {
            Urgency::AtOnce => self.flush(),
            // Whoever fills it writes it: where lines come faster than they leave, they wait for each other.
            Urgency::Soon if full => self.flush(),
            Urgency::Soon if first => self.came.notify_one(),
            Urgency::Soon => {}
        }
    }

    fn flush(&self) {
        let mut out = lock(&self.out);
        let spare = mem::take(&mut out.spare);
        let mut lines = mem::replace(&mut *lock(&self.waiting), spare);
        // There is nobody to tell that lines cannot be written.
        let _ = out.to.write_all(&lines).and_then(|()| out.to.flush());
        lines.clear();
        out.spare = lines;
    }

    fn send_off(&self) {
        loop {
            let waiting = lock(&self.waiting);
            let waited = self.came.wait_while(waiting, |lines| lines.is_empty());
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            thread::sleep(WAIT);
            self.flush();
        }
    }
}

#[derive(Clone, Copy)]
enum Urgency {
    Soon,
    AtOnce,
}

/// One line on its way.
pub struct Line<'a> {
    lines: &'a Shared,
    urgency: Urgency,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lines.take(line, self.urgency);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: &self.0, urgency: Urgency::AtOnce }
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Line<'a> {
        let urgency = if *line.level() <= Level::WARN { Urgency::AtOnce } else { Urgency::Soon };
        Line { lines: &self.0, urgency }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn line(lines: &Lines, urgency: Urgency, text: &str) {
        Line { lines: &lines.0, urgency }.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn an_urgent_line_takes_all_before_it_along() {
        let kept = Kept::default();
        let lines = Lines::to(kept.clone()).unwrap();
        line(&lines, Urgency::Soon, "one\n");
        line(&lines, Urgency::Soon, "two\n");
        line(&lines, Urgency::AtOnce, "three\n");
        assert_eq!(lock(&kept.0).concat(), b"one\ntwo\nthree\n");
        lines.end();
        line(&lines, Urgency::Soon, "four\n");
        assert_eq!(lock(&kept.0).concat(), b"one\ntwo\nthree\nfour\n");
    }

    #[test]
    fn a_line_leaves_by_itself() {
        let kept = Kept::default();
        let lines = Lines::to(kept.clone()).unwrap();
        line(&lines, Urgency::Soon, "one\n");
        while lock(&kept.0).is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(lock(&kept.0).concat(), b"one\n");
    }

    #[test]
    fn nothing_is_dropped_and_the_lines_of_a_thread_stay_in_order() {
        let kept = Kept::default();
        let lines = Lines::to(kept.clone()).unwrap();
        thread::scope(|scope| {
            for writer in 0..4 {
                let lines = &lines;
                scope.spawn(move || {
                    for number in 0..20_000 {
                        line(lines, Urgency::Soon, &format!("{writer} {number}\n"));
                    }
                });
            }
        });
        lines.end();
        let text = String::from_utf8(lock(&kept.0).concat()).unwrap();
        for writer in 0..4 {
            let prefix = format!("{writer} ");
            let numbers = text.lines().filter_map(|line| line.strip_prefix(&prefix)?.parse::<u32>().ok());
            assert!(numbers.eq(0..20_000), "writer {writer}");
        }
    }
}
