//! Values that have the right type and are still not allowed: weaker than the anchor, or impossible.

use daemun_crypto::{HasherOptions, MasterKey};
use daemun_pages::Color;
use daemun_web::TrustedProxies;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{AppSection, Config, ConfigFault, Mode, delivery};

/// Everything that is wrong with the values.
pub(super) fn check(config: &Config, mode: &Mode) -> Vec<ConfigFault> {
    let mut faults = Faults(Vec::new());
    faults.server(config);
    faults.passwords(config);
    faults.log(config);
    faults.secrets(config);
    config.limits.check(&mut faults);
    config.console.check(&mut faults);
    config.files.check(&mut faults);
    delivery::check(config, mode, &mut faults);
    faults.retention(config);
    for (index, app) in config.app.iter().enumerate() {
        faults.app(app, &config.app[..index]);
    }
    faults.0
}

/// What is wrong so far.
pub(super) struct Faults(Vec<ConfigFault>);

impl Faults {
    /// Blames a key.
    pub(super) fn add(&mut self, key: &str, message: impl Into<String>) {
        self.0.push(ConfigFault { place: key.to_owned(), message: message.into(), hint: None });
    }

    /// Blames a key, and says what to do.
    pub(super) fn hint(&mut self, key: &str, message: &str, hint: &str) {
        let hint = Some(hint.to_owned());
        self.0.push(ConfigFault { place: key.to_owned(), message: message.to_owned(), hint });
    }

    /// Blames a key whose value lies outside a range, and says why there is one.
    pub(super) fn between<T: PartialOrd + std::fmt::Display>(
        &mut self,
        key: &str,
        value: T,
        least: T,
        most: T,
        why: &str,
    ) {
        if value < least || value > most {
            self.add(key, format!("{value} is not between {least} and {most}: {why}"));
        }
    }

    fn server(&mut self, config: &Config) {
        let server = &config.server;
        if let Err(entry) = TrustedProxies::parse(&server.trusted_proxies) {
            self.add(
                "server.trusted_proxies",
                format!("{entry:?} is no address and no network such as 10.0.0.0/8"),
            );
        }
        if let Some(url) = &server.public_url {
            self.public_url("server.public_url", url);
        }
        let slow = "a slow client must not hold a connection";
        self.between("server.header_read_seconds", server.header_read_seconds, 1, 30, slow);
        self.between("server.idle_seconds", server.idle_seconds, 1, 600, slow);
        self.between("server.request_seconds", server.request_seconds, 1, 120, slow);
        self.between("server.drain_seconds", server.drain_seconds, 0, 600, "a stop must end");
        let large = "memory for one request is bounded";
        self.between("server.header_bytes", server.header_bytes, 8192, 65_536, large);
        self.between("server.body_bytes", server.body_bytes, 16_384, 1_048_576, large);
        self.between("server.connections", server.connections, 1, 1_000_000, "there must be some");
        self.between("database.connections", config.database.connections, 1, 1000, "there must be some");
        self.between("database.reader_threads", config.database.reader_threads, 1, 64, "there must be some");
    }

    fn passwords(&mut self, config: &Config) {
        let cost = &config.passwords;
        let options = HasherOptions {
            memory_kib: cost.memory_kib,
            iterations: cost.iterations,
            ..HasherOptions::default()
        };
        if !options.is_strong() {
            let (memory, passes) = (cost.memory_kib, cost.iterations);
            self.add("passwords", format!("m = {memory} KiB with t = {passes} is weaker than OWASP's password storage advice: 19456 with 2, 47104 with 1, 12288 with 3, 9216 with 4"));
        }
        self.between(
            "passwords.memory_kib",
            cost.memory_kib,
            7168,
            1_048_576,
            "one hash must not take the machine",
        );
        self.between("passwords.iterations", cost.iterations, 1, 20, "one hash must not take seconds");
        self.between("passwords.parallelism", cost.parallelism, 1, 8, "one thread works on a hash");
        self.between("passwords.threads", cost.threads, 0, 256, "0 is one for each core");
        self.between(
            "passwords.queue",
            cost.queue,
            0,
            100_000,
            "what waits must be answered within the request's time",
        );
    }

    fn log(&mut self, config: &Config) {
        let traces = &config.traces;
        self.between("traces.sample", traces.sample, 0.0, 1.0, "it is a share of the requests");
        if let Some(url) = &traces.endpoint {
            self.public_url("traces.endpoint", url);
        }
        if config.metrics.listen.is_some_and(|listen| listen == config.server.listen && listen.port() != 0) {
            self.add("metrics.listen", "is server.listen: the numbers are for operators, not for members");
        }
        if let Err(error) = EnvFilter::builder().parse(&config.log.filter) {
            self.add("log.filter", error.to_string());
        }
    }

