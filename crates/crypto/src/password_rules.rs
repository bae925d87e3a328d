//! Which passwords are accepted (NIST SP 800-63B-4 section 3.1.1.2): length, the common ones, what is known of
//! the member. No rules of composition.

use std::fmt;
use std::sync::LazyLock;

use daemun_model::Reason;
use daemun_model::text::fold;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest code points.
pub const FEWEST: usize = 8;
/// The most code points.
pub const MOST: usize = 256;
/// The most bytes as sent; beyond it nothing is normalised or hashed.
pub const MOST_BYTES: usize = 1024;

/// A password that a member chose and the rules accept, in NFKC. It is wiped from memory when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The bytes that are hashed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// NFKC, once (NIST SP 800-63B-4 section 3.1.1.2), with nothing trimmed or cut.
pub(crate) fn normalise(text: &str) -> Zeroizing<String> {
    // NFKC makes a character up to eleven times as long: with room from the start no copy is left behind.
    let mut normal = Zeroizing::new(String::with_capacity(text.len().saturating_mul(11)));
    normal.extend(text.nfkc());
    normal
}

/// Reads a new password. `known` is what it must not equal, each with the input field it comes from:
/// `[("email", "user@example.com"), ("email", "user"), ("service", "Example")]`. Containing one is fine.
/// A `phone_number` also equals its spellings without the country code or with punctuation.
///
/// # Errors
/// Every reason there is: `Blank`, `TooShort` or `TooLong` alone, else `TooCommon` and one `TooSimilar` a field.
pub fn check(text: &str, known: &[(&'static str, &str)]) -> Result<Password, Vec<Reason>> {
    if text.len() > MOST_BYTES {
        return Err(vec![Reason::TooLong { max: MOST }]);
    }
    if text.trim().is_empty() {
        return Err(vec![Reason::Blank]);
    }
    let password = normalise(text);
    let length = password.chars().count();
    if length < FEWEST {
        return Err(vec![Reason::TooShort { min: FEWEST }]);
    }
    if length > MOST {
        return Err(vec![Reason::TooLong { max: MOST }]);
    }
    let reasons = guessable(&Zeroizing::new(fold(&password)), known);
    if reasons.is_empty() { Ok(Password(password)) } else { Err(reasons) }
}

/// Reads a password that several people tell each other, such as that of a room: it keeps nobody's account, so the
/// rules for accounts do not hold.
///
/// # Errors
/// `Blank`; `TooLong` beyond `most` code points.
pub fn shared(text: &str, most: usize) -> Result<Password, Reason> {
    if text.trim().is_empty() {
        return Err(Reason::Blank);
    }
    let most = most.min(MOST);
    if text.len() > MOST_BYTES {
        return Err(Reason::TooLong { max: most });
    }
    let password = normalise(text);
    if password.chars().count() > most { Err(Reason::TooLong { max: most }) } else { Ok(Password(password)) }
}

fn guessable(folded: &str, known: &[(&'static str, &str)]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if is_common(folded) {
        reasons.push(Reason::TooCommon);
    }
    for &(to, value) in known {
        let reason = Reason::TooSimilar { to };
        if equals_known(folded, to, value) && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

fn equals_known(folded: &str, field: &str, value: &str) -> bool {
    let value = fold(value);
    folded == value || folded == value.trim() || (field == "phone_number" && same_number(folded, &value))
}

/// Whether a password is a phone number in another spelling: `010-1234-5678` for `+821012345678`.
fn same_number(password: &str, number: &str) -> bool {
    let is_filler = |character: char| " -().+/".contains(character);
    if !password.chars().all(|character| character.is_ascii_digit() || is_filler(character)) {
        return false;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (password, number) = (digits(password), digits(number));
    let national = password.trim_start_matches('0');
    national.len() >= FEWEST - 1 && number.ends_with(national)
}

/// Whether a folded password is on the list of those that everybody tries first.
fn is_common(folded: &str) -> bool {
    COMMON.binary_search(&folded).is_ok()
}

/// The list's lines, sorted by bytes (see `data/README.md`).
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../data/common_passwords.txt").lines().collect());

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(text: &str, known: &[(&'static str, &str)]) -> Vec<Reason> {
        check(text, known).err().unwrap_or_default()
    }

    #[test]
    fn eight_to_256_code_points_are_accepted_whatever_they_are() {
        for text in ["xk3 vq8p", "비밀번호비밀번호", "🦀🦀🦀🦀🦀🦀🦀🦀", &"ab".repeat(128)]
        {
            assert_eq!(reasons(text, &[]), [], "{text}");
        }
        assert_eq!(reasons("xk3vq8p", &[]), [Reason::TooShort { min: 8 }]);
        assert_eq!(reasons(&"ab ".repeat(86)[..257], &[]), [Reason::TooLong { max: 256 }]);
    }

    #[test]
    fn more_than_1024_bytes_are_refused_though_they_are_few_characters() {
        let longest = "🦀".repeat(256);
        assert_eq!(longest.len(), MOST_BYTES);
        assert_eq!(reasons(&longest, &[]), []);
        assert_eq!(reasons(&format!("{longest}a"), &[]), [Reason::TooLong { max: 256 }]);
    }

    #[test]
    fn length_counts_after_normalisation() {
        // One code point that NFKC makes eighteen of.
        assert_eq!(reasons("\u{fdfa}", &[]), []);
        assert_eq!(reasons(&"\u{fdfa}".repeat(15), &[]), [Reason::TooLong { max: 256 }]);
        // Fourteen jamo that NFKC makes seven syllables of.
        assert_eq!(reasons(&"\u{1100}\u{1161}".repeat(7), &[]), [Reason::TooShort { min: 8 }]);
    }

    #[test]
    fn nothing_is_blank_but_white_space_around_a_password_belongs_to_it() {
        assert_eq!(reasons("", &[]), [Reason::Blank]);
        assert_eq!(reasons("         ", &[]), [Reason::Blank]);
        let password = check("  xk3vq8p ", &[]).unwrap();
        assert_eq!(password.as_bytes(), b"  xk3vq8p ");
    }

    #[test]
    fn width_and_composition_variants_are_one_password_but_case_is_kept() {
        let bytes = |text| check(text, &[]).unwrap().as_bytes().to_vec();
        assert_eq!(bytes("ｘｋ３ｖｑ８ｐＺ"), b"xk3vq8pZ");
        assert_eq!(bytes("e\u{301}clair-7x"), bytes("\u{e9}clair-7x"));
        assert_ne!(bytes("Xk3vq8pz"), bytes("xk3vq8pz"));
    }

    #[test]
    fn what_everybody_tries_is_too_common_in_any_case_and_width() {
        for text in ["password", "PassWord1", "12345678", "qwertyuiop", "ｐａｓｓｗｏｒｄ"] {
            assert_eq!(reasons(text, &[]), [Reason::TooCommon], "{text}");
        }
        assert_eq!(reasons("password and more", &[]), []);
    }

    #[test]
    fn the_documents_own_passwords_are_accepted() {
        for text in
            ["StrongPassword123!", "CurrentPassword123!", "NewPassword456!", "Boost100%", "Energy1000%"]
        {
            assert_eq!(reasons(text, &[("service", "EnergyBoost"), ("service", "Welt")]), [], "{text}");
        }
    }

    #[test]
    fn a_password_must_not_equal_what_is_known_but_may_contain_it() {
        let known = [
            ("email", "john.kim@example.com"),
            ("email", "john.kim"),
            ("preferred_username", "JohnnyKim"),
            ("name", "김철수김철수김철"),
            ("service", "Great Service"),
            ("nickname", ""),
        ];
        assert_eq!(reasons("John.Kim@Example.com", &known), [Reason::TooSimilar { to: "email" }]);
        assert_eq!(reasons("JOHN.KIM", &known), [Reason::TooSimilar { to: "email" }]);
        assert_eq!(reasons("johnnykim", &known), [Reason::TooSimilar { to: "preferred_username" }]);
        assert_eq!(reasons("김철수김철수김철", &known), [Reason::TooSimilar { to: "name" }]);
        assert_eq!(reasons("great service", &known), [Reason::TooSimilar { to: "service" }]);
        assert_eq!(reasons("great service 9", &known), []);
        assert_eq!(reasons("john.kim!", &known), []);
    }

    #[test]
    fn a_phone_number_is_known_in_every_spelling() {
        let known = [("phone_number", "+821012345678")];
        for text in [
            "01012345678",
            "010-1234-5678",
            "+82 10 1234 5678",
            "821012345678",
            "+821012345678",
            "1012345678",
        ] {
            assert_eq!(reasons(text, &known), [Reason::TooSimilar { to: "phone_number" }], "{text}");
        }
        for text in ["01087654321", "010-1234-567x", "12345678-90", "9821012345678"] {
            assert_eq!(reasons(text, &known), [], "{text}");
        }
    }

    #[test]
    fn all_reasons_are_told_and_each_once() {
        let known = [("email", "password"), ("email", "PASSWORD"), ("name", "Password")];
        assert_eq!(
            reasons("password", &known),
            [Reason::TooCommon, Reason::TooSimilar { to: "email" }, Reason::TooSimilar { to: "name" }]
        );
    }

    #[test]
    fn the_list_is_long_sorted_folded_and_holds_nothing_short() {
        assert!(COMMON.len() >= 8000, "{}", COMMON.len());
        assert!(COMMON.is_sorted_by(|one, next| one < next));
        for entry in COMMON.iter() {
            assert!(entry.chars().count() >= FEWEST && fold(entry) == **entry, "{entry}");
        }
    }

    #[test]
    fn a_password_does_not_show_itself() {
        assert_eq!(format!("{:?}", check("xk3vq8pz", &[]).unwrap()), "Password(..)");
    }
}
