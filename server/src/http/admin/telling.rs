//! The operations about those who are told when a finding changes: a part of the table in `operations.rs`.

use super::{hooks, mail};
use crate::auth::{Kind, Right};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Their operations.
pub fn telling(api: Api) -> Api {
    mails(told(api))
}

fn told(api: Api) -> Api {
    const WRITING: &[Code] = &[Code::BadHook, Code::HookAddress, Code::HookLimit, Code::NotFound];
    api.get("/hooks", about("listHooks", "Lists the hooks: addresses that are told when a finding changes.").needs(Right::Orgs).scoped(), hooks::list)
        .post(
            "/hooks",
            about("addHook", "Adds a hook, which is told of what happens from now on.").needs(Right::Orgs).scoped()
                .makes()
                .more("Its secret is answered this once. What is sent, and how it is verified, is in docs/notifications.md.")
                .problems(WRITING),
            hooks::post,
        )
        .get("/hooks/{id}", about("showHook", "One hook, as it can be edited.").needs(Right::Orgs).of(Kind::Hook).versioned(), hooks::show)
        .patch(
            "/hooks/{id}",
            about("editHook", "Changes a hook, pauses it, or lets it go on.").needs(Right::Orgs).of(Kind::Hook)
                .more("A paused hook is told nothing; what happens meanwhile it is told afterwards.")
                .problems(&[Code::BadHook, Code::HookAddress]),
            hooks::edit,
        )
        .delete(
            "/hooks/{id}",
            about("removeHook", "Takes a hook away, with all that waits for its receiver.").needs(Right::Orgs).of(Kind::Hook),
            hooks::delete,
        )
        .post(
            "/hooks/{id}/test",
            about("testHook", "Sends a ping to a hook's receiver, and says what came back.").needs(Right::Orgs).of(Kind::Hook),
            hooks::test,
        )
        .post(
            "/hooks/{id}/rotate",
            about("rotateHook", "Gives a hook a new secret; the old one signs beside it for a day.").needs(Right::Orgs).of(Kind::Hook).makes(),
            hooks::rotate,
        )
        .get(
            "/hooks/{id}/deliveries",
            about("listDeliveries", "Lists the changes that a hook's receiver did not take: those that are tried again, and the dead.").needs(Right::Orgs).of(Kind::Hook),
            hooks::deliveries,
        )
        .post(
            "/hooks/{id}/replay",
            about("replayHook", "Has a hook told again of a change that it did not take, or of all that are dead.").needs(Right::Orgs).of(Kind::Hook),
            hooks::replay,
        )
}

fn mails(api: Api) -> Api {
    const WRITING: &[Code] = &[Code::BadMail, Code::MailLimit, Code::NoMail, Code::NotFound];
    api.get(
        "/mail-recipients",
        about("listRecipients", "Lists who is written to of what changes.").needs(Right::Read).scoped(),
        mail::list,
    )
    .post(
        "/mail-recipients",
        about("addRecipient", "Has somebody written to: a digest each day, at once, or both.")
            .needs(Right::Orgs)
            .scoped()
            .makes()
            .problems(WRITING),
        mail::post,
    )
    .get(
        "/mail-recipients/{id}",
        about("showRecipient", "One recipient of mails, as it can be edited.")
            .needs(Right::Read)
            .of(Kind::Recipient)
            .versioned(),
        mail::show,
    )
    .patch(
        "/mail-recipients/{id}",
        about("editRecipient", "Changes what somebody is written, and in which language.")
            .needs(Right::Orgs)
            .of(Kind::Recipient)
            .more("A `digest_hour` of `null` ends the digests.")
            .problems(WRITING),
        mail::edit,
    )
    .delete(
        "/mail-recipients/{id}",
        about("removeRecipient", "Has somebody written to no more; mails that were not sent yet are gone.")
            .needs(Right::Orgs)
            .of(Kind::Recipient),
        mail::delete,
    )
    .post(
        "/mail-recipients/{id}/test",
        about(
            "testRecipient",
            "Sends a mail that tells of nothing, and says whether the mail server took it.",
        )
        .needs(Right::Orgs)
        .of(Kind::Recipient)
        .problems(&[Code::NoMail]),
        mail::test,
    )
    .post(
        "/mail-recipients/{id}/replay",
        about("replayMails", "Has the mails to somebody that were given up sent again.")
            .needs(Right::Orgs)
            .of(Kind::Recipient)
            .more("They go to the address that the recipient has now, the oldest first, until 500 wait.")
            .problems(&[Code::NoMail]),
        mail::replay,
    )
}
