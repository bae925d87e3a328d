//! The templates of messages: built in, and for an app those of a folder in their place.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use daemun_model::Language;
use daemun_model::message::{Channel, Message, Secret, Template};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use crate::DeliveryError;
use crate::render::{ACCENT, Rendered, check_secret, render_with};

/// The layouts, by name.
const LAYOUTS: [(&str, &str); 4] = [
    ("subject.txt", include_str!("../templates/subject.txt")),
    ("mail.txt", include_str!("../templates/mail.txt")),
    ("mail.html", include_str!("../templates/mail.html")),
    ("sms.txt", include_str!("../templates/sms.txt")),
];

/// The words, by language and message.
const WORDS: [(&str, &str); 26] = [
    ("ko/footer", include_str!("../templates/ko/footer.jinja")),
    ("ko/verify_email", include_str!("../templates/ko/verify_email.jinja")),
    ("ko/reset_password", include_str!("../templates/ko/reset_password.jinja")),
    ("ko/password_changed", include_str!("../templates/ko/password_changed.jinja")),
    ("ko/email_code", include_str!("../templates/ko/email_code.jinja")),
    ("ko/sign_in_code", include_str!("../templates/ko/sign_in_code.jinja")),
    ("ko/account_approved", include_str!("../templates/ko/account_approved.jinja")),
    ("ko/account_rejected", include_str!("../templates/ko/account_rejected.jinja")),
    ("ko/administrator_invitation", include_str!("../templates/ko/administrator_invitation.jinja")),
    ("ko/administrator_reset", include_str!("../templates/ko/administrator_reset.jinja")),
    (
        "ko/administrator_password_changed",
        include_str!("../templates/ko/administrator_password_changed.jinja"),
    ),
    (
        "ko/administrator_second_factor_changed",
        include_str!("../templates/ko/administrator_second_factor_changed.jinja"),
    ),
    (
        "ko/administrator_recovery_code_used",
        include_str!("../templates/ko/administrator_recovery_code_used.jinja"),
    ),
    ("en/footer", include_str!("../templates/en/footer.jinja")),
    ("en/verify_email", include_str!("../templates/en/verify_email.jinja")),
    ("en/reset_password", include_str!("../templates/en/reset_password.jinja")),
    ("en/password_changed", include_str!("../templates/en/password_changed.jinja")),
    ("en/email_code", include_str!("../templates/en/email_code.jinja")),
    ("en/sign_in_code", include_str!("../templates/en/sign_in_code.jinja")),
    ("en/account_approved", include_str!("../templates/en/account_approved.jinja")),
    ("en/account_rejected", include_str!("../templates/en/account_rejected.jinja")),
    ("en/administrator_invitation", include_str!("../templates/en/administrator_invitation.jinja")),
    ("en/administrator_reset", include_str!("../templates/en/administrator_reset.jinja")),
    (
        "en/administrator_password_changed",
        include_str!("../templates/en/administrator_password_changed.jinja"),
    ),
    (
        "en/administrator_second_factor_changed",
        include_str!("../templates/en/administrator_second_factor_changed.jinja"),
    ),
    (
        "en/administrator_recovery_code_used",
        include_str!("../templates/en/administrator_recovery_code_used.jinja"),
    ),
];

/// What a template may do before it is stopped: the built-in ones need some hundred steps.
const FUEL: u64 = 100_000;

static BUILT_IN: LazyLock<Result<Environment<'static>, Error>> =
    LazyLock::new(|| environment(&BTreeMap::new()));

/// The built-in templates.
pub(crate) fn built_in() -> Result<&'static Environment<'static>, DeliveryError> {
    BUILT_IN.as_ref().map_err(|cause| DeliveryError::Template {
        template: "all",
        cause: Error::new(cause.kind(), cause.to_string()),
    })
}

/// The templates of every app. Without more they are the built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    apps: BTreeMap<String, Environment<'static>>,
    accents: BTreeMap<String, String>,
}

