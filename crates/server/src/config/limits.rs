//! `[limits]`: how often what may be tried, asked for and sent, and how far an operator may go with it.

use daemun_model::PhoneNumber;
use daemun_operations::{Limits, Networks};
use daemun_store::limits::Limit;
use daemun_store::wrong_passwords::{Delay, Rules};
use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::Faults;
use super::sections::list;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `[limits]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// Failures in a row, a colon, and the seconds that follow: four of them, rising.
    #[serde(deserialize_with = "list")]
    pub password_delays: Vec<String>,
    /// Failures in a row after which an account is closed to addresses that never signed in to it.
    pub password_failures_per_account: i64,
    /// Wrong passwords from an address in `password_failures_minutes`.
    pub password_failures_per_address: i64,
    /// The minutes of `password_failures_per_address`.
    pub password_failures_minutes: i64,
    /// Days that an address from which a member signed in is known.
    pub known_address_days: i64,
    /// Addresses and networks to which no limit by address applies.
    #[serde(deserialize_with = "list")]
    pub exempt_addresses: Vec<String>,
    /// Wrong codes for a target in an hour.
    pub wrong_codes_per_hour: i64,
    /// Seconds between two codes or links to a target.
    pub send_pause_seconds: i64,
    /// Codes and links to a target in an hour.
    pub sends_per_hour: i64,
    /// Codes and links to a target in a day.
    pub sends_per_day: i64,
    /// Codes and links that an address asks for in an hour.
    pub sends_per_address_and_hour: i64,
    /// Messages with codes and links that an app sends in a day.
    pub sends_per_app_and_day: i64,
    /// The regions that text messages go to (ISO 3166-1).
    #[serde(deserialize_with = "list")]
    pub sms_regions: Vec<String>,
    /// Answers to an address in an hour that tell whether somebody is a member.
    pub open_refusals_per_hour: i64,
    /// Product keys that an address asks about in an hour.
    pub product_keys_per_address_and_hour: i64,
    /// Wrong passwords of rooms that a member types in an hour.
    pub room_passwords_per_hour: i64,
    /// Sign-ups from an address in an hour.
    pub sign_ups_per_address_and_hour: i64,
    /// Uploads of an address that no account has.
    pub uploads_per_address: i64,
    /// Permissions to upload that an address asks for in an hour.
    pub upload_signs_per_address_and_hour: i64,
}

impl LimitsSection {
    /// The limits, once the section was checked.
    pub fn limits(&self) -> Limits {
        let limit = |most, seconds| Limit { most, seconds };
        let defaults = Limits::default();
        Limits {
            passwords: Rules {
                delays: self.delays().unwrap_or(defaults.passwords.delays),
                most: self.password_failures_per_account,
            },
            passwords_by_address: limit(
                self.password_failures_per_address,
                self.password_failures_minutes * MINUTE,
            ),
            open_refusals: limit(self.open_refusals_per_hour, HOUR),
            product_keys: limit(self.product_keys_per_address_and_hour, HOUR),
            room_passwords: limit(self.room_passwords_per_hour, HOUR),
            sign_ups: limit(self.sign_ups_per_address_and_hour, HOUR),
            uploads: limit(self.upload_signs_per_address_and_hour, HOUR),
            outstanding_uploads: self.uploads_per_address,
            sends: [
                limit(1, self.send_pause_seconds),
                limit(self.sends_per_hour, HOUR),
                limit(self.sends_per_day, DAY),
            ],
            sends_by_address: limit(self.sends_per_address_and_hour, HOUR),
            budget: self.sends_per_app_and_day,
            wrong_codes: limit(self.wrong_codes_per_hour, HOUR),
            exempt: Networks::parse(&self.exempt_addresses).unwrap_or_default(),
            sms_regions: self.sms_regions.clone(),
            keep_known: self.known_address_days * DAY,
        }
    }

    fn delays(&self) -> Option<[Delay; 4]> {
        let read = |text: &String| {
            let (failures, seconds) = text.split_once(':')?;
            Some(Delay { failures: failures.trim().parse().ok()?, seconds: seconds.trim().parse().ok()? })
        };
        self.password_delays.iter().map(read).collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    /// What is weaker than its source allows, or makes no sense.
    pub(super) fn check(&self, faults: &mut Faults) {
        self.check_delays(faults);
        self.check_passwords(faults);
        self.check_sends(faults);
        self.check_regions(faults);
        if let Err(entry) = Networks::parse(&self.exempt_addresses) {
            let text = format!(
                "{entry:?} is no address and no network of at most a /8 (a /16 of IPv6), such as 192.0.2.0/24"
            );
            faults.add("limits.exempt_addresses", text);
        }
    }

    fn check_regions(&self, faults: &mut Faults) {
        const KEY: &str = "limits.sms_regions";
        if self.sms_regions.is_empty() {
            faults.add(KEY, "name one region at least, such as \"KR\"");
        }
        // A server that sends no text messages need not unpack the plans for what it did not choose.
        if self.sms_regions == Limits::default().sms_regions {
            return;
        }
        for region in self.sms_regions.iter().filter(|region| !PhoneNumber::is_region(region)) {
            faults
                .add(KEY, format!("{region:?} is no region with phone numbers, such as \"KR\" (ISO 3166-1)"));
        }
    }

    fn check_delays(&self, faults: &mut Faults) {
        const KEY: &str = "limits.password_delays";
        let Some(delays) = self.delays() else {
            let text = "must be four delays such as \"5:1\": failures in a row, a colon, seconds";
            return faults.add(KEY, text);
        };
        let rising = |pair: &[Delay]| match pair {
            [one, next] => one.failures < next.failures && one.seconds <= next.seconds,
            _ => true,
        };
        if !delays.windows(2).all(rising) || delays.iter().any(|delay| delay.failures < 1) {
            faults.add(KEY, "must rise, from one failure on");
        }
        if delays.iter().any(|delay| !(0..=DAY).contains(&delay.seconds)) {
            faults.add(KEY, "a delay is at most a day (86400): members mistype too");
        }
        for least in Limits::default().passwords.delays {
            let longest = delays.iter().filter(|delay| delay.failures <= least.failures);
            if longest.map(|delay| delay.seconds).max().unwrap_or(0) < least.seconds {
                let Delay { failures, seconds } = least;
                let text = format!(
                    "after {failures} failures at least {seconds} seconds must pass: passwords must not be guessed online (NIST SP 800-63B-4 section 3.2.2)"
                );
                faults.add(KEY, text);
            }
        }
    }

    fn check_passwords(&self, faults: &mut Faults) {
        let nist = "at most 100 failures in a row on an account (NIST SP 800-63B-4 section 3.2.2), and a member mistypes too";
        faults.between(
            "limits.password_failures_per_account",
            self.password_failures_per_account,
            10,
            100,
            nist,
        );
        let stuffing = "stolen lists of passwords are tried from few addresses; put those that many share into exempt_addresses";
        faults.between(
            "limits.password_failures_per_address",
            self.password_failures_per_address,
            5,
            100,
            stuffing,
        );
        faults.between(
            "limits.password_failures_minutes",
            self.password_failures_minutes,
            10,
            1440,
            stuffing,
        );
        let known = "long enough for who comes once a season, and an address is personal";
        faults.between("limits.known_address_days", self.known_address_days, 30, 1825, known);
    }

    fn check_sends(&self, faults: &mut Faults) {
        let guessed = "a code of six digits must not be guessed, however many are sent";
        faults.between("limits.wrong_codes_per_hour", self.wrong_codes_per_hour, 5, 20, guessed);
        let flooded = "nobody's mailbox is flooded (OWASP Forgot Password Cheat Sheet)";
        faults.between("limits.send_pause_seconds", self.send_pause_seconds, 60, 3600, flooded);
        faults.between("limits.sends_per_hour", self.sends_per_hour, 1, 5, flooded);
        faults.between("limits.sends_per_day", self.sends_per_day, 1, 10, flooded);
        let shared = "one address must not use up what all share";
        faults.between("limits.sends_per_address_and_hour", self.sends_per_address_and_hour, 1, 1000, shared);
        faults.between(
            "limits.sends_per_app_and_day",
            self.sends_per_app_and_day,
            1,
            100_000_000,
            "there must be an end",
        );
        let listed = "nobody may find out in bulk who is a member";
        faults.between("limits.open_refusals_per_hour", self.open_refusals_per_hour, 1, 20, listed);
        let tried = "keys must not be found by trying";
        let product_keys = self.product_keys_per_address_and_hour;
        faults.between("limits.product_keys_per_address_and_hour", product_keys, 1, 1000, tried);
        let guessed = "a short password must not be found by trying";
        faults.between("limits.room_passwords_per_hour", self.room_passwords_per_hour, 1, 100, guessed);
        let stored = "a stranger must not fill the disk";
        faults.between("limits.uploads_per_address", self.uploads_per_address, 1, 100, stored);
        let signs = self.upload_signs_per_address_and_hour;
        faults.between("limits.upload_signs_per_address_and_hour", signs, 1, 1000, stored);
        let made_up = "accounts must not be made in bulk";
        faults.between(
            "limits.sign_ups_per_address_and_hour",
            self.sign_ups_per_address_and_hour,
            1,
            1000,
            made_up,
        );
    }
}
