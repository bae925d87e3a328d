//! Messages in an app's own words.
#![cfg(test)]

use std::fs;
use std::path::Path;

use daemun_delivery::{Rendered, Templates, render};
use daemun_model::Language;
use daemun_model::message::{Channel, Message, Secret, Template};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::with_prefix("daemun-templates-").unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn message(template: Template, language: Language) -> Message {
    Message {
        channel: Channel::Email,
        to: "user@example.com".into(),
        template,
        language,
        app_title: "A <b> & B".into(),
        secret: Secret {
            code: Some("012345".into()),
            link: Some("https://id.example.com/r?token=x".into()),
            ..Secret::default()
        },
    }
}

fn rendered(templates: &Templates, app: &str, message: &Message) -> Rendered {
    templates.render(app, message).unwrap()
}

fn faults(files: &[(&str, &str)]) -> (Vec<String>, TempDir) {
    let folder = folder(files);
    let faults = Templates::default().override_for("shop", folder.path()).unwrap_err();
    (faults, folder)
}

fn at(folder: &TempDir, rest: &str) -> String {
    format!("{}/{rest}", folder.path().display())
}

const OWN: &str = "{% extends layout %}\n{% block subject %}{{ app }}: your code{% endblock %}\n\
    {% block lead %}Hello from {{ app }}!{% endblock %}\n{% block code_label %}Code{% endblock %}\n\
    {% block action %}Open{% endblock %}\n{% block note %}Once.{% endblock %}{% block warning %}Yours.{% endblock %}\n";

#[test]
fn an_app_has_its_own_words_and_every_other_the_built_in_ones() {
    let folder = folder(&[("en/email_code.jinja", OWN), ("README.md", "notes"), (".DS_Store", "\0")]);
    let mut templates = Templates::default();
    templates.override_for("shop", folder.path()).unwrap();
    let english = message(Template::EmailCode, Language::En);
    let own = rendered(&templates, "shop", &english);
    assert_eq!(own.subject, "A <b> & B: your code");
    assert!(
        own.text.starts_with("Hello from A <b> & B!\n") && own.text.contains("Code: 012345"),
        "{}",
        own.text
    );
    let html = own.html.unwrap();
    assert!(html.contains("Hello from A &lt;b&gt; &amp; B!") && html.contains("012345"), "{html}");
    for (app, message) in [
        ("other", english),
        ("shop", message(Template::EmailCode, Language::Ko)),
        ("shop", message(Template::ResetPassword, Language::En)),
    ] {
        assert_eq!(rendered(&templates, app, &message), render(&message).unwrap());
    }
}

#[test]
fn a_layout_and_a_footer_are_an_apps_own_too() {
    let html = "<!doctype html><p class=\"x\">{% block lead %}{% endblock %}</p>{{ code }} {{ link }} {% include footer ~ \".html\" %}";
    let folder = folder(&[("mail.html", html), ("ko/footer.jinja", "서울시 종로구 1")]);
    let mut templates = Templates::default();
    templates.override_for("shop", folder.path()).unwrap();
    let message = message(Template::ResetPassword, Language::Ko);
    let own = rendered(&templates, "shop", &message);
    let html = own.html.unwrap();
    assert!(
        html.starts_with("<!doctype html><p class=\"x\">") && html.ends_with("서울시 종로구 1"),
        "{html}"
    );
    assert!(own.text.ends_with("서울시 종로구 1\n") || own.text.ends_with("서울시 종로구 1"), "{}", own.text);
    assert_eq!(own.subject, render(&message).unwrap().subject);
}

#[test]
fn a_template_that_breaks_is_told_with_its_file_and_line() {
    let (told, folder) = faults(&[("ko/email_code.jinja", "{% extends layout %}\n{% block lead %}\n{{ app")]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with(&at(&folder, "ko/email_code.jinja:3: syntax error")), "{told:?}");
    let unknown = OWN.replace("Hello from {{ app }}", "\nHello {{ nmae }}");
    let (told, folder) = faults(&[("en/email_code.jinja", &unknown)]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(&at(&folder, "en/email_code.jinja:4: undefined value")), "{told:?}");
    let (told, folder) = faults(&[("mail.txt", "{{ code }} {{ link }}\n{% include 'none' %}")]);
    assert!(
        told.iter().all(|fault| fault.starts_with(&at(&folder, "mail.txt:2: template not found"))),
        "{told:?}"
    );
    let endless = "{% extends layout %}{% block lead %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endblock %}";
    let (told, folder) = faults(&[("en/email_code.jinja", endless)]);
    let stopped = at(&folder, "en/email_code.jinja:1: engine ran out of fuel");
    assert!(told.iter().any(|fault| fault.starts_with(&stopped)), "{told:?}");
}

#[test]
fn a_template_that_shows_no_code_or_link_is_refused() {
    const NOT_SHOWN: &str = "the code or the link that the message is sent for is not shown";
    let (told, folder) = faults(&[("mail.txt", "{% block lead %}{% endblock %}")]);
    assert_eq!(told, [at(&folder, &format!("mail.txt: {NOT_SHOWN}"))]);
    let (told, folder) = faults(&[("subject.txt", " ")]);
    assert_eq!(told, [at(&folder, "subject.txt: the subject is empty")]);
    let (told, folder) = faults(&[("sms.txt", "{{ app }}"), ("ko/email_code.jinja", "{{ app }}")]);
    assert_eq!(
        told,
        [
            at(&folder, &format!("ko/email_code.jinja: {NOT_SHOWN}")),
            at(&folder, &format!("sms.txt: {NOT_SHOWN}")),
        ]
    );
}

#[test]
fn a_file_that_takes_no_place_is_told_with_those_that_do() {
    let (told, folder) = faults(&[("ko/emial_code.jinja", OWN), ("en/email_code.html", OWN)]);
    assert_eq!(told.len(), 2);
    assert!(
        told[0].starts_with(&at(
            &folder,
            "en/email_code.html: en/email_code.html takes the place of no template"
        ))
    );
    assert!(told[1].contains("hint: there are subject.txt") && told[1].contains("email_code"), "{told:?}");
    let gone = Templates::default().override_for("shop", Path::new("/nowhere")).unwrap_err();
    assert!(gone[0].starts_with("/nowhere: "), "{gone:?}");
}
