//! Phone numbers in E.164.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use crate::failure::Reason;

/// A valid phone number, kept as E.164 (`+821012345678`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    e164: String,
    mobile: bool,
    /// Where its plan says that it belongs: ISO 3166-1, or nothing for numbers of no country.
    region: Option<Region>,
}

/// The plus and the most digits of a number (ITU-T E.164 section 6).
const LONGEST_E164: usize = 1 + 15;

impl PhoneNumber {
    /// Reads a number as people write it in `region` (ISO 3166-1, `KR`): local or international form, with
    /// spaces, dashes, dots or parentheses, in full-width digits, with or without the `+`.
    ///
    /// Korean mobile numbers are 010 and eight digits: no others, which libphonenumber's pattern does not insist on, and all
    /// of them, though it leaves out blocks that nobody had when it was written.
    ///
    /// # Errors
    /// `Blank`, `TooLong` or `Malformed`.
    pub fn parse(text: &str, region: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Blank);
        }
        if text.len() > 100 {
            return Err(Reason::TooLong { max: 32 });
        }
        // Letters (vanity numbers), extensions and parameters are nothing that a code can be sent to.
        let plain = |c: char| c.is_numeric() || c.is_whitespace() || "+＋-‐‑–—－().（）．".contains(c);
        if !text.chars().all(plain) {
            return Err(Reason::Malformed);
        }
        let region: Region = region.parse().map_err(|_| Reason::Malformed)?;
        Self::read(text, region).or_else(|| Self::read(&format!("+{text}"), region)).ok_or(Reason::Malformed)
    }

    fn read(text: &str, region: Region) -> Option<Self> {
        let number = PHONE_NUMBER_UTIL.parse(text, Some(region)).ok()?;
        let e164 = number.format_as(PhoneNumberFormat::E164).into_owned();
        if is_korean_mobile(&e164) {
            return Some(Self { e164, mobile: true, region: Some(Region::KR) });
        }
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return None;
        }
        // Some plans (the German) take longer numbers in their own country than can be dialled from another.
        if e164.len() > LONGEST_E164 {
            return None;
        }
        let mobile =
            matches!(number.get_type(), PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile);
        // What was mobile in Korea beside 010 was withdrawn.
        if mobile && e164.starts_with("+821") {
            return None;
        }
        Some(Self { e164, mobile, region: number.get_region_code() })
    }

    /// The number in E.164: `+` and digits.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// Whether a text message may go there: it is a mobile number of one of these regions (ISO 3166-1, `KR`).
    pub fn takes_sms(&self, regions: &[String]) -> bool {
        let here = |region: &String| region.parse::<Region>().is_ok_and(|region| Some(region) == self.region);
        self.mobile && regions.iter().any(here)
    }

    /// Whether a text names a region as [`Self::takes_sms`] wants it. Like every number that is read, it has the plans
    /// of all regions unpacked, which take 6 MiB.
    pub fn is_region(text: &str) -> bool {
        text.parse::<Region>()
            .is_ok_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
    }

    /// Whether it is of a kind that takes SMS: a mobile number, or one whose plan does not tell.
    pub const fn is_mobile(&self) -> bool {
        self.mobile
    }
}

/// 010 and eight digits, in E.164.
fn is_korean_mobile(e164: &str) -> bool {
    e164.strip_prefix("+8210").is_some_and(|subscriber| subscriber.len() == 8)
}

/// The digits of a number in E.164 as they are dialled in its own country: `01012345678` for `+821012345678`. What is no
/// number stays as it is.
pub fn national_digits(e164: &str) -> String {
    PHONE_NUMBER_UTIL.parse(e164, None).map_or_else(
        |_| e164.to_owned(),
        |number| {
            let national = number.format_as(PhoneNumberFormat::National);
            national.chars().filter(char::is_ascii_digit).collect()
        },
    )
}

