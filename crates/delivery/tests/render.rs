//! What members read.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use daemun_delivery::{DeliveryError, Rendered, render};
use daemun_model::Language;
use daemun_model::message::{Channel, Message, Secret, Template};

const LINK: &str = "https://id.example.com/one/pages/reset?token=abc&uid=1";

fn message(template: Template, language: Language) -> Message {
    Message {
        channel: Channel::Email,
        to: "user@example.com".into(),
        template,
        language,
        app_title: "Example".into(),
        secret: Secret { code: Some("012345".into()), link: Some(LINK.into()), ..Secret::default() },
    }
}

fn every_message() -> impl Iterator<Item = Message> {
    Language::ALL
        .into_iter()
        .flat_map(|language| Template::ALL.into_iter().map(move |template| message(template, language)))
}

fn titled(title: &str) -> Rendered {
    render(&Message { app_title: title.into(), ..message(Template::EmailCode, Language::En) }).unwrap()
}

#[test]
fn a_reset_mail_in_korean() {
    let rendered = render(&message(Template::ResetPassword, Language::Ko)).unwrap();
    assert_eq!(rendered.subject, "[Example] 비밀번호 재설정 안내");
    assert_eq!(
        rendered.text,
        "Example 계정의 비밀번호 재설정 요청을 받았습니다. 아래 링크를 눌러 새 비밀번호를 정해 주시기 바랍니다. \
         코드를 입력하는 화면에서는 아래 코드를 입력하시면 됩니다.\n\
         \n\
         새 비밀번호 정하기:\n\
         https://id.example.com/one/pages/reset?token=abc&uid=1\n\
         \n\
         인증 코드: 012345\n\
         \n\
         링크와 코드는 한 번만 사용할 수 있으며, 잠시 후 만료됩니다.\n\
         \n\
         요청하신 적이 없다면 이 메일을 무시하셔도 됩니다. 비밀번호는 바뀌지 않습니다. \
         이 메일의 내용을 다른 사람에게 알려 주지 마시기 바랍니다.\n\
         \n\
         -- \n\
         Example\n\
         이 메일은 자동으로 발송되었습니다. 회신하신 내용은 확인하지 않습니다.\n"
    );
}

#[test]
fn a_notice_in_english_holds_no_secret_and_says_what_to_do() {
    let rendered = render(&message(Template::PasswordChanged, Language::En)).unwrap();
    assert_eq!(rendered.subject, "Your Example password was changed");
    let without = Message { secret: Secret::default(), ..message(Template::PasswordChanged, Language::En) };
    assert_eq!(
        render(&without).unwrap().text,
        "The password of your Example account was changed.\n\
         \n\
         If it was you, there is nothing to do.\n\
         \n\
         If it was not you, someone else may be using your account. Reset your password at once from the \
         sign-in page of Example. If you use the same password for this mailbox or anywhere else, change it \
         there too.\n\
         \n\
         -- \n\
         Example\n\
         This message was sent automatically. Replies to it are not read.\n"
    );
}

#[test]
fn every_message_shows_its_link_alone_on_a_line_and_its_code() {
    for message in every_message() {
        let rendered = render(&message).unwrap();
        assert!(rendered.text.lines().any(|line| line == LINK), "{}", rendered.text);
        assert!(rendered.text.contains("012345"));
        let html = rendered.html.unwrap();
        assert!(html.contains(
            r#"<a href="https:&#x2f;&#x2f;id.example.com&#x2f;one&#x2f;pages&#x2f;reset?token=abc&amp;uid=1""#
        ));
        assert!(html.contains(">012345</p>"));
        assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", message.language.code())));
        for text in [&rendered.subject, &rendered.text, &html] {
            assert!(!text.contains("{{") && !text.contains("{%") && !text.contains("\n\n\n"), "{text}");
            assert!(text.contains("Example"));
        }
    }
}

#[test]
fn a_link_or_code_that_is_not_there_leaves_no_trace() {
    let part = |code: Option<&str>, link: Option<&str>| {
        let secret = Secret { code: code.map(Into::into), link: link.map(Into::into), ..Secret::default() };
        render(&Message { secret, ..message(Template::ResetPassword, Language::En) }).unwrap()
    };
    let link = part(None, Some(LINK));
    assert!(!link.text.to_lowercase().contains("code") && !link.html.unwrap().contains("Code"));
    let code = part(Some("012345"), None);
    assert!(!code.text.to_lowercase().contains("link") && !code.html.unwrap().contains("href"));
}

