//! Whatever is taken for a phone number is E.164 that stays the same when it is read again, in any region.
#![no_main]

use daemun_model::PhoneNumber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for region in ["KR", "US", "DE", "ZZ"] {
        let Ok(number) = PhoneNumber::parse(text, region) else { continue };
        let digits = number.e164().strip_prefix('+').expect("E.164 begins with a plus");
        // ITU-T E.164 section 6: at most 15 digits.
        assert!((2..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()));
        for other in ["KR", "US"] {
            assert_eq!(PhoneNumber::parse(number.e164(), other), Ok(number.clone()));
        }
    }
});