impl Templates {
    /// Puts the templates of a folder in the place of the built-in ones, for one app: `{ko,en}/NAME.jinja`,
    /// `{ko,en}/footer.jinja`, and the layouts `subject.txt`, `mail.txt`, `mail.html`, `sms.txt`. What is not there stays
    /// built in.
    ///
    /// # Errors
    /// Every fault, each with its file, and its line where there is one: a file that takes no place, one that cannot be
    /// read, a template that breaks or that shows no code or link where there is one.
    pub fn override_for(&mut self, app: &str, folder: &Path) -> Result<(), Vec<String>> {
        let files = read(folder)?;
        let environment = environment(&files).map_err(|error| vec![place(folder, &files, &error)])?;
        let faults = try_out(folder, &files, &environment);
        if !faults.is_empty() {
            return Err(faults);
        }
        self.apps.insert(app.to_owned(), environment);
        Ok(())
    }

    /// The colour of an app's mails, as `#rrggbb`: one on which white text can be read.
    pub fn color_for(&mut self, app: &str, accent: String) {
        self.accents.insert(app.to_owned(), accent);
    }

    /// Puts a message of an app into words, in its language.
    ///
    /// # Errors
    /// `NoSecret` when its code or link is gone, `BadLink` when the link is no `http` or `https` URL.
    pub fn render(&self, app: &str, message: &Message) -> Result<Rendered, DeliveryError> {
        let accent = self.accents.get(app).map_or(ACCENT, String::as_str);
        match self.apps.get(app) {
            Some(environment) => render_with(environment, message, accent),
            None => render_with(built_in()?, message, accent),
        }
    }
}

/// The files of a folder, by the names that templates have here.
type Files = BTreeMap<String, String>;

fn read(folder: &Path) -> Result<Files, Vec<String>> {
    let mut paths = Vec::new();
    let mut faults = Vec::new();
    collect(folder, &mut paths, &mut faults);
    let mut files = Files::new();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let Some(name) = known(&name) else {
            faults.push(format!("{}: {}", path.display(), unknown(&name)));
            continue;
        };
        match fs::read_to_string(&path) {
            Ok(text) => drop(files.insert(name, text)),
            Err(error) => faults.push(format!("{}: {error}", path.display())),
        }
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

/// Every file below a folder, but hidden ones and notes to readers.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>, faults: &mut Vec<String>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return faults.push(format!("{}: {error}", folder.display())),
    };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    for path in found {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".md") {
            continue;
        }
        if path.is_dir() { collect(&path, paths, faults) } else { paths.push(path) }
    }
}

/// The name here of a file there.
fn known(file: &str) -> Option<String> {
    if LAYOUTS.iter().any(|(name, _)| *name == file) {
        return Some(file.to_owned());
    }
    let name = file.strip_suffix(".jinja")?;
    WORDS.iter().any(|(known, _)| *known == name).then(|| name.to_owned())
}

fn unknown(file: &str) -> String {
    let words: BTreeSet<&str> = WORDS.iter().filter_map(|(name, _)| Some(name.split_once('/')?.1)).collect();
    let words = words.into_iter().collect::<Vec<_>>().join(", ");
    let layouts = LAYOUTS.map(|(name, _)| name).join(", ");
    format!(
        "{file} takes the place of no template\n  hint: there are {layouts}, and ko/NAME.jinja and en/NAME.jinja with the names {words}"
    )
}

fn environment(files: &Files) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
    });
    let source = |name: &str, built_in: &'static str| {
        files.get(name).map_or(Cow::Borrowed(built_in), |text| Cow::Owned(text.clone()))
    };
    for (name, built_in) in LAYOUTS {
        environment.add_template_owned(name, source(name, built_in))?;
    }
    // The same words stand under two names, since the name says whether values are escaped.
    for (name, built_in) in WORDS {
        for form in ["txt", "html"] {
            environment.add_template_owned(format!("{name}.{form}"), source(name, built_in))?;
        }
    }
    Ok(environment)
}

