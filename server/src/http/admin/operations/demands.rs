//! Policies and exemptions, and their versions.

use crate::auth::{Kind, Right};
use crate::http::admin::{exemptions, policies, policy_versions};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Versions of policies.
pub fn versions(api: Api) -> Api {
    const FLAWS: &[Code] = &[Code::PolicyMalformed, Code::PolicyUnreadable];
    api.get(
        "/policies/{id}/versions",
        about("listVersions", "Lists the versions of a policy, the newest first.")
            .needs(Right::Read)
            .scoped(),
        policy_versions::list,
    )
    .get(
        "/policies/{id}/versions/{version}",
        about("showVersion", "A version of a policy as it was applied.")
            .needs(Right::Read)
            .scoped()
            .gives(&["text/yaml"]),
        policy_versions::get,
    )
    .get(
        "/policies/{id}/diff",
        about("compareVersions", "What differs between two versions of a policy?")
            .needs(Right::Read)
            .scoped()
            .problems(FLAWS),
        policy_versions::diff,
    )
    .post(
        "/policies/{id}/rollback",
        about("rollBackPolicy", "Puts what an older version demanded into force again, as a new version.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .problems(&[Code::PolicyMalformed, Code::PolicyUnreadable, Code::RollbackReason]),
        policy_versions::roll_back,
    )
    .post(
        "/policies/{id}/rollback/plan",
        about("planRollBack", "What would going back to an older version change?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .problems(FLAWS),
        policy_versions::plan,
    )
}

/// Policies and exemptions.
pub fn demands(api: Api) -> Api {
    const DOCUMENT: &[&str] = &["text/yaml", "application/json"];
    const FLAWS: &[Code] = &[Code::PolicyMalformed, Code::PolicyUnreadable, Code::UnknownOrg];
    api.get(
        "/policies",
        about("listPolicies", "Lists the policies in force.").needs(Right::Read).scoped(),
        policies::list,
    )
    .post(
        "/policies",
        about("applyPolicy", "Puts a policy into force.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .takes(DOCUMENT)
            .problems(FLAWS),
        policies::apply,
    )
    .post(
        "/policies/plan",
        about("planPolicy", "What would a policy change?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .takes(DOCUMENT)
            .problems(FLAWS),
        policies::plan,
    )
    .post(
        "/policies/try",
        about("tryPolicy", "What would a policy, or one rule, find on a device?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .takes(DOCUMENT)
            .problems(&[Code::PolicyMalformed, Code::NotFound]),
        policies::try_on,
    )
    .get(
        "/policies/{id}",
        about("showPolicy", "A policy as it was applied.")
            .needs(Right::Read)
            .scoped()
            .gives(&["text/yaml"])
            .versioned(),
        policies::show,
    )
    .get(
        "/exemptions/{id}",
        about("showExemption", "One exemption.").needs(Right::Read).of(Kind::Exemption).versioned(),
        exemptions::show,
    )
    .patch(
        "/exemptions/{id}",
        about("editExemption", "Changes the end of an exemption, or its reason.")
            .needs(Right::Policies)
            .of(Kind::Exemption)
            .more("An end that is past ends it now.")
            .problems(&[Code::ExemptionMalformed, Code::ExemptionOver]),
        exemptions::edit,
    )
    .get(
        "/exemptions",
        about("listExemptions", "Lists the exemptions.").needs(Right::Read).scoped(),
        exemptions::get,
    )
    .post(
        "/exemptions",
        about("addExemption", "Writes an exemption from one rule.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .problems(&[Code::ExemptionEnded, Code::ExemptionMalformed, Code::NotFound]),
        exemptions::post,
    )
}
