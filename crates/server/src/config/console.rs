//! `[console]`: how long administrators stay signed in, and what leads in.

use chrono_tz::Tz;
use daemun_operations::administrator::ConsoleSettings;
use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::Faults;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `[console]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSection {
    /// Minutes that a session lives, however much it is used.
    pub session_minutes: i64,
    /// Minutes that it lives unused.
    pub idle_minutes: i64,
    /// Minutes after a proof of who sits there in which what is sensitive asks for none.
    pub confirmation_minutes: i64,
    /// Minutes that the second factor is waited for after the password.
    pub second_factor_minutes: i64,
    /// Hours that the set-up link works, and one that resets a sign-in.
    pub link_hours: i64,
    /// Days that an invitation works.
    pub invitation_days: i64,
    /// The time zone of what is shown of the server: an IANA name.
    pub timezone: String,
}

impl ConsoleSection {
    /// What holds for administrators, once the section was checked.
    pub fn settings(&self, public_url: &str) -> ConsoleSettings {
        ConsoleSettings {
            url: format!("{public_url}/console"),
            absolute: self.session_minutes * MINUTE,
            idle: self.idle_minutes * MINUTE,
            confirmed: self.confirmation_minutes * MINUTE,
            second_factor: self.second_factor_minutes * MINUTE,
            set_up_link: self.link_hours * HOUR,
            invitation: self.invitation_days * DAY,
            // The configuration was checked.
            timezone: self.timezone.parse().unwrap_or_default(),
        }
    }

    /// What is weaker than its source allows, or makes no sense.
    pub(super) fn check(&self, faults: &mut Faults) {
        let whole = "NIST SP 800-63B-4 (2.2.3) has people prove again who they are after a day at most";
        faults.between("console.session_minutes", self.session_minutes, 5, 24 * 60, whole);
        let unused = "NIST SP 800-63B-4 (2.2.3) ends a session that was not used for an hour";
        faults.between("console.idle_minutes", self.idle_minutes, 1, 60, unused);
        let sensitive =
            "what is sensitive must not be done by who sits down at an open browser (ASVS 5.0, 7.5)";
        faults.between("console.confirmation_minutes", self.confirmation_minutes, 1, 30, sensitive);
        let half = "a password that is known is half of what it takes";
        faults.between("console.second_factor_minutes", self.second_factor_minutes, 1, 15, half);
        let link = "whoever has the link comes in: what was mailed is good for a day at most (NIST SP 800-63B-4, 4.2)";
        faults.between("console.link_hours", self.link_hours, 1, 24, link);
        let invited = "whoever has the link comes in";
        faults.between("console.invitation_days", self.invitation_days, 1, 14, invited);
        if self.timezone.parse::<Tz>().is_err() {
            let problem = format!("`{}` is no time zone", self.timezone);
            faults.hint("console.timezone", &problem, "use an IANA name, such as Asia/Seoul or UTC");
        }
        if self.idle_minutes > self.session_minutes {
            faults.add("console.idle_minutes", "is longer than session_minutes: no session lives so long");
        }
    }
}
