//! What starting needed and serving does not: given back to the system (`docs/adr/0011`).

use std::fs;

use rustix::mm::{Advice, madvise};

/// Lets go of the program's own pages. What serves requests comes back from the page cache with its next step, sixteen
/// pages at a time, at about a microsecond; what only starting ran stays away. Where the system does not tell what is
/// mapped, nothing happens.
pub fn let_go() {
    let Ok(program) = fs::read_link("/proc/self/exe") else { return };
    let Ok(mapped) = fs::read_to_string("/proc/self/smaps") else { return };
    for part in parts_of(&mapped, &program.to_string_lossy()) {
        // It is exact, or the pages would be of something else.
        let start = std::ptr::with_exposed_provenance_mut(part.start);
        #[expect(unsafe_code, reason = "no other way tells the system that pages are not needed")]
        // SAFETY: nothing ever wrote to these pages, so each is as it stands in the program's file, and whoever reads it
        // next finds it so. The file cannot change while it runs (ETXTBSY).
        let done = unsafe { madvise(start, part.length, Advice::LinuxDontNeed) };
        if let Err(error) = done {
            tracing::debug!(%error, "pages of the program stay");
        }
    }
}

/// A part of the address space.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    start: usize,
    length: usize,
}

/// The parts of `/proc/self/smaps` that hold the program's file as it is: nobody may write there, and nobody did.
fn parts_of(mapped: &str, program: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut candidate = None;
    for line in mapped.lines() {
        if let Some(private) = line.strip_prefix("Anonymous:") {
            let untouched = private.trim() == "0 kB";
            parts.extend(candidate.take().filter(|_| untouched));
        } else if let Some(head) = head(line) {
            candidate = head.part_of(program);
        }
    }
    parts
}

/// The first line of a mapping.
struct Head<'a> {
    start: usize,
    end: usize,
    permissions: &'a str,
    path: &'a str,
}

impl Head<'_> {
    fn part_of(self, program: &str) -> Option<Part> {
        let ours =
            self.path == program && self.permissions.starts_with('r') && !self.permissions.contains('w');
        ours.then_some(Part { start: self.start, length: self.end.checked_sub(self.start)? })
    }
}

/// `55d0-55f0 r-xp 00001000 fd:00 4711    /usr/bin/daemun`
fn head(line: &str) -> Option<Head<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let mut words = rest.splitn(5, ' ');
    let permissions = words.next()?;
    let path = words.nth(3).unwrap_or_default().trim_start();
    Some(Head { start: number(start)?, end: number(end)?, permissions, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPED: &str = "\
1000-3000 r--p 00000000 fd:00 4711                           /opt/my server/daemun
Size:                  8 kB
Rss:                   8 kB
Anonymous:             0 kB
VmFlags: rd mr mw me
3000-8000 r-xp 00002000 fd:00 4711                           /opt/my server/daemun
Anonymous:             0 kB
8000-9000 r--p 00007000 fd:00 4711                           /opt/my server/daemun
Anonymous:             4 kB
9000-a000 rw-p 00008000 fd:00 4711                           /opt/my server/daemun
Anonymous:             0 kB
a000-b000 rw-p 00000000 00:00 0 
Anonymous:             4 kB
b000-c000 r-xp 00000000 fd:00 4712                           /lib/libc.so.6
Anonymous:             0 kB
";

    #[test]
    fn only_what_is_as_in_the_programs_file_is_let_go() {
        let parts = parts_of(MAPPED, "/opt/my server/daemun");
        assert_eq!(parts, [Part { start: 0x1000, length: 0x2000 }, Part { start: 0x3000, length: 0x5000 }]);
        assert_eq!(parts_of(MAPPED, "/opt/my server/other"), []);
        assert_eq!(parts_of("what is this\nAnonymous: 0 kB\n", ""), []);
    }

    #[test]
    fn the_program_goes_on_afterwards() {
        let program = fs::read_link("/proc/self/exe").unwrap();
        let mapped = fs::read_to_string("/proc/self/smaps").unwrap();
        assert!(!parts_of(&mapped, &program.to_string_lossy()).is_empty(), "{mapped}");
        let_go();
        assert_eq!(parts_of(MAPPED, "/lib/libc.so.6").len(), 1);
    }
}
