//! What members type, read by the rules of their app. Every fault is noted, none ends the reading.

use daemun_crypto::{Password, password_rules};
use daemun_model::app::{Attribute, AttributeKind, FieldRule, Identifier as SignInWith};
use daemun_model::profile::{GENDERS, birthdate, day};
use daemun_model::{Account, App, Email, Faults, Language, PhoneNumber, Reason, Timestamp, text};
use daemun_store::identifiers::Identifier;
use serde_json::{Map, Value};

/// The most code points of a name, unless the app has a rule of its own.
pub(crate) const LONGEST_NAME: usize = 150;
/// The most code points of a name at sign-in: longer than any app's rule for new ones.
const LONGEST_TYPED: usize = 1000;
/// The most code points of a picture's path or URL.
pub(crate) const LONGEST_PICTURE: usize = 500;

/// A profile field that is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    PreferredUsername,
    PhoneNumber,
    Name,
    GivenName,
    FamilyName,
    Nickname,
    Birthdate,
    Gender,
    Picture,
    Locale,
}

impl Field {
    /// The input field and account field it is.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PreferredUsername => "preferred_username",
            Self::PhoneNumber => "phone_number",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Nickname => "nickname",
            Self::Birthdate => "birthdate",
            Self::Gender => "gender",
            Self::Picture => "picture",
            Self::Locale => "locale",
        }
    }

    /// Where an account keeps it.
    pub(crate) const fn of(self, account: &mut Account) -> &mut Option<String> {
        match self {
            Self::PreferredUsername => &mut account.preferred_username,
            Self::PhoneNumber => &mut account.phone_number,
            Self::Name => &mut account.name,
            Self::GivenName => &mut account.given_name,
            Self::FamilyName => &mut account.family_name,
            Self::Nickname => &mut account.nickname,
            Self::Birthdate => &mut account.birthdate,
            Self::Gender => &mut account.gender,
            Self::Picture => &mut account.picture,
            Self::Locale => &mut account.locale,
        }
    }
}

/// Reads inputs and notes their faults.
pub(crate) struct Reading<'a> {
    /// Whose rules hold.
    pub app: &'a App,
    /// When it is read.
    pub now: Timestamp,
    /// What is wrong so far.
    pub faults: Faults,
}

impl Reading<'_> {
    /// A profile field in the form in which it is kept.
    pub(crate) fn field(&mut self, field: Field, typed: &str) -> Option<String> {
        let read = self.form(field, typed).and_then(|text| self.obey(field.name(), &text).map(|()| text));
        self.faults.take(field.name(), read)
    }

    fn form(&self, field: Field, typed: &str) -> Result<String, Reason> {
        match field {
            Field::PreferredUsername => match self.line(field, typed, LONGEST_NAME)? {
                // Others know somebody by it: it is what is seen of it (RFC 8265 section 3).
                name if name.chars().any(text::is_invisible) => Err(Reason::Malformed),
                name => Ok(name),
            },
            Field::Name | Field::GivenName | Field::FamilyName | Field::Nickname => {
                self.line(field, typed, LONGEST_NAME)
            }
            Field::PhoneNumber => {
                let number = PhoneNumber::parse(typed, &self.app.policy.phone_region)?;
                Ok(number.e164().to_owned())
            }
            Field::Birthdate => birthdate(typed, self.now, self.app.timezone).map(|date| date.to_string()),
            Field::Gender => match typed.trim() {
                "" => Err(Reason::Blank),
                known if GENDERS.contains(&known) => Ok(known.to_owned()),
                _ => Err(Reason::NotAChoice),
            },
            Field::Picture => self.line(field, typed, LONGEST_PICTURE),
            Field::Locale => match Language::from_tag(typed) {
                Some(language) => Ok(language.code().to_owned()),
                None if typed.trim().is_empty() => Err(Reason::Blank),
                None => Err(Reason::NotAChoice),
            },
        }
    }

    /// A line of at most `most` code points, unless the app's own rule says otherwise.
    fn line(&self, field: Field, typed: &str, most: usize) -> Result<String, Reason> {
        let rule = self.app.policy.fields.get(field.name());
        let least = rule.and_then(|rule| rule.min).unwrap_or(1);
        text::line(typed, least, rule.and_then(|rule| rule.max).unwrap_or(most))
    }

    /// An e-mail address.
    pub(crate) fn email(&mut self, typed: &str) -> Option<Email> {
        let read = Email::parse(typed).and_then(|email| self.obey("email", email.address()).map(|()| email));
        self.faults.take("email", read)
    }

    /// The name that somebody signs in with. The app's rules for new names are of no interest here.
    pub(crate) fn sign_in_name(&mut self, with: SignInWith, typed: &str) -> Option<Identifier> {
        let read = match with {
            SignInWith::Email => Email::parse(typed).map(|email| Identifier::email(&email)),
            SignInWith::PreferredUsername => {
                text::line(typed, 1, LONGEST_TYPED).map(|name| Identifier::preferred_username(&name))
            }
            SignInWith::PhoneNumber => PhoneNumber::parse(typed, &self.app.policy.phone_region)
                .map(|number| Identifier::phone_number(&number)),
        };
        self.faults.take(with.field(), read)
    }

    /// Whether a text obeys the app's own rule for its field.
    fn obey(&self, field: &str, text: &str) -> Result<(), Reason> {
        self.app.policy.fields.get(field).map_or(Ok(()), |rule| check_rule(rule, text))
    }

    /// The attributes that are named, each of its type. `null` is kept for who reads it as a change.
    pub(crate) fn attributes(&mut self, typed: &Map<String, Value>) -> Map<String, Value> {
        let mut read = Map::new();
        for (name, attribute) in &self.app.attributes {
            match typed.get(name) {
                None => {}
                Some(Value::Null) => {
                    read.insert(name.clone(), Value::Null);
                }
                Some(value) => {
                    let field = format!("attributes.{name}");
                    let value = read_attribute(attribute, value).and_then(|value| {
                        value.as_str().map_or(Ok(()), |text| self.obey(&field, text)).map(|()| value)
                    });
                    if let Some(value) = self.faults.take(&field, value) {
                        read.insert(name.clone(), value);
                    }
                }
            }
        }
        read
    }

    /// A new password, and its repetition where one was asked for. What is known of the account must not equal it.
    pub(crate) fn new_password(
        &mut self,
        typed: Option<&str>,
        again: Option<&str>,
        account: Option<&Account>,
    ) -> Option<Password> {
        let typed = typed?;
        if again.is_some_and(|again| again != typed) {
            self.faults.add("password_again", Reason::Mismatch);
        }
        let known = known_of(self.app, account);
        let known: Vec<_> = known.iter().map(|(field, text)| (*field, text.as_str())).collect();
        let password = match password_rules::check(typed, &known) {
            Ok(password) => password,
            Err(reasons) => {
                let own = self.app.policy.fields.get("password").and_then(|rule| rule.min).unwrap_or(0);
                for reason in reasons {
                    let reason = match reason {
                        // Whoever does as told should not be told of a greater length then.
                        Reason::TooShort { min } => Reason::TooShort { min: min.max(own) },
                        other => other,
                    };
                    self.faults.add("password", reason);
                }
                return None;
            }
        };
        // The app may ask for more than the rules for all do, never for less.
        self.faults.take("password", self.obey("password", typed)).map(|()| password)
    }
}

