//! Whatever is taken for an address is one that stays the same when it is read again: what is unique stays unique.
#![no_main]

use daemun_model::Email;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(email) = Email::parse(text) else { return };
    let again = Email::parse(email.address()).expect("an address that was taken is taken again");
    assert_eq!(again, email);
    let by_key = Email::parse(email.key()).expect("the key of an address is one");
    assert_eq!(by_key.key(), email.key());
    assert_eq!(format!("{}@{}", email.local_part(), email.domain()), email.address());
    assert!(email.address().len() <= 254 && !email.address().contains(char::is_whitespace));
    assert!(email.domain().is_ascii());
});
