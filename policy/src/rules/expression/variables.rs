//! What an expression may look at.

use muster_proto::facts::{DeviceFacts, Fact, Reason, Strength};
use muster_proto::time::{Span, Timestamp};

/// What a variable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
}

/// Something that is known of a device.
#[derive(Debug)]
pub struct Field {
    /// Its name: `device.NAME`.
    pub name: &'static str,
    /// The fact that it comes from.
    pub fact: &'static str,
    /// Its type, for people.
    pub is: &'static str,
    /// What it says.
    pub about: &'static str,
    /// Reads it.
    pub read: fn(&DeviceFacts, Timestamp) -> Result<Value, Reason>,
}

macro_rules! fields {
    ($($name:literal of $fact:ident is $is:literal: $about:literal = $read:expr;)*) => {
        /// Every field of `device`.
        pub const FIELDS: &[Field] = &[$(Field {
            name: $name,
            fact: stringify!($fact),
            is: $is,
            about: $about,
            read: |device, now| known(&device.$fact, now, $read),
        },)*];
    };
}

fields! {
    "platform" of platform is "text": "`android`, `aurora`, `sailfish` or `linux`." = |it, _| word(it);
    "os_version" of os_version is "text": "Version of the system, as it says it." = |it, _| word(it);
    "os_major" of os_version is "number": "The first number of the version; 0 where it has none." = |it, _| number(major(it));
    "security_patch" of security_patch is "text": "Day of the security patch level: `2027-04-01`." = |it, _| word(it);
    "patch_age" of security_patch is "number": "Whole days since the security patch level." = |it, now| number(now.since(it.start()).secs() / DAY.secs());
    "build_id" of build_id is "text": "Build of the system." = |it, _| word(it);
    "build_type" of build_type is "text": "`user`, `userdebug` or `eng`." = |it, _| word(it);
    "manufacturer" of manufacturer is "text": "Maker, as the phone says it." = |it, _| word(it);
    "brand" of brand is "text": "Brand." = |it, _| word(it);
    "model" of model is "text": "Model." = |it, _| word(it);
    "management" of management is "text": "How the phone is managed: `device-owner`, `profile-owner` and so on." = |it, _| word(it);
    "encryption" of encryption is "text": "`inactive`, `activating`, `active`, `active-default-key`, `active-per-user` or `partial`." = |it, _| word(it);
    "lock_set" of lock_set is "flag": "A screen lock is set." = |it, _| Value::Flag(*it);
    "lock_strength" of lock_strength is "number": "Strength of the screen lock; compare it with `STRENGTH_…`." = |it, _| number(strength(*it));
    "lock_after" of lock_after is "number": "Seconds after which the screen locks." = |it, _| number(it.secs());
    "developer_options" of developer_options is "flag": "Developer options are on." = |it, _| Value::Flag(*it);
    "debug_bridge" of debug_bridge is "flag": "The debug bridge is on." = |it, _| Value::Flag(*it);
    "bootloader_locked" of bootloader_locked is "flag": "The boot loader is locked." = |it, _| Value::Flag(*it);
    "verified_boot" of verified_boot is "text": "`green`, `yellow`, `orange` or `red`." = |it, _| word(it);
    "root_signs" of root_signs is "number": "How many signs of root access there are." = |it, _| number(it.len() as u64);
    "boot_count" of boot_count is "number": "How often the phone was started." = |it, _| number(*it);
    "os_certified" of os_certified is "flag": "The system is a certified one." = |it, _| Value::Flag(*it);
}

/// Keys of an application in `apps`: name, type, meaning.
pub const APP_KEYS: [(&str, &str, &str); 6] = [
    ("id", "text", "Id in the catalogue."),
    ("package", "text", "Package or application id."),
    ("version", "text", "Version; missing where it is not known, so ask `has(app.version)` first."),
    ("signature", "text", "What its signers say: `official`, `foreign` and so on."),
    ("source", "text", "Source that showed it."),
    ("certain", "flag", "The match is certain, and no guess by the name."),
];

/// Names that stand for a number.
pub const STRENGTHS: [&str; 4] = ["STRENGTH_NONE", "STRENGTH_LOW", "STRENGTH_MEDIUM", "STRENGTH_HIGH"];

const DAY: Span = Span::from_hours(24);

fn known<T>(fact: &Fact<T>, now: Timestamp, read: impl Fn(&T, Timestamp) -> Value) -> Result<Value, Reason> {
    match fact {
        Fact::Known(value) => Ok(read(value, now)),
        Fact::Unknown(reason) => Err(*reason),
    }
}

fn word(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}

fn number(value: u64) -> Value {
    Value::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The number by which strengths are compared.
pub(super) fn strength(strength: Strength) -> u64 {
    Strength::ALL.iter().position(|known| *known == strength).unwrap_or_default() as u64
}

fn major(version: &str) -> u64 {
    let digits: String = version.chars().take_while(char::is_ascii_digit).take(9).collect();
    digits.parse().unwrap_or_default()
}
