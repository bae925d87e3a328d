//! A bad night: the program is killed, doubled, stopped, and its database taken away, while members use it. Whatever it
//! acknowledged must be there afterwards, and what it did not must be there wholly or not at all.
//!
//! | variable | |
//! |---|---|
//! | `DAEMUN_TEST_DATABASE` | `sqlite` (default) or `postgres`: which engine is tried; what needs PostgreSQL runs with the latter |
//! | `DAEMUN_CRASH_ROUNDS` | kills and restarts in a test, instead of the few that every change has time for; leases are then waited for |
//! | `DAEMUN_CRASH_PROGRAM` | the program that is tried, instead of the one that was built with the tests |
//! | `DAEMUN_CRASH_SEED` | chooses the acts and the moments; a test that fails prints its seed |

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]
#![expect(clippy::print_stderr, reason = "the numbers of a run are for people to read")]

mod apps;
mod chance;
mod client;
mod cluster;
mod disk;
mod ground;
mod journal;
mod kills;
mod load;
mod mails;
mod member;
mod once;
mod outages;
mod outbox;
mod points;
mod stops;
mod truth;
mod uploads;

/// Whether this run is for PostgreSQL.
fn on_postgres() -> bool {
    variable("DAEMUN_TEST_DATABASE").is_some_and(|engine| engine == "postgres")
}

/// How often something is done to the server: `usual` times, unless the nightly run says otherwise.
fn rounds(usual: usize) -> usize {
    variable("DAEMUN_CRASH_ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Whether this is a run that has time.
fn nightly() -> bool {
    variable("DAEMUN_CRASH_ROUNDS").is_some()
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok().filter(|text| !text.is_empty())
}
