//! People who do not exist. Everything about one follows from its place in the row, so that two databases hold the same.

use chrono::{Days, NaiveDate};
use daemun_model::clock::MICROS;
use daemun_model::{Account, AccountUuid, App, Day, Status, Timestamp};
use daemun_store::bulk::Line;

use super::Wanted;

/// Family names, the frequent ones first.
const FAMILIES: &str = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국";
/// The first and second syllables of given names.
const FIRST: &str =
    "민서지하도시예주준현은수유윤재채승가다나아연정태우성동영경진소미선혜보기상원규찬한해희세라리로인은";
const SECOND: &str =
    "준서우현민진수연윤은영아희지원호빈성훈미정혁경란숙자철규석환솔별람비온율찬결늘슬샘별강산들";
const GIVEN_ENGLISH: &[&str] = &[
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Joseph",
    "Jessica",
    "Thomas",
    "Sarah",
    "Charles",
    "Karen",
    "Daniel",
    "Lisa",
    "Matthew",
    "Nancy",
    "Anthony",
    "Sandra",
    "Mark",
    "Ashley",
    "Steven",
    "Emily",
    "Andrew",
    "Donna",
    "Paul",
    "Michelle",
    "Joshua",
    "Carol",
    "Kenneth",
    "Amanda",
    "Kevin",
    "Melissa",
    "Brian",
    "Deborah",
    "Timothy",
    "Laura",
    "Ronald",
    "Rebecca",
    "Jason",
    "Sharon",
    "Jeffrey",
    "Cynthia",
    "Ryan",
    "Kathleen",
    "Jacob",
    "Amy",
    "Gary",
    "Anna",
];
const FAMILIES_ENGLISH: &[&str] = &[
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Martinez", "Lopez",
    "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Perez", "Thompson",
    "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson", "Walker", "Young", "Allen",
    "King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores", "Green", "Adams", "Nelson", "Baker",
    "Hall", "Rivera", "Campbell", "Mitchell", "Carter", "Roberts", "Gomez", "Phillips", "Evans", "Turner",
    "Diaz", "Parker", "Cruz", "Edwards", "Collins", "Reyes",
];
const REASONS: &[&str] = &["출석", "미션 완료", "친구 초대", "Weekly goal", "Daily check-in"];

const DAY: i64 = 24 * 60 * 60 * MICROS;
/// How long ago the first one signed up, and the oldest line of a ledger was written.
const SIGN_UPS: i64 = 730 * DAY;
const GRANTS: i64 = 365 * DAY;

/// Of ten, so many have names in the Latin alphabet.
const LATIN: u64 = 3;

/// The e-mail address of the one at this place, from 0.
pub fn address(index: i64) -> String {
    format!("member{}@seed.example", index + 1)
}

/// Makes people.
pub struct Inventor<'a> {
    /// Where they are members.
    pub app: &'a App,
    /// How much is made in all.
    pub wanted: Wanted,
    /// The present.
    pub now: Timestamp,
}

impl Inventor<'_> {
    /// The account at this place.
    pub fn account(&self, index: i64, uuid: AccountUuid) -> Account {
        let mut dice = Dice::of(index);
        let latin = dice.below(10) < LATIN;
        let (family, given, name) = if latin {
            let (family, given) = (dice.pick(FAMILIES_ENGLISH), dice.pick(GIVEN_ENGLISH));
            (family.to_owned(), given.to_owned(), format!("{given} {family}"))
        } else {
            let family = dice.first(FAMILIES).to_string();
            let given = format!("{}{}", dice.early(FIRST), dice.early(SECOND));
            let name = format!("{family}{given}");
            (family, given, name)
        };
        let needs = |field: &str| {
            let policy = &self.app.policy;
            policy.required.iter().chain(&policy.unique).any(|other| other == field)
                || policy.sign_in.iter().any(|with| with.field() == field)
        };
        let nickname = needs("nickname").then(|| format!("{given}{}", index + 1));
        let username = needs("preferred_username").then(|| format!("member{}", index + 1));
        let born = NaiveDate::from_ymd_opt(1960, 1, 1)
            .and_then(|day| day.checked_add_days(Days::new(dice.below(18_000))));
        Account {
            email: Some(address(index)),
            email_verified: true,
            preferred_username: username,
            name: Some(name),
            given_name: Some(given),
            family_name: Some(family),
            nickname,
            birthdate: born.map(|day| day.to_string()),
            gender: Some(["male", "female"][usize::from(dice.below(2) == 1)].to_owned()),
            locale: Some(if latin { "en" } else { "ko" }.to_owned()),
            ..Account::blank(self.app.id, uuid, Status::Approved, self.signed_up(index))
        }
    }

    /// One after the other, evenly.
    fn signed_up(&self, index: i64) -> Timestamp {
        let step = SIGN_UPS / self.wanted.accounts.max(1);
        Timestamp(self.now.0 - SIGN_UPS + index.saturating_mul(step))
    }

    /// The ledger of the account at this place, which signed up at that moment.
    pub fn lines(&self, index: i64, signed_up: Timestamp) -> Vec<Line> {
        let before = |index: i64| {
            let lines =
                i128::from(index) * i128::from(self.wanted.points) / i128::from(self.wanted.accounts.max(1));
            i64::try_from(lines).unwrap_or(i64::MAX)
        };
        let mut dice = Dice::of(index ^ i64::MAX);
        let first = signed_up.0.max(self.now.0 - GRANTS);
        let span = u64::try_from(self.now.0 - first).unwrap_or(0).max(1);
        let mut moments: Vec<i64> = (before(index)..before(index + 1))
            .map(|_| first + i64::try_from(dice.below(span)).unwrap_or(0))
            .collect();
        moments.sort_unstable();
        let line = |at| {
            let amount = 1 + i64::try_from(dice.below(100)).unwrap_or(0);
            let at = Timestamp(at);
            Line { amount, reason: dice.pick(REASONS), at, day: Day::of(at, self.app.timezone) }
        };
        moments.into_iter().map(line).collect()
    }
}

/// Numbers that follow from a place (SplitMix64): for inventions, never for secrets.
struct Dice(u64);

impl Dice {
    const fn of(place: i64) -> Self {
        Self(place.cast_unsigned())
    }

    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from.get(self.place(from.len())).copied().unwrap_or_default()
    }

    /// A letter: the first one every fifth time, those far behind seldom.
    fn first(&mut self, from: &str) -> char {
        let (length, roll) = (from.chars().count(), self.place(1_000));
        from.chars().nth(length * roll * roll * roll / 1_000_000_000).unwrap_or('김')
    }

    /// A letter, the more often the earlier it stands.
    fn early(&mut self, from: &str) -> char {
        let length = from.chars().count();
        let place = self.place(length).min(self.place(length));
        from.chars().nth(place).unwrap_or('김')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_is_the_same_number_and_another_one_is_not() {
        assert_eq!(Dice::of(7).roll(), Dice::of(7).roll());
        assert_ne!(Dice::of(7).roll(), Dice::of(8).roll());
    }

    #[test]
    fn every_letter_is_a_letter() {
        for letters in [FAMILIES, FIRST, SECOND] {
            assert!(letters.chars().all(char::is_alphabetic));
        }
    }
}