    fn secrets(&mut self, config: &Config) {
        if let Some(Err(error)) = config.keys.master.as_ref().map(MasterKey::from_text) {
            self.add("keys.master", error.to_string());
        }
        let known = "who verifies tokens must have seen the new key, and a rotation must come to its end";
        self.between("keys.publish_seconds", config.keys.publish_seconds, 180, 86_400, known);
        let (links, codes) = (&config.links, &config.codes);
        let hour = "a link in a mailbox must not work for long (OWASP Forgot Password Cheat Sheet)";
        self.between("links.reset_seconds", links.reset_seconds, 60, 3600, hour);
        self.between(
            "links.verify_seconds",
            links.verify_seconds,
            60,
            604_800,
            "a week is long enough to read a mail",
        );
        let short = "a code sent out of band lives at most 10 minutes (NIST SP 800-63B-4 section 3.1.3.2)";
        self.between("codes.lifetime_seconds", codes.lifetime_seconds, 60, 600, short);
        self.between("codes.tries", codes.tries, 1, 5, "of a million codes only a few may be tried");
        let proof = "a checked code is used at once";
        self.between("codes.sign_up_proof_seconds", codes.sign_up_proof_seconds, 60, 3600, proof);
        self.between("codes.reset_proof_seconds", codes.reset_proof_seconds, 60, 600, proof);
        let grace = "a stolen refresh token must be noticed (RFC 9700 section 4.14.2)";
        self.between("sessions.rotation_grace_seconds", config.sessions.rotation_grace_seconds, 0, 60, grace);
        let bounded = "memory is bounded";
        self.between("sessions.verified_tokens", config.sessions.verified_tokens, 1, 10_000_000, bounded);
    }

    fn retention(&mut self, config: &Config) {
        let kept = &config.retention;
        let needed = "less would forget what an incident is looked up in, more is kept without need";
        self.between("retention.audit_days", kept.audit_days, 90, 3650, needed);
        self.between("retention.outbox_days", kept.outbox_days, 1, 365, needed);
        let hours = kept.unclaimed_upload_hours;
        let soon = "a form is filled in within hours, and files of nobody are no use";
        self.between("retention.unclaimed_upload_hours", hours, 1, 168, soon);
        self.between("retention.spent_days", kept.spent_days, 1, 365, needed);
    }

    fn app(&mut self, app: &AppSection, earlier: &[AppSection]) {
        let key = |name: &str| format!("app {:?}: {name}", app.name);
        if !is_name(&app.name) {
            self.add(&key("name"), "only a-z, 0-9 and - can stand in a name, 1 to 64 of them");
        }
        if earlier.iter().any(|other| other.name == app.name) {
            self.add(&key("name"), "two apps have this name");
        }
        let mount = app.mount();
        if !is_mount(&mount) {
            self.add(
                &key("mount"),
                format!(
                    "{mount:?} is no path such as /accounts; nothing of the server's own may be shadowed"
                ),
            );
        }
        if earlier.iter().any(|other| other.mount() == mount) {
            self.add(&key("mount"), format!("{mount:?} is another app's"));
        }
        for host in &app.hosts {
            if host.is_empty() || host.contains(['/', ':', ' ']) {
                self.add(
                    &key("hosts"),
                    format!("{host:?} is no host name; it stands without scheme and port"),
                );
            }
            if earlier.iter().any(|other| other.hosts.iter().any(|name| name.eq_ignore_ascii_case(host))) {
                self.add(&key("hosts"), format!("{host:?} is another app's"));
            }
        }
        if let Some(url) = &app.public_url {
            self.public_url(&key("public_url"), url);
        }
        if app.introspection_secret.as_ref().is_some_and(|secret| !is_strong(secret)) {
            self.hint(
                &key("introspection_secret"),
                "it has fewer than 32 characters or hardly any different ones",
                "`openssl rand -base64 32` makes one",
            );
        }
        if let Some(color) = app.color.as_deref().filter(|color| Color::parse(color).is_none()) {
            self.add(&key("color"), format!("{color:?} is no colour such as \"#1f54c4\""));
        }
        for origin in &app.allowed_origins {
            if !is_origin(origin) {
                self.add(
                    &key("allowed_origins"),
                    format!("{origin:?} is no origin such as https://app.example.com"),
                );
            }
        }
    }

    fn public_url(&mut self, key: &str, text: &str) {
        let fits = Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        if !fits {
            self.add(key, format!("{text:?} is no URL such as https://id.example.com"));
        }
    }
}

/// A secret that nobody guesses: long enough, and no text repeated.
fn is_strong(secret: &SecretString) -> bool {
    MasterKey::from_text(secret).is_ok()
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The root, or a path of plain segments, that hides nothing of the server's own.
fn is_mount(mount: &str) -> bool {
    const RESERVED: [&str; 6] = ["healthz", "readyz", "metrics", "console", "media", "delivery"];
    let plain = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    match mount.strip_prefix('/') {
        None => mount.is_empty(),
        Some(path) => {
            path.split('/').all(plain)
                && path.split('/').next().is_some_and(|first| !RESERVED.contains(&first))
        }
    }
}

fn is_origin(text: &str) -> bool {
    text == LOOPBACK || Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
}

/// The word for every origin on this machine.
pub const LOOPBACK: &str = "loopback";

impl AppSection {
    /// The path it is mounted at, `""` for the root.
    pub fn mount(&self) -> String {
        let mount = self.mount.clone().unwrap_or_else(|| format!("/{}", self.name));
        mount.trim_end_matches('/').to_owned()
    }
}