/// Where a template is broken, as editors open it.
fn place(folder: &Path, files: &Files, error: &Error) -> String {
    let mut cause = error;
    // An inner template's fault is told by the outer one as well.
    while let Some(deeper) =
        std::error::Error::source(cause).and_then(|source| source.downcast_ref::<Error>())
    {
        cause = deeper;
    }
    let detail = cause.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = cause.line().map(|line| format!(":{line}")).unwrap_or_default();
    let name = cause.name().unwrap_or_default();
    format!("{}{line}: {}{detail}", file_of(folder, files, name), cause.kind())
}

/// The file behind the name of a template.
fn file_of(folder: &Path, files: &Files, name: &str) -> String {
    let is_layout = LAYOUTS.iter().any(|(layout, _)| *layout == name);
    let words = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".html")).unwrap_or(name);
    let (key, file) = if is_layout { (name, name.to_owned()) } else { (words, format!("{words}.jinja")) };
    if files.contains_key(key) {
        folder.join(file).display().to_string()
    } else {
        format!("{} (the built-in {file}, with what stands there)", folder.display())
    }
}

/// The code and the link of messages that are only looked at.
pub(crate) fn sample_secret() -> Secret {
    Secret {
        code: Some("012345".to_owned()),
        link: Some("https://id.example.com/pages/reset?uid=1&token=sample".to_owned()),
        reason: Some("<Reason> & more".to_owned()),
    }
}

/// Renders every message in every form, and tells what is wrong, each thing once.
fn try_out(folder: &Path, files: &Files, environment: &Environment<'_>) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for message in samples() {
        let file = format!("{}/{}", message.language.code(), message.template.as_str());
        match render_with(environment, &message, ACCENT) {
            Ok(rendered) => {
                // Who changed the words is to blame before who laid them out.
                faults.extend(missing(&message, &rendered).map(|(layout, what)| {
                    let name = if files.contains_key(&file) { &file } else { layout };
                    format!("{}: {what}", file_of(folder, files, name))
                }));
            }
            Err(DeliveryError::Template { cause, .. }) => drop(faults.insert(place(folder, files, &cause))),
            Err(error) => drop(faults.insert(format!("{}: {error}", folder.display()))),
        }
    }
    faults.into_iter().collect()
}

/// Every message, with every secret part that it can have.
fn samples() -> impl Iterator<Item = Message> {
    let whole = sample_secret();
    let secrets = [
        whole.clone(),
        Secret { code: None, ..whole.clone() },
        Secret { link: None, ..whole },
        Secret::default(),
    ];
    let forms = [Channel::Email, Channel::Sms]
        .into_iter()
        .flat_map(|channel| Language::ALL.into_iter().map(move |language| (channel, language)))
        .flat_map(|form| Template::ALL.into_iter().map(move |template| (form, template)));
    forms
        .flat_map(move |((channel, language), template)| {
            secrets.clone().map(move |secret| Message {
                channel,
                to: "user@example.com".to_owned(),
                template,
                language,
                app_title: "Example & <Co>".to_owned(),
                secret,
            })
        })
        .filter(|message| check_secret(message).is_ok())
}

/// What a reader would look for in vain, and the layout that should show it. A message that has a code and a link may show
/// either.
fn missing(message: &Message, rendered: &Rendered) -> Option<(&'static str, &'static str)> {
    let bare = Message { secret: Secret::default(), ..message.clone() };
    let secret = &message.secret;
    let shows = |text: &str| {
        check_secret(&bare).is_ok()
            || [&secret.code, &secret.link].into_iter().flatten().any(|part| text.contains(part))
    };
    let text = if message.channel == Channel::Sms { "sms.txt" } else { "mail.txt" };
    if rendered.subject.is_empty() {
        Some(("subject.txt", "the subject is empty"))
    } else if !shows(&rendered.text) {
        Some((text, "the code or the link that the message is sent for is not shown"))
    } else if rendered.html.as_ref().is_some_and(|html| !shows(&unescaped(html))) {
        Some(("mail.html", "the code or the link that the message is sent for is not shown"))
    } else {
        None
    }
}

/// The characters of a link as they were before HTML escaped them.
fn unescaped(html: &str) -> String {
    html.replace("&#x2f;", "/").replace("&amp;", "&")
}