#[test]
fn a_message_whose_secret_was_cleared_is_not_written() {
    for message in every_message() {
        let cleared = Message { secret: Secret::default(), ..message };
        match cleared.template {
            Template::PasswordChanged
            | Template::AccountApproved
            | Template::AccountRejected
            | Template::AdministratorPasswordChanged
            | Template::AdministratorSecondFactorChanged
            | Template::AdministratorRecoveryCodeUsed => {
                assert!(render(&cleared).is_ok());
            }
            Template::VerifyEmail
            | Template::ResetPassword
            | Template::EmailCode
            | Template::SignInCode
            | Template::AdministratorInvitation
            | Template::AdministratorReset => {
                assert!(matches!(render(&cleared), Err(DeliveryError::NoSecret(_))));
            }
        }
    }
}

#[test]
fn a_link_that_is_no_url_is_refused() {
    for link in [
        "javascript:alert(1)",
        "http://",
        "//example.com/",
        "https://example.com/ x",
        "https://example.com/\"onclick=x",
        "https://example.com/\r\nx",
        "https://example.com/한",
        "",
    ] {
        let secret = Secret { code: None, link: Some(link.into()), ..Secret::default() };
        let message = Message { secret, ..message(Template::VerifyEmail, Language::En) };
        let error = render(&message).unwrap_err();
        assert!(matches!(error, DeliveryError::BadLink("verify_email")), "{link}");
    }
}

#[test]
fn both_languages_have_the_same_parts() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let parts = |language: Language| -> BTreeSet<(String, String)> {
        let mut parts = BTreeSet::new();
        for file in std::fs::read_dir(templates.join(language.code())).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            parts.insert((name.clone(), String::new()));
            for rest in text.split("{% block ").skip(1) {
                parts.insert((name.clone(), rest.split(' ').next().unwrap().to_owned()));
            }
        }
        parts
    };
    assert_eq!(parts(Language::Ko), parts(Language::En));
    assert_eq!(parts(Language::Ko).len(), Template::ALL.len() + 1 + Template::ALL.len() * 6);
}

#[test]
fn an_app_title_is_escaped_in_html_and_as_it_is_in_text() {
    let rendered = titled("<script>alert('x')</script> & Söhne");
    assert_eq!(rendered.subject, "Your <script>alert('x')</script> & Söhne verification code");
    let html = rendered.html.unwrap();
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn an_app_title_cannot_add_a_header_or_turn_the_subject_around() {
    assert_eq!(
        titled("A\r\nBcc: x@example.com\0\tB").subject,
        "Your A Bcc: x@example.com B verification code"
    );
    assert_eq!(
        titled("\u{202e}evil\u{202c}\u{200b} \u{feff}app\u{2028}").subject,
        "Your evil app verification code"
    );
    assert_eq!(titled("{{ code }}{% raw %}").subject, "Your {{ code }}{% raw %} verification code");
    assert_eq!(titled(&"long ".repeat(100)).subject.chars().count(), "Your  verification code".len() + 59);
    for rendered in [titled("A\r\nB\u{85}C"), titled("A\u{2029}\u{7}B")] {
        assert!(!rendered.subject.chars().any(char::is_control), "{:?}", rendered.subject);
    }
}

#[test]
fn a_text_message_is_one_line() {
    for message in every_message() {
        let rendered = render(&Message { channel: Channel::Sms, ..message }).unwrap();
        assert_eq!((rendered.text.lines().count(), rendered.html), (1, None), "{}", rendered.text);
        assert!(rendered.text.starts_with("[Example] "), "{}", rendered.text);
    }
}

#[test]
fn a_code_fits_one_segment_of_a_text_message() {
    for message in every_message() {
        let secret = Secret { code: Some("012345".into()), ..Secret::default() };
        let long = Message { channel: Channel::Sms, app_title: "가".repeat(100), secret, ..message };
        if long.template == Template::SignInCode {
            // UCS-2 takes 70 characters (3GPP TS 23.038 section 4).
            assert!(render(&long).unwrap().text.chars().count() <= 70);
        }
    }
}

#[test]
fn a_rejection_gives_the_reason_on_one_line_and_escaped() {
    let secret = Secret { reason: Some("no <b>photo</b>\nat all".into()), ..Secret::default() };
    let rejected = Message { secret, ..message(Template::AccountRejected, Language::En) };
    let rendered = render(&rejected).unwrap();
    assert!(rendered.text.contains("Reason: no <b>photo</b> at all\n"), "{}", rendered.text);
    assert!(rendered.html.unwrap().contains("&lt;b&gt;photo"));
    let sms = render(&Message { channel: Channel::Sms, ..rejected }).unwrap();
    assert_eq!(sms.text, "[Example] Your Example account was not approved. Reason: no <b>photo</b> at all");
}
