//! What Java may ask, in JSON.

use jni::Env;
use jni::objects::JByteArray;
use muster_agent::texts::Language;
use muster_proto::text::Text;
use serde::Deserialize;

use crate::error::{Error, Result};

/// A request.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Enrol with this link.
    Enrol {
        /// `muster://…`.
        link: String,
        /// What the person typed.
        #[serde(default)]
        asset_tag: Option<String>,
    },
    /// What a process does first.
    Settle {},
    /// Keep what provisioning said until it can be done.
    Remember {
        /// `muster://…`.
        link: String,
        /// What the organisation calls this phone.
        #[serde(default)]
        asset_tag: Option<String>,
    },
    /// A piece of work.
    Work {
        /// What it is for.
        why: Why,
        /// It may take so long.
        seconds: u64,
        /// Why the system ended the job before; negative for none.
        #[serde(default)]
        last_stop_reason: Option<i64>,
    },
    /// End the work that goes on.
    Halt {
        /// Only if it is for this.
        #[serde(default)]
        why: Option<Why>,
    },
    /// Keep the channel open, or no longer.
    Stay {
        /// Whether.
        on: bool,
    },
    /// When the system is to wake the agent.
    Schedule {},
    /// What the screen shows.
    Page {
        /// `en` or `ru`.
        language: Tongue,
        /// Seconds by which the phone's clock is ahead of UTC; without it times are said in UTC.
        #[serde(default)]
        utc_offset_s: Option<i32>,
    },
    /// What is to be notified now.
    Notes {
        /// `en` or `ru`.
        language: Tongue,
    },
    /// The bytes of the last report.
    Bytes {},
    /// A link to this phone's page on the server.
    Open {},
    /// Break off, to see what becomes of that on the way out.
    #[cfg(debug_assertions)]
    Panic {
        /// With these words.
        text: String,
    },
}

/// What a piece of work is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The periodic job.
    Job,
    /// The phone was started.
    Boot,
    /// The first after enrolment.
    First,
    /// Packages came or went.
    AppsChanged,
    /// The agent itself is a new one.
    Replaced,
    /// The person wants it.
    Person,
}

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tongue {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::En => Self::English,
            Tongue::Ru => Self::Russian,
        }
    }
}

/// The longest request.
pub const MAX_REQUEST: usize = 1024 * 1024;

/// The bytes of a request; one that is too long is not even copied.
pub fn taken(env: &mut Env<'_>, request: &JByteArray<'_>) -> Result<Vec<u8>> {
    if request.is_null() {
        return Err(Error::new("request", "no request"));
    }
    within(request.len(env)?)?;
    Ok(env.convert_byte_array(request)?)
}

impl Request {
    /// Reads a request.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        within(bytes.len())?;
        serde_json::from_slice(bytes)
            .map_err(|error| Error::new("request", format!("read the request: {error}")))
    }
}

/// What was typed as asset tag; nothing typed is none.
pub fn asset_tag(typed: Option<&str>) -> Result<Option<Text<64>>> {
    match typed.map(str::trim).filter(|tag| !tag.is_empty()) {
        None => Ok(None),
        Some(tag) => Text::new(tag)
            .map(Some)
            .map_err(|error| Error::new("request", format!("read asset_tag: {error}"))),
    }
}

fn within(len: usize) -> Result<()> {
    if len <= MAX_REQUEST {
        return Ok(());
    }
    Err(Error::new("too-long", format!("a request of {len} bytes, at most {MAX_REQUEST} are taken")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        Request::parse(text.as_bytes()).unwrap_err().code
    }

    #[test]
    fn requests_are_read() {
        let work =
            Request::parse(br#"{"do":"work","why":"apps-changed","seconds":30,"last_stop_reason":-1}"#);
        let expected = Request::Work { why: Why::AppsChanged, seconds: 30, last_stop_reason: Some(-1) };
        assert_eq!(work.unwrap(), expected);
        let enrol = Request::parse(br#"{"do":"enrol","link":"muster://a"}"#).unwrap();
        assert_eq!(enrol, Request::Enrol { link: "muster://a".to_owned(), asset_tag: None });
        assert_eq!(Request::parse(br#"{"do":"settle"}"#).unwrap(), Request::Settle {});
        assert_eq!(Request::parse(br#"{"do":"stay","on":true}"#).unwrap(), Request::Stay { on: true });
        assert_eq!(
            Request::parse(br#"{"do":"page","language":"ru"}"#).unwrap(),
            Request::Page { language: Tongue::Ru, utc_offset_s: None }
        );
        assert_eq!(Request::parse(br#"{"do":"halt"}"#).unwrap(), Request::Halt { why: None });
        let halt = Request::parse(br#"{"do":"halt","why":"job"}"#).unwrap();
        assert_eq!(halt, Request::Halt { why: Some(Why::Job) });
    }

    #[test]
    fn nonsense_is_refused_with_a_code() {
        for text in ["", "[]", "{}", r#"{"do":"fly"}"#, r#"{"do":"work","why":"fun","seconds":1}"#, "\u{0}"] {
            assert_eq!(code(text), "request", "{text:?}");
        }
        assert_eq!(Request::parse(&vec![b' '; MAX_REQUEST + 1]).unwrap_err().code, "too-long");
        assert_eq!(Request::parse(&[0xff, 0xfe]).unwrap_err().code, "request");
    }

    #[test]
    fn an_asset_tag_has_bounds() {
        assert_eq!(asset_tag(Some("  ")).unwrap(), None);
        assert_eq!(asset_tag(Some(" A-1 ")).unwrap().unwrap().as_str(), "A-1");
        assert!(asset_tag(Some(&"x".repeat(65))).is_err());
    }
}
