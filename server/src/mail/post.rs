//! The way to the mail server: SMTP with TLS, or without where the configuration says so.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsParametersBuilder,
};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use muster_proto::time::Timestamp;

/// Where the mail server is: `smtps://HOST` (TLS from the start), `smtp://HOST` (STARTTLS, without which nothing is sent), or
/// `smtp://HOST?tls=off`; each with `USER@` before the host and `:PORT` behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct SmtpUrl {
    security: Security,
    host: String,
    port: u16,
    user: Option<String>,
}

/// How TLS is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// From the start.
    Whole,
    /// After STARTTLS.
    Started,
    /// Not at all.
    Off,
}

/// Text that names no mail server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not smtps://[USER@]HOST[:PORT], smtp://[USER@]HOST[:PORT] or smtp://HOST[:PORT]?tls=off")]
pub struct NotSmtp;

/// What the configuration says of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is.
    pub url: SmtpUrl,
    /// The file of the password.
    pub password_file: Option<PathBuf>,
    /// From whom mails are.
    pub from: String,
    /// One more CA, in PEM.
    pub ca: Option<PathBuf>,
}

/// Sends mails.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why there can be none.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// A file can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// TLS can't be set up.
    #[error("set up TLS to the mail server")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// The sender is no address.
    #[error("mail-from: {0:?} is not NAME@HOST or TEXT <NAME@HOST>")]
    From(String),
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id, without brackets: the same each time.
    pub id: String,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same as a page.
    pub html: String,
    /// When it was written.
    pub made: Timestamp,
}

/// Why the mail server did not take a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// In words.
    pub words: String,
    /// Whether others may be taken all the same.
    pub of_this_mail: bool,
}

/// For a mail as a whole.
const PATIENCE: Duration = Duration::from_secs(30);
/// For each step of it.
const STEP: Duration = Duration::from_secs(10);

impl Mailer {
    /// With these settings.
    ///
    /// # Errors
    /// A file can't be read; the sender is no address.
    pub fn new(settings: &Settings) -> Result<Self, MailerError> {
        let SmtpUrl { security, host, port, user } = &settings.url;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .timeout(Some(STEP))
            .tls(match security {
                Security::Whole => Tls::Wrapper(tls(host, settings.ca.as_ref())?),
                Security::Started => Tls::Required(tls(host, settings.ca.as_ref())?),
                Security::Off => Tls::None,
            });
        if let Some(user) = user {
            let password = settings.password_file.as_ref().map(read).transpose()?;
            let password = password.unwrap_or_default().trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let from = settings.from.parse().map_err(|_| MailerError::From(settings.from.clone()))?;
        Ok(Self { transport: builder.build(), from })
    }

    /// Asks whether the mail server lets the server in; nothing is sent.
    ///
    /// # Errors
    /// It does not.
    pub async fn look(&self) -> Result<(), Refused> {
        let refused = |words| Err(Refused { words, of_this_mail: false });
        match tokio::time::timeout(STEP, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => refused("the mail server does not answer as one".to_owned()),
            Ok(Err(error)) => refused(in_words(&error)),
            Err(_) => refused("the mail server took longer than ten seconds".to_owned()),
        }
    }

    /// Hands a mail to the mail server.
    ///
    /// # Errors
    /// It did not take it.
    pub async fn send(&self, mail: &Mail) -> Result<(), Refused> {
        let message =
            self.message(mail).map_err(|error| Refused { words: error.to_string(), of_this_mail: true })?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Refused { words: in_words(&error), of_this_mail: error.is_permanent() }),
            Err(_) => {
                let words = "the mail server took longer than 30 seconds".to_owned();
                Err(Refused { words, of_this_mail: false })
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, lettre::error::Error> {
        let to = Mailbox::new(None, mail.to.parse().map_err(|_| lettre::error::Error::MissingTo)?);
        let host = self.from.email.domain();
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(mail.made.secs().unsigned_abs());
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .date(made)
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
    }
}

fn tls(host: &str, ca: Option<&PathBuf>) -> Result<TlsParameters, MailerError> {
    let mut builder: TlsParametersBuilder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
    if let Some(path) = ca {
        let pem = read(path)?;
        builder =
            builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(MailerError::Tls)?);
    }
    builder.build_rustls().map_err(MailerError::Tls)
}

fn read(path: &PathBuf) -> Result<String, MailerError> {
    std::fs::read_to_string(path).map_err(|source| MailerError::Read { path: path.clone(), source })
}

fn in_words(error: &lettre::transport::smtp::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        if !words.contains(&next.to_string()) {
            words = format!("{words}: {next}");
        }
        cause = next.source();
    }
    words.chars().filter(|char| !char.is_control()).take(300).collect()
}

