//! Sources beside the system's own that may install packages.

use jni::Env;
use muster_proto::cbor::List;
use muster_proto::facts::{Fact, InstallSources, Reason};

use crate::error::Result;
use crate::java::{Android, call};

/// `UserManager.hasUserRestriction` (18) for `no_install_unknown_sources` and, since 29, `…_globally`: where the management forbids it,
/// nobody may. Who was allowed otherwise is no application's business: the framework answers that for oneself alone
/// (`PackageManager.canRequestPackageInstalls`).
pub fn install_sources(android: &Android, env: &mut Env<'_>) -> Result<Fact<InstallSources>> {
    let Some(users) = android.service(env, "user")? else { return Ok(Fact::Unknown(Reason::Unsupported)) };
    for restriction in
        ["no_install_unknown_sources", "no_install_unknown_sources_globally", "no_install_apps"]
    {
        let name = env.new_string(restriction)?;
        if call!(env, &users, "hasUserRestriction", [(java.lang.String) -> jboolean], &name)?.z()? {
            return Ok(Fact::Known(InstallSources { count: 0, kinds: List::default() }));
        }
    }
    Ok(Fact::Unknown(Reason::Unsupported))
}
