//! `tokens`: what a session's tokens are, how long they live, where they stand in a request.
//!
//! What is not said: a pair of JWTs, access 15 minutes, refresh 14 days without use and 90 days at most,
//! rotating, in `Authorization: Bearer`. Lives beyond what the security rules allow are refused.

use daemun_model::TokenPolicy;
use daemun_model::app::{AccessPolicy, OpaquePolicy, RefreshPolicy};
use http::header::AUTHORIZATION;

use super::Reader;
use super::body::Locals;
use super::section::{Section, entries};
use super::words::{self, at_most};
use crate::ast::{Callers, Carrier, Node};
use crate::check::needs::{self, View};
use crate::fault::Report;
use crate::yaml::{Position, Tree};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// Access tokens are not looked up where resource servers read them, so they must die soon.
const LONGEST_ACCESS: i64 = 30 * MINUTE;
const LONGEST_IDLE: i64 = 90 * DAY;
const LONGEST_ABSOLUTE: i64 = 365 * DAY;
/// 160 random bits.
const SHORTEST_HEX: i64 = 40;

/// What Daemun itself says in an access token (RFC 9068 section 2.2), or what would change when it counts.
const OWN_CLAIMS: [&str; 8] = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "nbf"];

/// What `tokens` says.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) policy: TokenPolicy,
    pub(super) claims: Vec<(String, Node)>,
    pub(super) carried_in: Vec<Carrier>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            policy: TokenPolicy::Jwt {
                access: AccessPolicy { lifetime: 15 * MINUTE, outlives_sign_out: false },
                refresh: RefreshPolicy { idle: 14 * DAY, absolute: 90 * DAY, rotates: true },
            },
            claims: Vec::new(),
            carried_in: vec![Carrier { header: AUTHORIZATION, scheme: Some("Bearer".to_owned()) }],
        }
    }
}

impl<'y> Reader<'y> {
    pub(super) fn tokens(&mut self, tree: Option<&'y Tree>) -> Tokens {
        let mut tokens = Tokens::default();
        let Some(tree) = tree else { return tokens };
        let allowed: &[&str] = match self.callers {
            Callers::Members => &["access", "refresh", "session", "carried_in"],
            Callers::ApiKeys => &["carried_in"],
        };
        let Some(section) = Section::open(&mut self.report, tree, "`tokens`", allowed) else {
            return tokens;
        };
        if let Some(carried_in) = section.get("carried_in") {
            tokens.carried_in = carriers(&mut self.report, carried_in);
        }
        if let Some(session) = section.get("session") {
            for other in ["access", "refresh"] {
                if let Some(key) = section.key(other) {
                    let hint =
                        "an opaque session has one token, a pair has `access` and `refresh`".to_owned();
                    self.report.fault_with(key.at, format!("`{other}` cannot stand beside `session`"), hint);
                }
            }
            tokens.policy = TokenPolicy::Opaque(opaque(&mut self.report, session));
            return tokens;
        }
        if let TokenPolicy::Jwt { access, refresh } = &mut tokens.policy {
            if let Some(tree) = section.get("access") {
                tokens.claims = self.access(tree, access);
            }
            if let Some(tree) = section.get("refresh") {
                refresh_policy(&mut self.report, tree, refresh);
            }
        }
        tokens
    }

    fn access(&mut self, tree: &'y Tree, policy: &mut AccessPolicy) -> Vec<(String, Node)> {
        let allowed = ["format", "lifetime", "outlives_sign_out", "claims"];
        let report = &mut self.report;
        let Some(section) = Section::open(report, tree, "`access`", &allowed) else { return Vec::new() };
        format(report, section, "jwt", "an opaque token is written `session: { format: opaque }`");
        if let Some(tree) = section.get("lifetime")
            && let Some(seconds) = words::duration(report, tree, "lifetime")
        {
            let why = "who holds an access token keeps it until it expires; the refresh token carries the session on";
            at_most(report, tree, "lifetime", seconds, LONGEST_ACCESS, why);
            policy.lifetime = seconds;
        }
        if let Some(tree) = section.get("outlives_sign_out") {
            policy.outlives_sign_out = words::boolean(report, tree, "outlives_sign_out").unwrap_or(false);
        }
        section.get("claims").map(|claims| self.claims(claims)).unwrap_or_default()
    }

    fn claims(&mut self, tree: &'y Tree) -> Vec<(String, Node)> {
        let mut claims = Vec::new();
        for entry in entries(&mut self.report, tree, "`claims`").unwrap_or_default() {
            let name = entry.key.text.as_str();
            if OWN_CLAIMS.contains(&name) {
                let hint = "choose another name for it".to_owned();
                self.report.fault_with(entry.key.at, format!("the claim `{name}` is Daemun's own"), hint);
                continue;
            }
            let mut wanted = Vec::new();
            let node = self.node(&entry.value, &Locals::default(), &mut wanted);
            let roots = self.account_root("account");
            let view = View {
                whose: "a claim".to_owned(),
                roots,
                switches: &self.no_switches,
                attributes: &self.attributes,
            };
            needs::check(&wanted, &view, &mut self.report);
            claims.push((name.to_owned(), node));
        }
        claims
    }
}