/// What a password must not equal.
fn known_of(app: &App, account: Option<&Account>) -> Vec<(&'static str, String)> {
    let mut known = vec![("service", app.title.clone()), ("service", app.name.clone())];
    let Some(account) = account else { return known };
    let texts = [
        ("email", &account.email),
        ("preferred_username", &account.preferred_username),
        ("phone_number", &account.phone_number),
        ("name", &account.name),
        ("given_name", &account.given_name),
        ("family_name", &account.family_name),
        ("nickname", &account.nickname),
    ];
    known.extend(texts.into_iter().filter_map(|(field, text)| Some((field, text.clone()?))));
    if let Some((local, _)) = account.email.as_deref().and_then(|email| email.rsplit_once('@')) {
        known.push(("email", local.to_owned()));
    }
    known
}

fn check_rule(rule: &FieldRule, text: &str) -> Result<(), Reason> {
    let length = text.chars().count();
    if let Some(min) = rule.min.filter(|min| length < *min) {
        return Err(Reason::TooShort { min });
    }
    if let Some(max) = rule.max.filter(|max| length > *max) {
        return Err(Reason::TooLong { max });
    }
    let matches = |pattern: &regex::Regex| pattern.find(text).is_some_and(|found| found.len() == text.len());
    if !rule.pattern.as_ref().is_none_or(matches) {
        return Err(Reason::Malformed);
    }
    match &rule.choices {
        Some(choices) if !choices.iter().any(|choice| choice == text) => Err(Reason::NotAChoice),
        _ => Ok(()),
    }
}

fn read_attribute(attribute: &Attribute, value: &Value) -> Result<Value, Reason> {
    match &attribute.kind {
        AttributeKind::String { max, choices } => {
            let text = value.as_str().ok_or(Reason::Malformed)?;
            let text = match text::line(text, 0, *max) {
                Err(Reason::Blank) => String::new(),
                other => other?,
            };
            if !choices.is_empty() && !choices.contains(&text) {
                return Err(Reason::NotAChoice);
            }
            Ok(Value::String(text))
        }
        AttributeKind::Boolean => value.as_bool().map(Value::Bool).ok_or(Reason::Malformed),
        AttributeKind::Integer { min, max } => match value.as_i64() {
            Some(number) if (*min..=*max).contains(&number) => Ok(number.into()),
            Some(_) => Err(Reason::OutOfRange),
            None if value.is_u64() => Err(Reason::OutOfRange),
            None => Err(Reason::Malformed),
        },
        AttributeKind::Number => match value {
            Value::Number(number) => Ok(Value::Number(number.clone())),
            _ => Err(Reason::Malformed),
        },
        AttributeKind::Date => {
            let text = value.as_str().ok_or(Reason::Malformed)?;
            day(text).map(|date| Value::String(date.to_string()))
        }
    }
}

/// The attributes of an account in the order in which the app declares them: what was named, the defaults of the
/// others, `null` where there is none. What the app declares no longer is kept after them.
pub(crate) fn with_defaults(app: &App, mut named: Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, attribute) in &app.attributes {
        let value = named.shift_remove(name).filter(|value| !value.is_null());
        let value = value.or_else(|| attribute.default.clone()).unwrap_or(Value::Null);
        all.insert(name.clone(), value);
    }
    all.extend(named);
    all
}

/// The account as it is given out: it may have been kept before its app declared an attribute.
pub(crate) fn complete(app: &App, account: Account) -> Account {
    Account { attributes: with_defaults(app, account.attributes), ..account }
}