impl FromStr for SmtpUrl {
    type Err = NotSmtp;

    fn from_str(text: &str) -> Result<Self, NotSmtp> {
        let (rest, off) = match text.split_once('?') {
            None => (text, false),
            Some((rest, "tls=off")) => (rest, true),
            Some(_) => return Err(NotSmtp),
        };
        let (scheme, rest) = rest.split_once("://").ok_or(NotSmtp)?;
        let (security, usual) = match (scheme, off) {
            ("smtps", false) => (Security::Whole, 465),
            ("smtp", false) => (Security::Started, 587),
            ("smtp", true) => (Security::Off, 25),
            _ => return Err(NotSmtp),
        };
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (host, port) = split(place.trim_end_matches('/')).ok_or(NotSmtp)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
        let sound = !host.is_empty() && host.bytes().all(allowed);
        let named = user.is_none_or(|user| {
            !user.is_empty() && !user.contains([':', '/']) && !user.contains(char::is_control)
        });
        // a password would go in the clear
        if !sound || !named || (off && user.is_some()) {
            return Err(NotSmtp);
        }
        let port = port.unwrap_or(usual);
        Ok(Self { security, host: host.to_owned(), port, user: user.map(str::to_owned) })
    }
}

/// Host and port; an IPv6 address is in brackets.
fn split(place: &str) -> Option<(&str, Option<u16>)> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return match rest.strip_prefix(':') {
            Some(number) => Some((host, Some(port(number)?))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match place.split_once(':') {
        Some((host, number)) => Some((host, Some(port(number)?))),
        None => Some((place, None)),
    }
}

impl std::fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.security == Security::Whole { "smtps" } else { "smtp" };
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let off = if self.security == Security::Off { "?tls=off" } else { "" };
        write!(f, "{scheme}://{user}{host}:{}{off}", self.port)
    }
}

impl TryFrom<String> for SmtpUrl {
    type Error = NotSmtp;

    fn try_from(text: String) -> Result<Self, NotSmtp> {
        text.parse()
    }
}

impl From<SmtpUrl> for String {
    fn from(url: SmtpUrl) -> Self {
        url.to_string()
    }
}

impl SmtpUrl {
    /// Which machine it is on.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// As whom the server signs in there.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mail_server_is_read() {
        for (text, read) in [
            ("smtps://mail.example", "smtps://mail.example:465"),
            ("smtp://mail.example", "smtp://mail.example:587"),
            ("smtp://me@corp@mail.example:2525/", "smtp://me@corp@mail.example:2525"),
            ("smtp://[::1]:25?tls=off", "smtp://[::1]:25?tls=off"),
            ("smtp://localhost?tls=off", "smtp://localhost:25?tls=off"),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().map(|url| url.to_string()).as_deref(), Ok(read), "{text}");
        }
        for wrong in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://a?tls=no",
            "smtps://a?tls=off",
            "smtp://me@a?tls=off",
            "smtp://me:secret@a",
            "smtp://a:0",
            "smtp://a:x",
            "smtp://a b",
            "smtp://[::1",
            "smtp://[x]",
            "smtp://@a",
            "smtp://a/b",
        ] {
            assert_eq!(wrong.parse::<SmtpUrl>(), Err(NotSmtp), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in "smtps?://([a-z@:]{0,6}@)?[a-z0-9.:\\[\\]-]{0,12}(:[0-9]{1,6})?(\\?tls=off)?") {
            if let Ok(url) = text.parse::<SmtpUrl>() {
                prop_assert_eq!(url.to_string().parse(), Ok(url));
            }
        }
    }
}
