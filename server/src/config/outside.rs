//! Where people's accounts are elsewhere: which keys need which.

use muster_proto::time::Span;

use super::{ConfigError, Raw};
use crate::outside::{ldap, oidc};

pub(super) fn provider(written: &Raw) -> Result<Option<oidc::Settings>, ConfigError> {
    let Some(issuer) = written.oidc_issuer.clone() else {
        let keys = [
            ("oidc-client-id", written.oidc_client_id.is_some()),
            ("oidc-client-secret-file", written.oidc_client_secret_file.is_some()),
            ("oidc-map", written.oidc_map.is_some()),
            ("oidc-title", written.oidc_title.is_some()),
            ("oidc-ca", written.oidc_ca.is_some()),
        ];
        return match keys.into_iter().find(|(_, set)| *set) {
            Some((key, _)) => Err(ConfigError::Needs(key, "oidc-issuer")),
            None => Ok(None),
        };
    };
    let needs = |key| ConfigError::Needs("oidc-issuer", key);
    Ok(Some(oidc::Settings {
        client_id: written.oidc_client_id.clone().ok_or(needs("oidc-client-id"))?,
        secret_file: written.oidc_client_secret_file.clone().ok_or(needs("oidc-client-secret-file"))?,
        map: written.oidc_map.clone().filter(|map| !map.is_empty()).ok_or(needs("oidc-map"))?,
        groups_claim: written.oidc_groups_claim.clone().ok_or(ConfigError::Missing("oidc-groups-claim"))?,
        scopes: written.oidc_scopes.clone().ok_or(ConfigError::Missing("oidc-scopes"))?,
        title: written.oidc_title.clone().unwrap_or_else(|| issuer.host()),
        ca: written.oidc_ca.clone(),
        issuer,
    }))
}

pub(super) fn directory(written: &Raw) -> Result<Option<ldap::Settings>, ConfigError> {
    let Some(url) = written.ldap_url.clone() else {
        let keys = [
            ("ldap-base", written.ldap_base.is_some()),
            ("ldap-bind-dn", written.ldap_bind_dn.is_some()),
            ("ldap-bind-password-file", written.ldap_bind_password_file.is_some()),
            ("ldap-map", written.ldap_map.is_some()),
            ("ldap-ca", written.ldap_ca.is_some()),
            ("ldap-carrier-base", written.ldap_carrier_base.is_some()),
            ("ldap-carrier-map", written.ldap_carrier_map.is_some()),
        ];
        return match keys.into_iter().find(|(_, set)| *set) {
            Some((key, _)) => Err(ConfigError::Needs(key, "ldap-url")),
            None => Ok(None),
        };
    };
    let needs = |key| ConfigError::Needs("ldap-url", key);
    let missing = ConfigError::Missing;
    let bind = match (written.ldap_bind_dn.clone(), written.ldap_bind_password_file.clone()) {
        (Some(dn), Some(password_file)) => Some(ldap::Bind { dn, password_file }),
        (None, None) => None,
        (Some(_), None) => return Err(ConfigError::Needs("ldap-bind-dn", "ldap-bind-password-file")),
        (None, Some(_)) => return Err(ConfigError::Needs("ldap-bind-password-file", "ldap-bind-dn")),
    };
    let user_filter = written.ldap_user_filter.clone().ok_or(missing("ldap-user-filter"))?;
    // one that asks for no name would take whoever is found for anybody
    if !user_filter.has_name() {
        return Err(ConfigError::Needs("ldap-user-filter", "{name} in it"));
    }
    Ok(Some(ldap::Settings {
        url,
        bind,
        base: written.ldap_base.clone().filter(|base| !base.trim().is_empty()).ok_or(needs("ldap-base"))?,
        user_filter,
        group_filter: written.ldap_group_filter.clone().ok_or(missing("ldap-group-filter"))?,
        id_attribute: written.ldap_id_attribute.clone().ok_or(missing("ldap-id-attribute"))?,
        name_attribute: written.ldap_name_attribute.clone().ok_or(missing("ldap-name-attribute"))?,
        map: match written.ldap_map.clone().filter(|map| !map.is_empty()) {
            None if written.ldap_carrier_base.is_none() => {
                return Err(needs("ldap-map, or ldap-carrier-base"));
            }
            map => map.unwrap_or_default(),
        },
        people: people(written)?,
        ca: written.ldap_ca.clone(),
    }))
}

/// Those who may carry phones, where the register is compared with the directory.
fn people(written: &Raw) -> Result<Option<ldap::People>, ConfigError> {
    let missing = ConfigError::Missing;
    let map = written.ldap_carrier_map.clone().unwrap_or_default();
    let Some(base) = written.ldap_carrier_base.clone().filter(|base| !base.trim().is_empty()) else {
        return if map.is_empty() {
            Ok(None)
        } else {
            Err(ConfigError::Needs("ldap-carrier-map", "ldap-carrier-base"))
        };
    };
    if written.ldap_carrier_org_attribute.is_some() && map.is_empty() {
        return Err(ConfigError::Needs("ldap-carrier-org-attribute", "ldap-carrier-map"));
    }
    let every = written.ldap_carrier_every.ok_or(missing("ldap-carrier-every"))?.0;
    Ok(Some(ldap::People {
        base,
        filter: written.ldap_carrier_filter.clone().ok_or(missing("ldap-carrier-filter"))?,
        disabled: written.ldap_carrier_disabled.clone(),
        id_attribute: written
            .ldap_carrier_id_attribute
            .clone()
            .ok_or(missing("ldap-carrier-id-attribute"))?,
        name_attribute: written
            .ldap_carrier_name_attribute
            .clone()
            .ok_or(missing("ldap-carrier-name-attribute"))?,
        org_attribute: written.ldap_carrier_org_attribute.clone(),
        map,
        every: (every > 0).then(|| Span::from_hours(every.into())),
    }))
}
