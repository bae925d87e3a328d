//! The hashing pool: what it makes, what it recognises, and that it stays within its bounds.
#![cfg(test)]

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use daemun_crypto::{CryptoError, HasherOptions, Password, PasswordHasher, Verdict, password_rules};
use daemun_model::{Failure, Random};

const TEXT: &str = "correct horse";
/// `correct horse` as argon2-cffi 25.1 hashes it with m = 64, t = 1, p = 1.
const CFFI: &str =
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$bIKRw3Ua1pluirFy81fnppmR01EnUxY3hLEBwbWxBG8";
/// `ｃorrect horse`, with a full-width c and not normalised, in the same way.
const CFFI_RAW: &str =
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$VakCAxhaidLDr0s9bJAKBwvd4j6ROVOJolUJh0ZuERE";
/// `correct horse` with argon2i, m = 256, t = 3, p = 4.
const CFFI_I: &str = "$argon2i$v=19$m=256,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$YjAvasVfp2UtCDBkxOLeAQ";
/// `correct horse` as Django 5.2 hashes it.
const DJANGO: &str = "pbkdf2_sha256$1200$AbCdEfGh12345678$LxaNL4X0uYG6/gzQvebg6SHnIZRI2EtfetvZTaRhxI4=";

/// `correct horse` as libxcrypt hashes it with bcrypt.
const BCRYPT: [&str; 3] = [
    "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
];
/// The same as Django keeps it, plain and over the SHA-256 of the password.
const BCRYPT_DJANGO: [&str; 2] = [
    "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
];
/// 80 times `x`, of which bcrypt takes the first 72.
const BCRYPT_LONG: &str = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
/// `ｃorrect horse`, with a full-width c and not normalised.
const BCRYPT_RAW: &str = "$2b$04$abcdefghijklmnopqrstuuS27hAPQB4pWHEjXyB5tJNsOMX8XMohu";
/// `correct horse` as Python's hashlib hashes it with scrypt, as Django, Werkzeug and a PHC string keep it.
const SCRYPT: [&str; 3] = [
    "scrypt$1024$AbCdEfGh12345678$8$1$QLFfe4b/pWFlzdDL//x9ubIDxiIsILouAoOJtaUNTz4CfxWMBPsN5AkZUgIDKyTrZmddIJTmseP1y6YEQlgh4g==",
    "scrypt:1024:8:1$AbCdEfGh12345678$40b15f7b86ffa56165cdd0cbfffc7db9b203c6222c20ba2e028389b5a50d4f3e027f158c04fb0de409195202032b24eb66675d2094e6b1e3f5cba604425821e2",
    "$scrypt$ln=10,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$yALJnsFxauKkuF0VG58vDqriCmlZJaHv3/Yg+rL2eO8",
];

fn cheap() -> PasswordHasher {
    PasswordHasher::start(HasherOptions::for_tests()).unwrap()
}

fn password(text: &str) -> Password {
    password_rules::check(text, &[]).unwrap()
}

#[tokio::test]
async fn production_hashes_are_argon2id_as_owasp_asks() {
    let options = HasherOptions::default();
    assert!(options.is_strong());
    let hasher = PasswordHasher::start(options).unwrap();
    let hash = hasher.hash(password(TEXT)).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let lengths: Vec<usize> = hash.split('$').skip(4).map(str::len).collect();
    assert_eq!(lengths, [22, 43], "a salt of 16 bytes and an output of 32: {hash}");
    assert_eq!(hasher.verify(TEXT, Some(&hash)).await.unwrap(), Verdict::Right);
    assert_eq!(hasher.verify("correct Horse", Some(&hash)).await.unwrap(), Verdict::Wrong);
}

#[test]
fn weaker_costs_than_owasps_are_known_as_such() {
    let strong = |memory_kib, iterations| {
        HasherOptions { memory_kib, iterations, ..HasherOptions::default() }.is_strong()
    };
    assert!(strong(47104, 1) && strong(19456, 2) && strong(12288, 3) && strong(7168, 5) && strong(65536, 4));
    assert!(!strong(19455, 2) && !strong(19456, 1) && !strong(7167, 9));
    assert!(!HasherOptions::for_tests().is_strong());
}

#[test]
fn costs_that_argon2id_does_not_have_are_refused_at_the_start() {
    for options in [
        HasherOptions { memory_kib: 7, ..HasherOptions::for_tests() },
        HasherOptions { iterations: 0, ..HasherOptions::for_tests() },
        HasherOptions { parallelism: 0, ..HasherOptions::for_tests() },
        HasherOptions { threads: 0, ..HasherOptions::for_tests() },
    ] {
        assert!(matches!(PasswordHasher::start(options), Err(CryptoError::HasherOptions(_))));
    }
}

