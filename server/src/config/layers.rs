//! Keys lie in layers: the command line over the environment, over a file, over what holds where nothing is written.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::proxies::ForwardedHeader;
use super::raw::Raw;
use super::values::{LogFilter, Tls, Within};
use crate::log::Format;

impl Raw {
    /// What holds where nothing is written.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            data: Some(PathBuf::from("/var/lib/muster")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 8443))),
            forwarded_header: Some(ForwardedHeader::default()),
            tls: Some(Tls::On),
            admin_tls: Some(Tls::On),
            connections: Some(Within(10_000)),
            drain: Some(Within(0)),
            hooks_allow_http: Some(false),
            hooks_give_up: Some(Within(24)),
            keep_reports: Some(Within(400)),
            keep_history: Some(Within(1100)),
            keep_ended: Some(Within(400)),
            smallest_group: Some(Within(5)),
            oidc_groups_claim: Some("groups".to_owned()),
            oidc_scopes: Some(vec!["profile".to_owned(), "email".to_owned()]),
            ldap_user_filter: "(uid={name})".parse().ok(),
            ldap_group_filter: "(|(member={dn})(uniqueMember={dn}))".parse().ok(),
            ldap_id_attribute: Some("entryUUID".to_owned()),
            ldap_name_attribute: Some("uid".to_owned()),
            ldap_carrier_filter: "(objectClass=person)".parse().ok(),
            ldap_carrier_id_attribute: Some("entryUUID".to_owned()),
            ldap_carrier_name_attribute: Some("displayName".to_owned()),
            ldap_carrier_every: Some(Within(24)),
            log: Some(LogFilter::default()),
            log_format: Some(Format::default()),
            ..Self::default()
        }
    }

    /// These keys, and those that are missing from `beneath`.
    #[must_use]
    pub fn or(self, beneath: Self) -> Self {
        Self {
            data: self.data.or(beneath.data),
            database: self.database.or(beneath.database),
            listen: self.listen.or(beneath.listen),
            public_url: self.public_url.or(beneath.public_url),
            admin_listen: self.admin_listen.or(beneath.admin_listen),
            admin_public_url: self.admin_public_url.or(beneath.admin_public_url),
            package_listen: self.package_listen.or(beneath.package_listen),
            trusted_proxies: self.trusted_proxies.or(beneath.trusted_proxies),
            forwarded_header: self.forwarded_header.or(beneath.forwarded_header),
            tls: self.tls.or(beneath.tls),
            tls_certificate: self.tls_certificate.or(beneath.tls_certificate),
            tls_key: self.tls_key.or(beneath.tls_key),
            phone_ca: self.phone_ca.or(beneath.phone_ca),
            accept_phone_ca: self.accept_phone_ca.or(beneath.accept_phone_ca),
            admin_tls: self.admin_tls.or(beneath.admin_tls),
            admin_tls_certificate: self.admin_tls_certificate.or(beneath.admin_tls_certificate),
            admin_tls_key: self.admin_tls_key.or(beneath.admin_tls_key),
            metrics_listen: self.metrics_listen.or(beneath.metrics_listen),
            drain: self.drain.or(beneath.drain),
            connections: self.connections.or(beneath.connections),
            hooks_allow_http: self.hooks_allow_http.or(beneath.hooks_allow_http),
            hooks_ca: self.hooks_ca.or(beneath.hooks_ca),
            hooks_give_up: self.hooks_give_up.or(beneath.hooks_give_up),
            smtp_url: self.smtp_url.or(beneath.smtp_url),
            smtp_password_file: self.smtp_password_file.or(beneath.smtp_password_file),
            mail_from: self.mail_from.or(beneath.mail_from),
            keep_reports: self.keep_reports.or(beneath.keep_reports),
            keep_history: self.keep_history.or(beneath.keep_history),
            keep_ended: self.keep_ended.or(beneath.keep_ended),
            smallest_group: self.smallest_group.or(beneath.smallest_group),
            oidc_issuer: self.oidc_issuer.or(beneath.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(beneath.oidc_client_id),
            oidc_client_secret_file: self.oidc_client_secret_file.or(beneath.oidc_client_secret_file),
            oidc_map: self.oidc_map.or(beneath.oidc_map),
            oidc_groups_claim: self.oidc_groups_claim.or(beneath.oidc_groups_claim),
            oidc_scopes: self.oidc_scopes.or(beneath.oidc_scopes),
            oidc_title: self.oidc_title.or(beneath.oidc_title),
            oidc_ca: self.oidc_ca.or(beneath.oidc_ca),
            ldap_url: self.ldap_url.or(beneath.ldap_url),
            ldap_bind_dn: self.ldap_bind_dn.or(beneath.ldap_bind_dn),
            ldap_bind_password_file: self.ldap_bind_password_file.or(beneath.ldap_bind_password_file),
            ldap_base: self.ldap_base.or(beneath.ldap_base),
            ldap_user_filter: self.ldap_user_filter.or(beneath.ldap_user_filter),
            ldap_group_filter: self.ldap_group_filter.or(beneath.ldap_group_filter),
            ldap_id_attribute: self.ldap_id_attribute.or(beneath.ldap_id_attribute),
            ldap_name_attribute: self.ldap_name_attribute.or(beneath.ldap_name_attribute),
            ldap_map: self.ldap_map.or(beneath.ldap_map),
            ldap_ca: self.ldap_ca.or(beneath.ldap_ca),
            ldap_carrier_base: self.ldap_carrier_base.or(beneath.ldap_carrier_base),
            ldap_carrier_filter: self.ldap_carrier_filter.or(beneath.ldap_carrier_filter),
            ldap_carrier_disabled: self.ldap_carrier_disabled.or(beneath.ldap_carrier_disabled),
            ldap_carrier_id_attribute: self.ldap_carrier_id_attribute.or(beneath.ldap_carrier_id_attribute),
            ldap_carrier_name_attribute: self
                .ldap_carrier_name_attribute
                .or(beneath.ldap_carrier_name_attribute),
            ldap_carrier_org_attribute: self
                .ldap_carrier_org_attribute
                .or(beneath.ldap_carrier_org_attribute),
            ldap_carrier_map: self.ldap_carrier_map.or(beneath.ldap_carrier_map),
            ldap_carrier_every: self.ldap_carrier_every.or(beneath.ldap_carrier_every),
            log: self.log.or(beneath.log),
            log_format: self.log_format.or(beneath.log_format),
        }
    }

    /// Paths that were written in a file are meant from its folder on.
    #[must_use]
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        let seen = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Self {
            data: seen(self.data),
            tls_certificate: seen(self.tls_certificate),
            tls_key: seen(self.tls_key),
            phone_ca: seen(self.phone_ca),
            admin_tls_certificate: seen(self.admin_tls_certificate),
            admin_tls_key: seen(self.admin_tls_key),
            hooks_ca: seen(self.hooks_ca),
            smtp_password_file: seen(self.smtp_password_file),
            oidc_client_secret_file: seen(self.oidc_client_secret_file),
            oidc_ca: seen(self.oidc_ca),
            ldap_bind_password_file: seen(self.ldap_bind_password_file),
            ldap_ca: seen(self.ldap_ca),
            ..self
        }
    }
}
