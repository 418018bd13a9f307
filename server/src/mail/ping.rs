//! A recipient is tried: a mail that tells of nothing is sent at once, and what the mail server said is answered.

use muster_proto::id::hex;
use serde::Serialize;

use super::edit::subject;
use super::find;
use super::letter::{Letter, id};
use super::post::Mail;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::problems::Code;

/// What the mail server said.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(rename = "MailTried")]
pub struct Tried {
    /// Whether it took the mail.
    pub delivered: bool,
    /// Why it did not.
    pub error: Option<String>,
}

/// Sends a mail that tells of nothing.
///
/// # Errors
/// There is no such recipient, or no mail server; the store's. That the mail server did not take it is no error.
pub async fn ping(app: &App, actor: &Actor, recipient: &str) -> Result<Tried, ActionError> {
    let Some(mailer) = &app.mailer else {
        return Err(ActionError::conflict(Code::NoMail, "the configuration has no smtp-url"));
    };
    let (actor, now, name, mark) = (actor.clone(), app.now(), recipient.to_owned(), hex(&app.draw()?));
    let recipient = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Recipient(name.clone()))?;
            let recipient = find(tx, &name)?;
            let act = Act::new("mail.test", subject(&recipient)).detail(recipient.address.clone());
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(recipient)
        })
        .await?;
    let lang = recipient.language.lang();
    let (title, lead) = (lang.say("mail-test-subject"), lang.say("mail-test-lead"));
    let letter = Letter { lang, subject: title, lead, sections: Vec::new(), people: app.people_url() };
    let mail = Mail {
        id: id("test", &recipient.id, &mark),
        to: recipient.address,
        text: letter.text(),
        html: letter.html(),
        subject: letter.subject,
        made: now,
    };
    let error = mailer.send(&mail).await.err().map(|refused| refused.words);
    Ok(Tried { delivered: error.is_none(), error })
}
