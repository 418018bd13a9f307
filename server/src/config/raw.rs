//! What may be written. The comments on the keys are the one source: the command line's help, the commented file and the page about
//! configuration are made of them.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::proxies::{ForwardedHeader, Network};
use super::values::{DatabaseUrl, LogFilter, PublicUrl, Sha256, Tls, Within};
use crate::log::Format;
use crate::mail::SmtpUrl;
use crate::outside::Mapped;
use crate::outside::ldap::{Filter, LdapUrl, Part, Plain};
use crate::outside::oidc::Issuer;

/// The keys. Each is also an option of the command line (`--KEY`) and a variable of the environment (`MUSTER_KEY`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Raw {
    /// Folder of the database and the keys; made if it isn't there
    ///
    /// Whoever can read it can administer the server: it belongs to the server's own user, and so does its backup.
    #[arg(long, env = "MUSTER_DATA", value_name = "DIR", help_heading = STORE)]
    pub data: Option<PathBuf>,

    /// A PostgreSQL database instead of a file in the data folder: `postgres://…`
    ///
    /// The data folder then has the keys alone. The address may have a password: keep this file for root and the server's group
    /// (`chown root:muster`, `chmod 0640`), as the package does. Name it here and not in a variable of the service alone, because `backup`, `restore`
    /// and `check` read this file too. One server works on a database at a time, and connects to it directly: through a pooler it can't hold its lock.
    #[arg(long, env = "MUSTER_DATABASE", value_name = "URL", help_heading = STORE)]
    #[schemars(example = "postgres://muster:secret@db.example.org/muster")]
    pub database: Option<DatabaseUrl>,

    /// Address on which phones are served, and people too unless `admin-listen` is set; port 0 takes a free one
    #[arg(long, env = "MUSTER_LISTEN", value_name = "ADDR", help_heading = ADDRESSES)]
    pub listen: Option<SocketAddr>,

    /// Where the server is reached, if that is another address than `listen`: `https://HOST[:PORT]`
    ///
    /// It is what links and QR codes say, and the server's own certificate has its name.
    #[arg(long, env = "MUSTER_PUBLIC_URL", value_name = "URL", help_heading = ADDRESSES)]
    #[schemars(example = "https://muster.example.org:8443")]
    pub public_url: Option<PublicUrl>,

    /// Address on which people are served: the console and the API
    ///
    /// With it, `listen` serves phones alone, and here no phone is served.
    #[arg(long, env = "MUSTER_ADMIN_LISTEN", value_name = "ADDR", help_heading = ADDRESSES)]
    #[schemars(example = "10.0.0.5:9443")]
    pub admin_listen: Option<SocketAddr>,

    /// Where people reach `admin-listen`: `https://HOST[:PORT]`
    ///
    /// Links with which people sign in say it. Without it they have the host of `public-url` and the port of `admin-listen`. It is needed
    /// where `admin-tls-certificate` or a proxy decides for which name people are shown a certificate.
    #[arg(long, env = "MUSTER_ADMIN_PUBLIC_URL", value_name = "URL", help_heading = ADDRESSES)]
    #[schemars(example = "https://muster-admin.example.org")]
    pub admin_public_url: Option<PublicUrl>,

    /// Address of a listener without TLS, for the agent's Android package and nothing else
    ///
    /// A phone in set-up knows no CA of yours; what it takes there it checks by the digest in the QR code.
    #[arg(long, env = "MUSTER_PACKAGE_LISTEN", value_name = "ADDR", help_heading = ADDRESSES)]
    #[schemars(example = "0.0.0.0:8080")]
    pub package_listen: Option<SocketAddr>,

    /// Addresses and networks of proxies in front of the server, whose word about a request's sender is believed
    ///
    /// The sender is the last address in `forwarded-header` that is no proxy of these. What others say in that header is ignored.
    #[arg(long, env = "MUSTER_TRUSTED_PROXIES", value_name = "NET", value_delimiter = ',', help_heading = PROXIES)]
    #[schemars(example = ["10.0.0.2", "2001:db8:1::/64"])]
    pub trusted_proxies: Option<Vec<Network>>,

    /// The header in which the proxies name the sender: `x-forwarded-for` or `forwarded` (RFC 7239)
    ///
    /// Name the one that your proxy writes. The other is ignored: a proxy passes it on as the sender made it up.
    #[arg(long, env = "MUSTER_FORWARDED_HEADER", value_name = "NAME", help_heading = PROXIES)]
    pub forwarded_header: Option<ForwardedHeader>,

    /// TLS on `listen`: `on`, or `off` where a proxy in front of the server ends it
    ///
    /// `off` needs a loopback address, or `trusted-proxies`: then nobody else is let in.
    #[arg(long, env = "MUSTER_TLS", value_name = "WORD", help_heading = CERTIFICATES)]
    pub tls: Option<Tls>,

    /// Certificate for `listen` in PEM, followed by those that lead to its CA, instead of one by the server's own CA
    ///
    /// It is read again when it changes, and at SIGHUP; one that doesn't fit leaves the old one in its place, and the log says why.
    /// Programs of the same machine that ask for `localhost`, or for an address without a name, are shown the server's own certificate all the
    /// same: that is how `muster` finds its server there. To try the given one on this machine, call the server by its name.
    #[arg(long, env = "MUSTER_TLS_CERTIFICATE", value_name = "FILE", help_heading = CERTIFICATES)]
    #[schemars(example = "/etc/muster/tls/phones.pem")]
    pub tls_certificate: Option<PathBuf>,

    /// Its private key in PEM, without a passphrase: RSA, ECDSA or Ed25519
    #[arg(long, env = "MUSTER_TLS_KEY", value_name = "FILE", help_heading = CERTIFICATES)]
    #[schemars(example = "/etc/muster/tls/phones.key")]
    pub tls_key: Option<PathBuf>,

    /// The CA certificate in PEM that phones are to trust, where `tls-certificate` is set or `tls` is `off`
    ///
    /// Its digest goes into links, and a phone trusts it and nothing else: `tls-certificate`, or the proxy's certificate, must lead to it, now
    /// and after each renewal. Take a root that is yours, no public one.
    #[arg(long, env = "MUSTER_PHONE_CA", value_name = "FILE", help_heading = CERTIFICATES)]
    #[schemars(example = "/etc/muster/tls/ca.pem")]
    pub phone_ca: Option<PathBuf>,

    /// SHA-256 of a CA that phones are to trust from now on, although others are enrolled under another one
    ///
    /// Those never reach the server again and must be enrolled anew: the server asks for this before it does that to them.
    #[arg(long, env = "MUSTER_ACCEPT_PHONE_CA", value_name = "SHA256", help_heading = CERTIFICATES)]
    #[schemars(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub accept_phone_ca: Option<Sha256>,

    /// TLS on `admin-listen`: `on` or `off`, as `tls`
    #[arg(long, env = "MUSTER_ADMIN_TLS", value_name = "WORD", help_heading = CERTIFICATES)]
    pub admin_tls: Option<Tls>,

    /// Certificate for `admin-listen` in PEM, as `tls-certificate`; browsers should trust its CA
    #[arg(long, env = "MUSTER_ADMIN_TLS_CERTIFICATE", value_name = "FILE", help_heading = CERTIFICATES)]
    #[schemars(example = "/etc/muster/tls/people.pem")]
    pub admin_tls_certificate: Option<PathBuf>,

    /// Its private key in PEM
    #[arg(long, env = "MUSTER_ADMIN_TLS_KEY", value_name = "FILE", help_heading = CERTIFICATES)]
    #[schemars(example = "/etc/muster/tls/people.key")]
    pub admin_tls_key: Option<PathBuf>,
    /// Address of a listener without TLS, for metrics and health and nothing else: `/metrics`, `/healthz`, `/readyz`
    ///
    /// Whoever can reach it reads them: take an address that only those who watch can reach.
    #[arg(long, env = "MUSTER_METRICS_LISTEN", value_name = "ADDR", help_heading = WATCHING)]
    #[schemars(example = "127.0.0.1:9464")]
    pub metrics_listen: Option<SocketAddr>,

    /// Seconds in which the server still takes everything after it was asked to stop, while `/readyz` says that it is not ready
    ///
    /// For a load balancer in front, which needs a moment to notice; at most 600. Asked a second time, it stops at once. A service manager
    /// that kills what stops too slowly has to wait as long (`TimeoutStopSec`, 60 in the package).
    #[arg(long, env = "MUSTER_DRAIN", value_name = "SECS", help_heading = WATCHING)]
    #[schemars(range(max = 600))]
    pub drain: Option<Within<0, 600>>,

    /// Connections at once on `listen`, at least 16
    ///
    /// Each phone with an open channel holds one. Where there are not enough, further ones wait until one is free. The file descriptors of
    /// the process have to suffice for them.
    #[arg(long, env = "MUSTER_CONNECTIONS", value_name = "N", help_heading = ADDRESSES)]
    #[schemars(range(min = 16))]
    pub connections: Option<Within<16, { u32::MAX }>>,

    /// Whether hooks may be addresses with `http://`, and addresses on the server's own machine: `true` or `false`
    ///
    /// Otherwise only `https://` is sent to, and never to a loopback address. A link-local address is never sent to.
    #[arg(long, env = "MUSTER_HOOKS_ALLOW_HTTP", value_name = "BOOL", help_heading = TELLING)]
    pub hooks_allow_http: Option<bool>,

    /// CA certificates in PEM that receivers of hooks and the mail server may have, beside those that the machine trusts
    #[arg(long, env = "MUSTER_HOOKS_CA", value_name = "FILE", help_heading = TELLING)]
    #[schemars(example = "/etc/muster/tls/hooks-ca.pem")]
    pub hooks_ca: Option<PathBuf>,

    /// Hours for which the server tries to tell a hook of a change before it gives it up, 1 to 168
    ///
    /// What was given up is kept for thirty days: `muster hook deliveries` lists it, and `muster hook replay` sends it again.
    #[arg(long, env = "MUSTER_HOOKS_GIVE_UP", value_name = "HOURS", help_heading = TELLING)]
    #[schemars(range(min = 1, max = 168))]
    pub hooks_give_up: Option<Within<1, 168>>,

    /// The mail server: `smtps://[USER@]HOST[:PORT]`, or `smtp://…` with STARTTLS; `smtp://HOST[:PORT]?tls=off` for one that speaks no TLS
    ///
    /// Without TLS there is no `USER@`: a password would go in the clear. It needs `mail-from`.
    #[arg(long, env = "MUSTER_SMTP_URL", value_name = "URL", help_heading = TELLING)]
    #[schemars(example = "smtps://muster@mail.example.org")]
    pub smtp_url: Option<SmtpUrl>,

    /// File with the password for the mail server, on one line; readable for the server's user alone
    #[arg(long, env = "MUSTER_SMTP_PASSWORD_FILE", value_name = "FILE", help_heading = TELLING)]
    #[schemars(example = "/etc/muster/smtp-password")]
    pub smtp_password_file: Option<PathBuf>,

    /// From whom mails are: `NAME@HOST` or `TEXT <NAME@HOST>`
    #[arg(long, env = "MUSTER_MAIL_FROM", value_name = "ADDRESS", help_heading = TELLING)]
    #[schemars(example = "Muster <muster@example.org>")]
    pub mail_from: Option<String>,

    /// Days for which the text of a report is kept, 30 to 36500
    ///
    /// Then its digest stays, so that the chain of reports can be followed. The text of a device's newest report stays as long as the device counts.
    #[arg(long, env = "MUSTER_KEEP_REPORTS", value_name = "DAYS", help_heading = KEEPING)]
    #[schemars(range(min = 30, max = 36500))]
    pub keep_reports: Option<Within<30, 36_500>>,

    /// Days for which changes of findings, and orders and scans that have ended, are kept, 100 to 36500
    #[arg(long, env = "MUSTER_KEEP_HISTORY", value_name = "DAYS", help_heading = KEEPING)]
    #[schemars(range(min = 100, max = 36500))]
    pub keep_history: Option<Within<100, 36_500>>,

    /// Days after which a device that was sent away, replaced or refused is erased, 1 to 36500
    ///
    /// That it was there stays, with its public keys, the digests of its reports and what the audit says of it. `muster device erase` does
    /// it at once.
    #[arg(long, env = "MUSTER_KEEP_ENDED", value_name = "DAYS", help_heading = KEEPING)]
    #[schemars(range(min = 1, max = 36500))]
    pub keep_ended: Option<Within<1, 36_500>>,

    /// Phones below which an organisation, with all below it, has no chart of makers and applications over time, 1 to 1000
    ///
    /// A chart of three phones says what each person carries. It concerns charts and series alone: whoever may read the list of devices sees each.
    #[arg(long, env = "MUSTER_SMALLEST_GROUP", value_name = "N", help_heading = KEEPING)]
    #[schemars(range(min = 1, max = 1000))]
    pub smallest_group: Option<Within<1, 1000>>,

    /// A provider of OpenID Connect through which people sign in: its issuer, `https://HOST[/PATH]`
    ///
    /// It needs `oidc-client-id`, `oidc-client-secret-file` and `oidc-map`. Where the provider sends people back to is the console's
    /// address with `/sign-in/oidc/back`; after signing out, with `/sign-in`. How to set it up: docs/people.md.
    #[arg(long, env = "MUSTER_OIDC_ISSUER", value_name = "URL", help_heading = SIGN_IN)]
    #[schemars(example = "https://id.example.org/realms/staff")]
    pub oidc_issuer: Option<Issuer>,

    /// What the server is called at the provider
    #[arg(long, env = "MUSTER_OIDC_CLIENT_ID", value_name = "TEXT", help_heading = SIGN_IN)]
    #[schemars(example = &"muster")]
    pub oidc_client_id: Option<String>,

    /// File with the secret that the provider knows of the server, on one line; readable for the server's user alone
    #[arg(long, env = "MUSTER_OIDC_CLIENT_SECRET_FILE", value_name = "FILE", help_heading = SIGN_IN)]
    #[schemars(example = "/etc/muster/oidc-secret")]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// What members of a group at the provider may here: `GROUP=ROLE`, or `GROUP=ROLE:ORG` in an organisation and those below it
    ///
    /// It holds anew at each sign-in. Whoever is in none of these groups, and was given nothing here, does not come in. On the command line
    /// and in the variable they stand with commas between them.
    #[arg(long, env = "MUSTER_OIDC_MAP", value_name = "GROUP=ROLE", value_delimiter = ',', help_heading = SIGN_IN)]
    #[schemars(example = ["muster-owners=owner", "minfin-it=operator:minfin"])]
    pub oidc_map: Option<Vec<Mapped>>,

    /// The claim that names a person's groups, in the ID token or at the provider's userinfo address
    #[arg(long, env = "MUSTER_OIDC_GROUPS_CLAIM", value_name = "NAME", help_heading = SIGN_IN)]
    pub oidc_groups_claim: Option<String>,

    /// What is asked for beside `openid`
    #[arg(long, env = "MUSTER_OIDC_SCOPES", value_name = "NAME", value_delimiter = ',', help_heading = SIGN_IN)]
    pub oidc_scopes: Option<Vec<String>>,

    /// What the provider is called on the sign-in page; its host where nothing is said
    #[arg(long, env = "MUSTER_OIDC_TITLE", value_name = "TEXT", help_heading = SIGN_IN)]
    #[schemars(example = "Staff accounts")]
    pub oidc_title: Option<String>,

    /// CA certificates in PEM that the provider may have, beside those that the machine trusts
    #[arg(long, env = "MUSTER_OIDC_CA", value_name = "FILE", help_heading = SIGN_IN)]
    #[schemars(example = "/etc/muster/tls/oidc-ca.pem")]
    pub oidc_ca: Option<PathBuf>,

    /// A directory whose passwords people type (LDAP, Active Directory): `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]` with StartTLS
    ///
    /// It needs `ldap-base`, and `ldap-map` or `ldap-carrier-base`. `ldap://127.0.0.1[:PORT]?tls=off` speaks in the clear, on the server's own machine alone. How to set it up: docs/people.md.
    #[arg(long, env = "MUSTER_LDAP_URL", value_name = "URL", help_heading = SIGN_IN)]
    #[schemars(example = "ldaps://dc.example.org")]
    pub ldap_url: Option<LdapUrl>,

    /// As whom the server looks for people in the directory: an entry that may read them; without it as nobody
    #[arg(long, env = "MUSTER_LDAP_BIND_DN", value_name = "DN", help_heading = SIGN_IN)]
    #[schemars(example = &"cn=muster,ou=services,dc=example,dc=org")]
    pub ldap_bind_dn: Option<String>,

    /// File with the password of `ldap-bind-dn`, on one line; readable for the server's user alone
    #[arg(long, env = "MUSTER_LDAP_BIND_PASSWORD_FILE", value_name = "FILE", help_heading = SIGN_IN)]
    #[schemars(example = "/etc/muster/ldap-password")]
    pub ldap_bind_password_file: Option<PathBuf>,

    /// The entry below which people and groups are
    #[arg(long, env = "MUSTER_LDAP_BASE", value_name = "DN", help_heading = SIGN_IN)]
    #[schemars(example = &"dc=example,dc=org")]
    pub ldap_base: Option<String>,

    /// Which entry is meant by the name that somebody types: `{name}` stands for it
    ///
    /// Active Directory: `(&(objectCategory=person)(sAMAccountName={name}))`.
    #[arg(long, env = "MUSTER_LDAP_USER_FILTER", value_name = "FILTER", help_heading = SIGN_IN)]
    pub ldap_user_filter: Option<Filter>,

    /// Which groups somebody is in: `{dn}` stands for the person's entry, `{name}` for the name
    ///
    /// Active Directory, with groups in groups: `(member:1.2.840.113556.1.4.1941:={dn})`.
    #[arg(long, env = "MUSTER_LDAP_GROUP_FILTER", value_name = "FILTER", help_heading = SIGN_IN)]
    pub ldap_group_filter: Option<Filter>,

    /// The attribute that tells people apart for ever, unlike `uid` or a number that begins anew in another directory; Active Directory: `objectGUID`
    #[arg(long, env = "MUSTER_LDAP_ID_ATTRIBUTE", value_name = "NAME", help_heading = SIGN_IN)]
    pub ldap_id_attribute: Option<String>,

    /// The attribute with the name that the account has here; Active Directory: `sAMAccountName`
    #[arg(long, env = "MUSTER_LDAP_NAME_ATTRIBUTE", value_name = "NAME", help_heading = SIGN_IN)]
    pub ldap_name_attribute: Option<String>,

    /// What members of a group in the directory may here: `DN=ROLE`, or `DN=ROLE:ORG` in an organisation and those below it
    ///
    /// It holds anew at each sign-in. Because names of entries have commas in them, it is written in the file; the command line and the
    /// variable part it at them.
    #[arg(long, env = "MUSTER_LDAP_MAP", value_name = "DN=ROLE", value_delimiter = ',', help_heading = SIGN_IN)]
    #[schemars(example = ["cn=muster-owners,ou=groups,dc=example,dc=org=owner", "cn=minfin-it,ou=groups,dc=example,dc=org=operator:minfin"])]
    pub ldap_map: Option<Vec<Mapped>>,

    /// CA certificates in PEM that the directory may have, beside those that the machine trusts
    #[arg(long, env = "MUSTER_LDAP_CA", value_name = "FILE", help_heading = SIGN_IN)]
    #[schemars(example = "/etc/muster/tls/ldap-ca.pem")]
    pub ldap_ca: Option<PathBuf>,

    /// The entry of the directory below which the people are who carry phones: with it the register is compared with the directory
    ///
    /// It needs `ldap-url`. Where nobody signs in with the directory's passwords, leave `ldap-map` out. All about it: docs/register.md.
    #[arg(long, env = "MUSTER_LDAP_CARRIER_BASE", value_name = "DN", help_heading = CARRIERS)]
    #[schemars(example = &"ou=people,dc=example,dc=org")]
    pub ldap_carrier_base: Option<String>,

    /// Which entries are people who may carry phones; Active Directory: `(&(objectCategory=person)(objectClass=user))`
    #[arg(long, env = "MUSTER_LDAP_CARRIER_FILTER", value_name = "FILTER", help_heading = CARRIERS)]
    pub ldap_carrier_filter: Option<Plain>,

    /// Which of them are shut out; Active Directory: `(userAccountControl:1.2.840.113556.1.4.803:=2)`
    #[arg(long, env = "MUSTER_LDAP_CARRIER_DISABLED", value_name = "FILTER", help_heading = CARRIERS)]
    #[schemars(example = "(pwdAccountLockedTime=*)")]
    pub ldap_carrier_disabled: Option<Plain>,

    /// The attribute that tells people apart for ever: `employeeNumber`; Active Directory: `objectGUID`
    #[arg(long, env = "MUSTER_LDAP_CARRIER_ID_ATTRIBUTE", value_name = "NAME", help_heading = CARRIERS)]
    pub ldap_carrier_id_attribute: Option<String>,

    /// The attribute with the name that the register has; `cn` where an entry has none
    #[arg(long, env = "MUSTER_LDAP_CARRIER_NAME_ATTRIBUTE", value_name = "NAME", help_heading = CARRIERS)]
    pub ldap_carrier_name_attribute: Option<String>,

    /// The attribute that says where somebody works, for `ldap-carrier-map`; without it the place of the entry says it
    #[arg(long, env = "MUSTER_LDAP_CARRIER_ORG_ATTRIBUTE", value_name = "NAME", help_heading = CARRIERS)]
    #[schemars(example = &"department")]
    pub ldap_carrier_org_attribute: Option<String>,

    /// Which part of the directory is which organisation: `DN=ORG` for what is below an entry, `VALUE=ORG` with `ldap-carrier-org-attribute`
    #[arg(long, env = "MUSTER_LDAP_CARRIER_MAP", value_name = "DN=ORG", value_delimiter = ';', help_heading = CARRIERS)]
    #[schemars(example = ["ou=finance,dc=example,dc=org=minfin"])]
    pub ldap_carrier_map: Option<Vec<Part>>,

    /// Hours from one comparison to the next, 1 to 168; 0: only when somebody asks
    #[arg(long, env = "MUSTER_LDAP_CARRIER_EVERY", value_name = "HOURS", help_heading = CARRIERS)]
    #[schemars(range(max = 168))]
    pub ldap_carrier_every: Option<Within<0, 168>>,

    /// What is logged to stderr: `error`, `warn`, `info`, `debug`, or a filter as `tracing-subscriber` reads it
    #[arg(long, env = "MUSTER_LOG", value_name = "FILTER", help_heading = LOG)]
    pub log: Option<LogFilter>,

    /// How a line of the log looks: `text` or `json`
    #[arg(long, env = "MUSTER_LOG_FORMAT", value_name = "FORMAT", help_heading = LOG)]
    pub log_format: Option<Format>,
}

const STORE: &str = "Store";
const ADDRESSES: &str = "Addresses";
const PROXIES: &str = "Proxies";
const CERTIFICATES: &str = "Certificates";
const WATCHING: &str = "Watching";
const TELLING: &str = "Telling others";
const KEEPING: &str = "Keeping";
const SIGN_IN: &str = "Signing in";
const CARRIERS: &str = "Carriers from a directory";
const LOG: &str = "Log";