#[tokio::test]
async fn one_password_has_another_hash_each_time() {
    let hasher = cheap();
    assert_ne!(hasher.hash(password(TEXT)).await.unwrap(), hasher.hash(password(TEXT)).await.unwrap());
}

#[tokio::test]
async fn variants_of_width_and_composition_match_and_nothing_is_trimmed_or_folded() {
    let hasher = cheap();
    let hash = hasher.hash(password("éclair-7x비밀")).await.unwrap();
    for typed in ["éclair-7x비밀", "e\u{301}clair-7x비밀", "ｅ\u{301}clair-7x비밀"] {
        assert_eq!(hasher.verify(typed, Some(&hash)).await.unwrap(), Verdict::Right, "{typed}");
    }
    for typed in ["Éclair-7x비밀", " éclair-7x비밀", "éclair-7x비밀 ", "éclair-7x", ""] {
        assert_eq!(hasher.verify(typed, Some(&hash)).await.unwrap(), Verdict::Wrong, "{typed}");
    }
}

#[tokio::test]
async fn a_long_password_counts_to_its_last_byte() {
    let hasher = cheap();
    let text = "ab".repeat(128);
    let hash = hasher.hash(password(&text)).await.unwrap();
    assert_eq!(hasher.verify(&text, Some(&hash)).await.unwrap(), Verdict::Right);
    assert_eq!(hasher.verify(&format!("{}c", &text[..255]), Some(&hash)).await.unwrap(), Verdict::Wrong);
}

#[tokio::test]
async fn an_unknown_account_is_always_wrong() {
    assert_eq!(cheap().verify(TEXT, None).await.unwrap(), Verdict::Wrong);
}

#[tokio::test]
async fn an_unknown_account_and_an_unusable_hash_take_the_time_of_a_wrong_password() {
    let options = HasherOptions { memory_kib: 8192, iterations: 2, ..HasherOptions::for_tests() };
    let hasher = PasswordHasher::start(options).unwrap();
    let hash = hasher.hash(password(TEXT)).await.unwrap();
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..15 {
        for (stored, fastest) in [Some(hash.as_str()), None, Some("!")].into_iter().zip(&mut fastest) {
            let start = Instant::now();
            hasher.verify("wrong password", stored).await.unwrap();
            *fastest = start.elapsed().min(*fastest);
        }
    }
    let [known, unknown, unusable] = fastest.map(|time| time.as_secs_f64());
    for other in [unknown, unusable] {
        assert!((0.6..1.6).contains(&(other / known)), "{fastest:?}");
    }
}

#[tokio::test]
async fn a_hash_cheaper_than_today_is_right_but_weak() {
    let options = HasherOptions { memory_kib: 16, iterations: 2, ..HasherOptions::for_tests() };
    let weak = cheap().hash(password(TEXT)).await.unwrap();
    let today = PasswordHasher::start(options).unwrap();
    assert_eq!(today.verify(TEXT, Some(&weak)).await.unwrap(), Verdict::RightButWeak);
    let strong = today.hash(password(TEXT)).await.unwrap();
    assert_eq!(today.verify(TEXT, Some(&strong)).await.unwrap(), Verdict::Right);
    assert_eq!(cheap().verify(TEXT, Some(&strong)).await.unwrap(), Verdict::Right);
}

#[tokio::test]
async fn foreign_hashes_are_recognised() {
    let hasher = cheap();
    for (hash, verdict) in
        [(CFFI, Verdict::Right), (CFFI_I, Verdict::RightButWeak), (DJANGO, Verdict::RightButWeak)]
    {
        assert_eq!(hasher.verify(TEXT, Some(hash)).await.unwrap(), verdict, "{hash}");
        assert_eq!(hasher.verify("correct house", Some(hash)).await.unwrap(), Verdict::Wrong, "{hash}");
    }
}