/// A number in E.164 as people in `region` (ISO 3166-1, `KR`) write it: `010-1234-5678` for `+821012345678` in Korea,
/// `+82 10-1234-5678` elsewhere. What is no number stays as it is.
pub fn readable(e164: &str, region: &str) -> String {
    let Ok(number) = PHONE_NUMBER_UTIL.parse(e164, None) else { return e164.to_owned() };
    let plan = if is_korean_mobile(e164) { Some(Region::KR) } else { number.get_region_code() };
    let here = region.parse::<Region>().is_ok_and(|region| plan == Some(region));
    let form = if here { PhoneNumberFormat::National } else { PhoneNumberFormat::International };
    number.format_as(form).into_owned()
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.e164)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_written_as_people_of_a_region_do() {
        for (e164, region, written) in [
            ("+821012345678", "KR", "010-1234-5678"),
            ("+821012345678", "GB", "+82 10-1234-5678"),
            ("+821012345678", "", "+82 10-1234-5678"),
            ("+442079460958", "GB", "020 7946 0958"),
            ("<b>", "KR", "<b>"),
            ("", "KR", ""),
        ] {
            assert_eq!(readable(e164, region), written, "{e164} in {region}");
        }
    }

    #[test]
    fn a_number_is_dialled_in_its_country_as_people_there_do() {
        for (e164, dialled) in [
            ("+821012345678", "01012345678"),
            ("+8225550123", "025550123"),
            ("+12025550123", "2025550123"),
            ("none", "none"),
        ] {
            assert_eq!(national_digits(e164), dialled);
        }
    }

    #[test]
    fn every_way_to_write_a_korean_mobile_is_one_number() {
        for text in [
            "01012345678",
            "010-1234-5678",
            "010 1234 5678",
            "010.1234.5678",
            "+821012345678",
            "+82 10-1234-5678",
            "82-10-1234-5678",
            "821012345678",
            "+82 010-1234-5678",
            "０１０１２３４５６７８",
            "(010) 1234-5678",
            "+82 (0)10 1234 5678",
            "+82(0)10-1234-5678",
            "82 010 1234 5678",
            "０１０－１２３４－５６７８",
            "+82\u{a0}10\u{3000}1234\u{2011}5678",
            "  010-1234-5678\t",
            "＋８２１０１２３４５６７８",
        ] {
            let number = PhoneNumber::parse(text, "KR").unwrap_or_else(|reason| panic!("{text}: {reason:?}"));
            assert_eq!(number.e164(), "+821012345678", "{text}");
            assert!(number.is_mobile());
        }
    }

    #[test]
    fn every_block_of_korean_mobiles_is_somebodys() {
        for block in 0..10_000 {
            let number = PhoneNumber::parse(&format!("010-{block:04}-5678"), "KR").unwrap();
            assert_eq!(number.e164(), format!("+8210{block:04}5678"));
            assert!(number.takes_sms(&["KR".to_owned()]), "{number}");
        }
        assert_eq!(readable("+821059901234", "KR"), "010-5990-1234");
        assert_eq!(national_digits("+821059901234"), "01059901234");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "010-123-4567",
            "011-1234-5678",
            "016-234-5678",
            "0101234567",
            "abc",
            "1",
            "112",
            "+82",
            "010123456789",
            "01012345678;ext=1",
            "+1",
        ] {
            assert_eq!(PhoneNumber::parse(text, "KR"), Err(Reason::Malformed), "{text}");
        }
        assert_eq!(PhoneNumber::parse("  ", "KR"), Err(Reason::Blank));
    }

    #[test]
    fn no_number_is_longer_than_e164_allows() {
        assert_eq!(PhoneNumber::parse("030 1234567890123", "DE"), Err(Reason::Malformed));
        assert_eq!(PhoneNumber::parse("٤٥3١٢٣٤٥34-5678", "DE"), Err(Reason::Malformed));
    }

    #[test]
    fn a_landline_is_a_number_but_not_a_mobile() {
        assert!(!PhoneNumber::parse("02-312-3456", "KR").unwrap().is_mobile());
    }

    #[test]
    fn text_messages_go_to_mobiles_of_the_regions_that_are_named() {
        let korea = ["KR".to_owned()];
        let takes =
            |text: &str, regions: &[String]| PhoneNumber::parse(text, "KR").unwrap().takes_sms(regions);
        assert!(takes("010-1234-5678", &korea));
        for other in ["02-312-3456", "070-1234-5678", "1588-1234", "+1 212 555 2368", "+44 7400 123456"] {
            assert!(!takes(other, &korea), "{other}");
        }
        assert!(takes("+44 7400 123456", &["KR".to_owned(), "GB".to_owned()]));
        assert!(!takes("+44 7400 123456", &["XX".to_owned()]));
        assert!(
            PhoneNumber::is_region("KR") && !PhoneNumber::is_region("XX") && !PhoneNumber::is_region("82")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_e164_reads_the_same_again(text in "[0-9+\\-() .０-９]{0,24}") {
            if let Ok(number) = PhoneNumber::parse(&text, "KR") {
                let again = PhoneNumber::parse(number.e164(), "KR").unwrap();
                prop_assert_eq!(again, number);
            }
        }

        #[test]
        fn separators_never_make_a_second_number(rest in "[0-9]{8}", separator in "[ .-]") {
            let plain = PhoneNumber::parse(&format!("010{rest}"), "KR");
            let spaced = PhoneNumber::parse(&format!("010{separator}{}{separator}{}", &rest[..4], &rest[4..]), "KR");
            prop_assert_eq!(plain, spaced);
        }
    }
}
