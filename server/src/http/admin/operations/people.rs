//! The document itself, who asks, organisations, and with what programs and people sign in.

use crate::auth::{Kind, Right};
use crate::http::admin::{api_tokens, ca, document, me, orgs, sign_in_links};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Their operations.
pub fn people(api: Api) -> Api {
    api.get(
        "/openapi.json",
        about("showDocument", "This document.").open().gives(&["application/json"]),
        document::get,
    )
    .get(
        "/ca",
        about("showCa", "The CA of the certificate that people are shown here; nobody has to call.")
            .open()
            .gives(&["application/pem-certificate-chain"])
            .problems(&[Code::NoCa]),
        ca::get,
    )
    .get("/me", about("whoAmI", "Who calls?").needs(Right::Myself).scoped(), me::get)
    .post(
        "/sign-in-links",
        about("makeSignInLink", "Makes a link with which a person signs in once.")
            .needs(Right::People)
            .scoped()
            .makes()
            .more("Whoever is not known yet is added with `role`, on the whole server or in `org`.")
            .problems(&[
                Code::BadName,
                Code::UnknownPerson,
                Code::PersonExists,
                Code::PersonDisabled,
                Code::PersonMalformed,
                Code::NotFound,
            ]),
        sign_in_links::post,
    )
    .get(
        "/api-tokens",
        about("listApiTokens", "Lists the API tokens that work.").needs(Right::People).scoped(),
        api_tokens::get,
    )
    .post(
        "/api-tokens",
        about("makeApiToken", "Makes an API token for a program, a pipeline or a command line elsewhere.")
            .needs(Right::People)
            .scoped()
            .makes()
            .more("It is answered this once, and stored nowhere.")
            .problems(&[Code::BadName, Code::TokenExpiry, Code::NameTaken, Code::BadGrants, Code::NotFound]),
        api_tokens::post,
    )
    .delete(
        "/api-tokens/{name}",
        about("revokeApiToken", "Takes an API token back.")
            .needs(Right::People)
            .scoped()
            .problems(&[Code::LocalAdmin]),
        api_tokens::delete,
    )
    .get("/orgs", about("listOrgs", "Lists the organisations.").needs(Right::Read).scoped(), orgs::get)
    .get(
        "/orgs/{id}",
        about("showOrg", "One organisation, as it can be edited.")
            .needs(Right::Read)
            .of(Kind::Org)
            .versioned(),
        orgs::show,
    )
    .patch(
        "/orgs/{id}",
        about("editOrg", "Changes the title, the parent or the time zone of an organisation.")
            .needs(Right::Orgs)
            .of(Kind::Org)
            .more("A `parent` of `null` puts it at the top.")
            .problems(&[Code::BadTitle, Code::BadTimeZone, Code::OrgCycle]),
        orgs::edit,
    )
    .post(
        "/orgs",
        about("addOrg", "Adds an organisation.").needs(Right::Orgs).scoped().makes().problems(&[
            Code::BadId,
            Code::BadTitle,
            Code::BadTimeZone,
            Code::OrgExists,
            Code::NotFound,
        ]),
        orgs::post,
    )
}