#[tokio::test]
async fn bcrypt_and_scrypt_are_recognised_and_to_be_hashed_again() {
    let hasher = cheap();
    for hash in BCRYPT.iter().chain(&BCRYPT_DJANGO).chain(&SCRYPT) {
        assert_eq!(hasher.verify(TEXT, Some(hash)).await.unwrap(), Verdict::RightButWeak, "{hash}");
        for wrong in ["correct house", "Correct horse", "", "correct\0horse"] {
            assert_eq!(hasher.verify(wrong, Some(hash)).await.unwrap(), Verdict::Wrong, "{wrong} {hash}");
        }
    }
    assert_eq!(hasher.verify(&"x".repeat(80), Some(BCRYPT_LONG)).await.unwrap(), Verdict::RightButWeak);
    assert_eq!(hasher.verify("ｃorrect horse", Some(BCRYPT_RAW)).await.unwrap(), Verdict::RightButWeak);
}

#[test]
fn a_hash_that_asks_for_too_much_or_is_none_is_refused_before_any_work() {
    let output = "A".repeat(86) + "==";
    let django = |n: u64, r: u32, p: u32| format!("scrypt${n}$salt${r}${p}${output}");
    for (hash, usable) in [
        ("$2b$14$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(), true),
        ("$2b$15$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(), false),
        ("$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(), false),
        ("$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(), false),
        ("$2b$04$abc".to_owned(), false),
        ("$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(), false),
        ("bcrypt_sha256$".to_owned(), false),
        (django(131_072, 8, 1), true),
        (django(131_072, 8, 2), true),
        (django(131_072, 8, 3), false),
        (django(262_144, 8, 1), false),
        (django(1 << 40, u32::MAX, u32::MAX), false),
        (django(1000, 8, 1), false),
        (django(0, 8, 1), false),
        (django(1024, 0, 1), false),
        (django(1024, 8, 0), false),
        ("scrypt$1024$salt$8$1$AAAA".to_owned(), false),
        ("$scrypt$ln=255,r=8,p=1$c2FsdA$yALJnsFxauKkuF0VG58vDqriCmlZJaHv3/Yg+rL2eO8".to_owned(), false),
        ("$scrypt$r=8,p=1$c2FsdA$yALJnsFxauKkuF0VG58vDqriCmlZJaHv3/Yg+rL2eO8".to_owned(), false),
    ] {
        assert_eq!(daemun_crypto::hasher::check_stored(&hash).is_ok(), usable, "{hash}");
    }
}

#[tokio::test]
async fn a_foreign_hash_is_tried_with_the_bytes_as_sent_too() {
    let hasher = cheap();
    let verdict = hasher.verify("ｃorrect horse", Some(CFFI_RAW)).await.unwrap();
    assert_eq!(verdict, Verdict::RightButWeak, "to be kept in NFKC from now on");
    assert_eq!(hasher.verify(TEXT, Some(CFFI_RAW)).await.unwrap(), Verdict::Wrong);
}

#[tokio::test]
async fn a_hash_that_asks_for_too_much_or_is_none_is_wrong_at_once() {
    let hasher = cheap();
    let start = Instant::now();
    let output = "YjAvasVfp2UtCDBkxOLeAQ";
    for hash in [
        format!("$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
        format!("$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
        format!("$argon2id$v=19$m=131072,t=1,p=16000$c29tZXNhbHRzb21lc2FsdA${output}"),
        "pbkdf2_sha256$4000000000$salt$LxaNL4X0uYG6/gzQvebg6SHnIZRI2EtfetvZTaRhxI4=".into(),
        "pbkdf2_sha256$0$salt$LxaNL4X0uYG6/gzQvebg6SHnIZRI2EtfetvZTaRhxI4=".into(),
        "pbkdf2_sha256$1$salt$".into(),
        "pbkdf2_sha256$1$salt$AAAA".into(),
        "pbkdf2_sha256$1$salt".into(),
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA".into(),
        "$argon2id$v=18$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$YjAvasVfp2UtCDBkxOLeAQ".into(),
        "$scrypt$ln=14,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$YjAvasVfp2UtCDBkxOLeAQ".into(),
        "!".into(),
        "correct horse".into(),
        String::new(),
    ] {
        assert_eq!(hasher.verify(TEXT, Some(&hash)).await.unwrap(), Verdict::Wrong, "{hash}");
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn more_than_1024_bytes_are_wrong_without_hashing() {
    let options = HasherOptions { memory_kib: 65536, iterations: 8, ..HasherOptions::for_tests() };
    let hasher = PasswordHasher::start(options).unwrap();
    let start = Instant::now();
    assert_eq!(hasher.verify(&"a".repeat(1025), None).await.unwrap(), Verdict::Wrong);
    assert_eq!(hasher.verify(&"a".repeat(10_000_000), Some(CFFI)).await.unwrap(), Verdict::Wrong);
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
}

/// Randomness that hands out salts only while its gate is open, and counts them.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<(bool, usize)>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, open: bool) {
        self.state.lock().unwrap().0 = open;
        self.opened.notify_all();
    }

    fn salts(&self) -> usize {
        self.state.lock().unwrap().1
    }
}

impl Random for Gate {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.opened.wait_while(self.state.lock().unwrap(), |(open, _)| !*open).unwrap();
        state.1 += 1;
        bytes.fill(7);
    }
}

/// One thread that stands still until the gate opens, and `queue` places behind it.
fn gated(queue: usize) -> (PasswordHasher, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    gate.set(true);
    let random = Arc::clone(&gate) as Arc<dyn Random>;
    let options = HasherOptions { threads: 1, queue, random, ..HasherOptions::for_tests() };
    let hasher = PasswordHasher::start(options).unwrap();
    gate.set(false);
    (hasher, gate)
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_takes_again_when_it_is_worked_off() {
    let (hasher, gate) = gated(2);
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let slot = hasher.reserve().unwrap();
            tokio::spawn(async move { slot.hash(password(TEXT)).await })
        })
        .collect();
    let refused = hasher.reserve().unwrap_err();
    assert!(matches!(refused, Failure::Unavailable { retry_after: 1.. }), "{refused:?}");
    assert!(matches!(hasher.verify(TEXT, None).await, Err(Failure::Unavailable { .. })));
    assert!(matches!(hasher.hash(password(TEXT)).await, Err(Failure::Unavailable { .. })));
    gate.set(true);
    for hash in waiting {
        hash.await.unwrap().unwrap();
    }
    for _ in 0..50 {
        assert_eq!(hasher.verify(TEXT, None).await.unwrap(), Verdict::Wrong);
    }
}

#[tokio::test]
async fn a_reserved_place_that_is_not_used_is_free_again() {
    let (hasher, _gate) = gated(0);
    let slot = hasher.reserve().unwrap();
    assert!(hasher.reserve().is_err());
    drop(slot);
    assert!(hasher.reserve().is_ok());
}

#[tokio::test]
async fn nobody_hashes_for_those_who_went_away() {
    let (hasher, gate) = gated(20);
    let before = gate.salts();
    let first = tokio::spawn({
        let slot = hasher.reserve().unwrap();
        async move { slot.hash(password(TEXT)).await }
    });
    let gone: Vec<_> = (0..20)
        .map(|_| {
            let slot = hasher.reserve().unwrap();
            tokio::spawn(async move { slot.hash(password(TEXT)).await })
        })
        .collect();
    // Let all of them queue before they go away.
    tokio::time::sleep(Duration::from_millis(50)).await;
    for task in gone {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    gate.set(true);
    first.await.unwrap().unwrap();
    hasher.hash(password(TEXT)).await.unwrap();
    assert_eq!(gate.salts() - before, 2, "the first and the last were hashed, the twenty between were not");
}

#[tokio::test]
async fn a_panic_in_one_hash_leaves_the_thread_to_the_next() {
    #[derive(Debug, Default)]
    struct Once(std::sync::atomic::AtomicUsize);
    impl Random for Once {
        fn fill(&self, bytes: &mut [u8]) {
            // The first two are drawn at the start.
            assert_ne!(self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 2, "a salt that panics");
            bytes.fill(7);
        }
    }
    let options =
        HasherOptions { threads: 1, random: Arc::new(Once::default()), ..HasherOptions::for_tests() };
    let hasher = PasswordHasher::start(options).unwrap();
    assert!(matches!(hasher.hash(password(TEXT)).await, Err(Failure::Broken(_))));
    assert!(hasher.hash(password(TEXT)).await.is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_threads_are_nice_and_nobody_else_is() {
    let hasher = cheap();
    hasher.hash(password(TEXT)).await.unwrap();
    let (mut hashing, mut others) = (Vec::new(), Vec::new());
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let folder = task.unwrap().path();
        let Ok(name) = std::fs::read_to_string(folder.join("comm")) else { continue };
        let Ok(stat) = std::fs::read_to_string(folder.join("stat")) else { continue };
        // proc(5): niceness is field 19, the seventeenth after the name in brackets.
        let nice: i32 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(16).unwrap().parse().unwrap();
        if name.starts_with("hashing-") { hashing.push(nice) } else { others.push(nice) }
    }
    let others = others.into_iter().max().unwrap();
    // A thread that has just been started by another test may not be nice yet: at least ours is.
    assert!(hashing.contains(&(others + 15).min(19)), "{hashing:?} beside {others}");
}