/// Where access tokens may stand.
pub(super) fn carriers(report: &mut Report, tree: &Tree) -> Vec<Carrier> {
    let one = std::slice::from_ref(tree);
    let items = if tree.entries().is_some() { one } else { tree.items().unwrap_or_default() };
    if items.is_empty() {
        let hint = "for example `[{ header: Authorization, scheme: Bearer }]`".to_owned();
        report.fault_with(tree.at, "`carried_in` is a list of headers", hint);
    }
    let mut carriers: Vec<Carrier> = Vec::new();
    for item in items {
        let Some(section) = Section::open(report, item, "a place of `carried_in`", &["header", "scheme"])
        else {
            continue;
        };
        let header = section.require(report, "header", "header: Authorization");
        let header = header.and_then(|header| words::text(report, header, "header"));
        let Some(header) = header.and_then(|header| words::header(report, header, &["cookie", "host"]))
        else {
            continue;
        };
        let scheme = section.get("scheme").and_then(|scheme| words::sentence(report, scheme, "scheme"));
        if let (Some(tree), Some(scheme)) = (section.get("scheme"), scheme)
            && !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
        {
            let hint = "a scheme is one word, as `Bearer`; the token follows it after a space".to_owned();
            report.fault_with(tree.at, format!("`{scheme}` is no scheme"), hint);
        }
        let carrier = Carrier { header, scheme: scheme.map(str::to_owned) };
        if carriers.contains(&carrier) {
            report.fault(item.at, "this place of the token comes twice");
        }
        carriers.push(carrier);
    }
    carriers
}

fn format(report: &mut Report, section: Section<'_>, wanted: &str, otherwise: &str) {
    let Some(scalar) = section.get("format").and_then(|tree| words::text(report, tree, "format")) else {
        return;
    };
    if scalar.text != wanted {
        let message = format!("the format here is `{wanted}`, not `{}`", scalar.text);
        report.fault_with(scalar.at, message, otherwise.to_owned());
    }
}

fn refresh_policy(report: &mut Report, tree: &Tree, policy: &mut RefreshPolicy) {
    let allowed = ["format", "lifetime", "idle", "absolute", "rotates"];
    let Some(section) = Section::open(report, tree, "`refresh`", &allowed) else { return };
    format(report, section, "jwt", "an opaque token is written `session: { format: opaque }`");
    (policy.idle, policy.absolute) = lives(report, section, (policy.idle, policy.absolute));
    if let Some(tree) = section.get("rotates") {
        policy.rotates = words::boolean(report, tree, "rotates").unwrap_or(true);
    }
}

fn opaque(report: &mut Report, tree: &Tree) -> OpaquePolicy {
    let mut policy = OpaquePolicy { hex: 40, idle: LONGEST_IDLE, absolute: LONGEST_ABSOLUTE };
    let allowed = ["format", "hex", "lifetime", "idle", "absolute"];
    let Some(section) = Section::open(report, tree, "`session`", &allowed) else { return policy };
    format(report, section, "opaque", "a pair of JWTs is written `access:` and `refresh:`");
    if let Some(tree) = section.get("hex")
        && let Some(digits) = words::whole(report, tree, "hex", 1..=128)
    {
        let even = digits % 2 == 0;
        if digits < SHORTEST_HEX {
            let hint = "fewer than 160 random bits could be guessed: write `hex: 40`".to_owned();
            report.fault_with(tree.at, format!("a token of {digits} hexadecimal digits is too short"), hint);
        } else if !even {
            report.fault(tree.at, "`hex` is even: two digits make a byte");
        }
        policy.hex = usize::try_from(digits).unwrap_or(policy.hex);
    }
    (policy.idle, policy.absolute) = lives(report, section, (policy.idle, policy.absolute));
    policy
}

/// `idle` and `absolute`, or both at once as `lifetime`.
fn lives(report: &mut Report, section: Section<'_>, default: (i64, i64)) -> (i64, i64) {
    let mut read = |name: &'static str, most: i64, why: &str| -> Option<(i64, Position)> {
        let tree = section.get(name)?;
        let seconds = words::duration(report, tree, name)?;
        at_most(report, tree, name, seconds, most, why);
        Some((seconds, tree.at))
    };
    let unused = "a token that lies unused for so long is a stolen one waiting";
    let forever = "a member proves who they are at least once a year";
    let lifetime = read("lifetime", LONGEST_IDLE, unused);
    let idle = read("idle", LONGEST_IDLE, unused);
    let absolute = read("absolute", LONGEST_ABSOLUTE, forever);
    if let (Some(_), Some((_, at))) = (lifetime, idle.or(absolute)) {
        let hint = "`lifetime` sets `idle` and `absolute` at once: keep one way of saying it".to_owned();
        report.fault_with(at, "this is said by `lifetime` already", hint);
    }
    let said = |value: Option<(i64, Position)>| value.or(lifetime).map(|(seconds, _)| seconds);
    let most = said(absolute).unwrap_or(default.1.max(said(idle).unwrap_or(0)));
    let rest = said(idle).unwrap_or(default.0.min(most));
    if let Some((_, at)) = idle.filter(|_| rest > most) {
        let message = format!(
            "`idle` is {}, longer than `absolute`, which is {}",
            words::spoken(rest),
            words::spoken(most)
        );
        report.fault(at, message);
    }
    (rest, most)
}
