//! `daemun mail …`

use clap::{Subcommand, ValueEnum};
use daemun_delivery::Rendered;
use daemun_model::Language;
use daemun_model::message::{Channel, Message, Secret, Template};

use super::Located;
use super::output::{self, Failed};
use crate::core::StartError;
use crate::{core, delivery};

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Print a message as members get it, with a made-up code and link.
    Preview(Preview),
}

#[derive(Debug, clap::Args)]
pub(super) struct Preview {
    /// Which one: verify_email, reset_password, password_changed, email_code, …
    template: String,
    /// The language.
    #[arg(long, value_enum, default_value_t = Lang::Ko)]
    lang: Lang,
    /// The app that writes: with its title, and its templates where it has some.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print the HTML document.
    #[arg(long, conflicts_with_all = ["text", "sms"])]
    html: bool,
    /// Print the plain text, without the subject.
    #[arg(long, conflicts_with = "sms")]
    text: bool,
    /// Print it as a text message.
    #[arg(long)]
    sms: bool,
}

/// A language of messages.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    Ko,
    En,
}

pub(super) fn run(place: &Located, command: &MailCommand) -> Result<(), Failed> {
    let MailCommand::Preview(preview) = command;
    let rendered = render(place, preview)?;
    if preview.html {
        return output::line(rendered.html.unwrap_or_default().trim_end());
    }
    if !preview.text && !preview.sms {
        output::line(&format!("{}\n", rendered.subject))?;
    }
    output::line(rendered.text.trim_end())
}

fn render(place: &Located, preview: &Preview) -> Result<Rendered, Failed> {
    let template = Template::from_name(&preview.template).ok_or_else(|| {
        let names = Template::ALL.map(Template::as_str).join(", ");
        Failed::Told(format!("there is no message {:?}\n  hint: there are {names}", preview.template))
    })?;
    let loaded = place.load(None)?;
    let plans = core::plan(&loaded, None)?;
    let app = match (&preview.app, plans.as_slice()) {
        (Some(name), plans) => plans.iter().find(|plan| plan.app.name == *name),
        (None, plans) => plans.first(),
    };
    let Some(plan) = app else {
        let names = plans.iter().map(|plan| plan.app.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(StartError::NoApp(format!("there is no such app\n  hint: there are {names}")).into());
    };
    let link = match template {
        Template::AdministratorInvitation | Template::AdministratorReset => {
            "https://id.example.com/console/join?token=sample".to_owned()
        }
        Template::VerifyEmail => format!("{}/pages/verify?token=sample", plan.app.public_url),
        Template::ResetPassword
        | Template::PasswordChanged
        | Template::EmailCode
        | Template::SignInCode
        | Template::AccountApproved
        | Template::AccountRejected
        | Template::AdministratorPasswordChanged
        | Template::AdministratorSecondFactorChanged
        | Template::AdministratorRecoveryCodeUsed => {
            format!("{}/pages/reset?token=sample", plan.app.public_url)
        }
    };
    let message = Message {
        channel: if preview.sms { Channel::Sms } else { Channel::Email },
        to: "user@example.com".to_owned(),
        template,
        language: match preview.lang {
            Lang::Ko => Language::Ko,
            Lang::En => Language::En,
        },
        app_title: plan.app.title.clone(),
        secret: secret(template, &link),
    };
    let templates = delivery::templates(&loaded).map_err(StartError::Apps)?;
    templates.render(&plan.app.name, &message).map_err(|error| StartError::Delivery(error).into())
}

/// What a message of this kind has in it.
fn secret(template: Template, link: &str) -> Secret {
    let (code, link) = (Some("012345".to_owned()), Some(link.to_owned()));
    match template {
        Template::VerifyEmail | Template::AdministratorInvitation | Template::AdministratorReset => {
            Secret { link, ..Secret::default() }
        }
        Template::ResetPassword => Secret { code, link, ..Secret::default() },
        Template::EmailCode | Template::SignInCode => Secret { code, ..Secret::default() },
        Template::AccountRejected => Secret {
            reason: Some("The photo cannot be read. 사진을 알아볼 수 없습니다.".to_owned()),
            ..Secret::default()
        },
        Template::PasswordChanged
        | Template::AccountApproved
        | Template::AdministratorPasswordChanged
        | Template::AdministratorSecondFactorChanged
        | Template::AdministratorRecoveryCodeUsed => Secret::default(),
    }
}
