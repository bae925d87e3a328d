//! The dev outbox: what would have been sent, printed for the developer.

use std::fmt::Write;

use daemun_model::message::Message;

use crate::render::Rendered;

/// One readable block, with what a developer needs to go on: to whom, what about, the code and the link.
pub(crate) fn block(message: &Message, rendered: &Rendered) -> String {
    let mut block = format!("── dev outbox · {} ", message.channel.as_str());
    block.push_str(&"─".repeat(40));
    let secret = &message.secret;
    let lines = [
        ("to", Some(message.to.as_str())),
        ("subject", Some(rendered.subject.as_str())),
        ("code", secret.code.as_deref()),
        ("link", secret.link.as_deref()),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(block, "\n{name:<8} {value}");
        }
    }
    block.push('\n');
    block
}
