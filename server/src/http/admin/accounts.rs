//! The operations about people, their accounts and sessions: a part of the table in `operations.rs`.

use super::people;
use crate::auth::Right;
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Their operations.
pub fn accounts(api: Api) -> Api {
    sessions(people(api))
}

fn people(api: Api) -> Api {
    const SAID: &[Code] = &[Code::PersonMalformed, Code::NotFound, Code::LastOwner];
    api.get(
        "/people",
        about("listPeople", "Lists the people who are known, by name.").needs(Right::People),
        people::list,
    )
    .post(
        "/people",
        about(
            "addPerson",
            "Adds a person, who signs in with a link until there is a password or a provider.",
        )
        .needs(Right::People)
        .makes()
        .problems(&[Code::BadName, Code::PersonExists, Code::PersonMalformed, Code::NotFound]),
        people::post,
    )
    .get(
        "/people/{name}",
        about("showPerson", "One person, as it can be edited.").needs(Right::People).versioned(),
        people::show,
    )
    .patch(
        "/people/{name}",
        about("editPerson", "Changes the title, the mail address or the grants of a person.")
            .needs(Right::People)
            .more("`grants` is all of what people gave; an `address` of `null` takes it away.")
            .problems(SAID),
        people::edit,
    )
    .delete(
        "/people/{name}",
        about("removePerson", "Takes a person away; what was done stays in the audit.")
            .needs(Right::People)
            .problems(&[Code::LastOwner]),
        people::delete,
    )
    .post(
        "/people/{name}/disable",
        about("disablePerson", "Shuts a person out: sessions and links end at once.")
            .needs(Right::People)
            .problems(&[Code::LastOwner]),
        people::disable,
    )
    .post(
        "/people/{name}/enable",
        about("enablePerson", "Lets a person in again, and ends the wait after wrong passwords.")
            .needs(Right::People),
        people::enable,
    )
    .post(
        "/people/{name}/set-up-link",
        about(
            "makeSetUpLink",
            "Makes a link with which a person chooses a password and sets up one-time codes.",
        )
        .needs(Right::People)
        .makes()
        .more("It works once, for a day; one that was made before works no more.")
        .problems(&[Code::PersonDisabled]),
        people::set_up_link,
    )
    .get(
        "/people/{name}/sessions",
        about("listSessionsOf", "Lists the open sessions of a person.").needs(Right::People),
        people::sessions,
    )
    .delete(
        "/people/{name}/sessions/{session}",
        about("endSessionOf", "Ends a session of a person.").needs(Right::People),
        people::end_session,
    )
}

fn sessions(api: Api) -> Api {
    api.get(
        "/sessions",
        about("listSessions", "Lists the caller's own open sessions.").needs(Right::Myself).scoped(),
        people::own_sessions,
    )
    .delete(
        "/sessions/{session}",
        about("endSession", "Ends a session of the caller's own.").needs(Right::Myself).scoped(),
        people::end_own_session,
    )
}
