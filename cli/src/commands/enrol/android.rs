//! What a phone in set-up is told by a QR code: which package to fetch, who has signed it, and what the agent in it needs to enrol.

use crate::field::Field as _;
use crate::server::Server;
use anyhow::{Context as _, bail, ensure};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::id::Digest;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// What a phone is told beside the link.
#[derive(clap::Args)]
#[group(skip)]
pub struct AndroidArgs {
    /// Also print a QR code with which an Android phone that was just reset becomes the organisation's
    #[arg(long)]
    pub android_qr: bool,
    /// Where phones fetch the package, if not from this server: http://… or https://…
    #[arg(long, value_name = "URL", requires = "android_qr")]
    apk_url: Option<String>,
    /// The Wi-Fi network that the phone joins for it
    #[arg(long, value_name = "NAME", requires = "android_qr")]
    wifi_ssid: Option<String>,
    /// Its password; it stands in the QR code for everybody to read. Without it the network is open
    #[arg(long, value_name = "TEXT", requires = "wifi_ssid")]
    wifi_password: Option<String>,
    /// Asset tag of the phone
    #[arg(long, value_name = "TEXT", requires = "android_qr")]
    asset_tag: Option<String>,
    /// Only a work profile on the phone, instead of the whole phone (Android 12 and newer)
    #[arg(long, requires = "android_qr")]
    work_profile: bool,
    /// Language of the phone: ru_RU
    #[arg(long, value_name = "LOCALE", requires = "android_qr")]
    locale: Option<String>,
    /// Time zone of the phone: Europe/Moscow
    #[arg(long, value_name = "ZONE", requires = "android_qr")]
    time_zone: Option<String>,
    /// Write the QR code to this file, too
    #[arg(long, value_name = "FILE", requires = "android_qr")]
    pub png: Option<PathBuf>,
}

/// The package that a phone is to fetch.
pub struct Offer {
    download: String,
    signer: Digest,
    /// Whether a phone in set-up can fetch it from there as things stand.
    pub reachable: bool,
}

/// The part of the agent that Android puts in charge of the phone.
const COMPONENT: &str = "io.muster.agent/io.muster.agent.AdminReceiver";

/// The package that is handed out now, looked up before a token is made in vain.
pub fn offer(server: &Server, args: &AndroidArgs, uses: u32) -> anyhow::Result<Offer> {
    check(args, uses)?;
    let list = server.read("look up the agent's package", "agent-packages", &[])?;
    let current = list.at("current");
    let Some(package) = list.list("packages").iter().find(|one| one.at("version_code") == current) else {
        bail!(no_package(list.list("packages").is_empty()));
    };
    let signer = package.text("signer_sha256").and_then(|text| text.parse().ok());
    let own = list.word("download");
    Ok(Offer {
        download: args.apk_url.clone().unwrap_or(own),
        signer: signer.context("read the digest of the package's signer")?,
        reachable: args.apk_url.is_some() || list.at("plain").as_bool() == Some(true),
    })
}

fn no_package(none: bool) -> &'static str {
    if none {
        "there is no package of the agent for Android: muster agent-package add FILE"
    } else {
        "no package is offered to all phones, so none to a phone in set-up: muster agent-package ring VERSION all"
    }
}

/// The text of the QR code, as JSON.
pub fn provisioning(args: &AndroidArgs, offer: &Offer, link: &str) -> Value {
    let mut extras = Map::from_iter([("server_link".to_owned(), json!(link))]);
    if let Some(tag) = &args.asset_tag {
        extras.insert("asset_tag".to_owned(), json!(tag));
    }
    if args.work_profile {
        extras.insert("mode".to_owned(), json!("work-profile"));
    }
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| {
        said.insert(format!("android.app.extra.PROVISIONING_{name}"), value);
    };
    say("DEVICE_ADMIN_COMPONENT_NAME", json!(COMPONENT));
    say("DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION", json!(offer.download));
    say("DEVICE_ADMIN_SIGNATURE_CHECKSUM", json!(BASE64_URL_SAFE_NO_PAD.encode(offer.signer.0)));
    say("LEAVE_ALL_SYSTEM_APPS_ENABLED", json!(true));
    say("ADMIN_EXTRAS_BUNDLE", Value::Object(extras));
    if let Some(ssid) = &args.wifi_ssid {
        say("WIFI_SSID", json!(ssid));
        match &args.wifi_password {
            Some(password) => {
                say("WIFI_SECURITY_TYPE", json!("WPA"));
                say("WIFI_PASSWORD", json!(password));
            }
            None => say("WIFI_SECURITY_TYPE", json!("NONE")),
        }
    }
    if let Some(locale) = &args.locale {
        say("LOCALE", json!(locale));
    }
    if let Some(zone) = &args.time_zone {
        say("TIME_ZONE", json!(zone));
    }
    Value::Object(said)
}

/// What a phone would only say after it was reset.
fn check(args: &AndroidArgs, uses: u32) -> anyhow::Result<()> {
    if let Some(url) = &args.apk_url {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let plain =
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
        ensure!(plain, "--apk-url {url:?} is neither http://… nor https://…");
    }
    if let Some(ssid) = &args.wifi_ssid {
        ensure!((1..=32).contains(&ssid.len()), "--wifi-ssid: the name of a network has 1 to 32 bytes");
    }
    if let Some(password) = &args.wifi_password {
        ensure!((8..=64).contains(&password.len()), "--wifi-password: a password of WPA has 8 to 64 bytes");
    }
    if let Some(tag) = &args.asset_tag {
        ensure!(uses == 1, "--asset-tag is for one phone, and the token is for {uses}");
        let fits = !tag.is_empty() && tag.len() <= 64 && !tag.chars().any(char::is_control);
        ensure!(fits, "--asset-tag: an asset tag has 1 to 64 bytes without control characters");
    }
    if let Some(locale) = &args.locale {
        let (language, region) = locale.split_once('_').unwrap_or((locale, "XX"));
        let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let fits =
            matches!(language.len(), 2 | 3) && region.len() == 2 && letters(language) && letters(region);
        ensure!(fits, "--locale {locale:?} is not like ru_RU");
    }
    if let Some(zone) = &args.time_zone {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
        let fits = zone.contains('/') && zone.len() <= 64 && zone.bytes().all(allowed);
        ensure!(fits, "--time-zone {zone:?} is not like Europe/Moscow");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser as _;

    fn args(line: &[&str]) -> AndroidArgs {
        let words = ["muster", "enrol-token", "--org", "a", "--android-qr"].iter().chain(line);
        match Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).command {
            Command::EnrolToken(args) => args.android,
            _ => panic!("another command"),
        }
    }

    fn offer() -> Offer {
        Offer {
            download: "http://a/agent/android.apk".to_owned(),
            signer: Digest([0xfb; 32]),
            reachable: true,
        }
    }

    #[test]
    fn a_phone_is_told_everything_that_it_needs() {
        let said = provisioning(&args(&["--asset-tag", "MF-1"]), &offer(), "muster://a:1/enrol?…");
        let wanted = json!({
            "android.app.extra.PROVISIONING_DEVICE_ADMIN_COMPONENT_NAME": "io.muster.agent/io.muster.agent.AdminReceiver",
            "android.app.extra.PROVISIONING_DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": "http://a/agent/android.apk",
            "android.app.extra.PROVISIONING_DEVICE_ADMIN_SIGNATURE_CHECKSUM": "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
            "android.app.extra.PROVISIONING_LEAVE_ALL_SYSTEM_APPS_ENABLED": true,
            "android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE": {
                "server_link": "muster://a:1/enrol?…", "asset_tag": "MF-1"
            }
        });
        assert_eq!(said, wanted);
        let profile = args(&["--work-profile"]);
        let extras =
            provisioning(&profile, &offer(), "x")["android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE"]
                .clone();
        assert_eq!(extras, json!({ "server_link": "x", "mode": "work-profile" }));
    }

    #[test]
    fn a_network_is_open_or_has_a_password() {
        let of = |line: &[&str], name: &str| {
            provisioning(&args(line), &offer(), "x")[format!("android.app.extra.PROVISIONING_{name}")].clone()
        };
        let open = ["--wifi-ssid", "Гости"];
        assert_eq!(
            (of(&open, "WIFI_SSID"), of(&open, "WIFI_SECURITY_TYPE")),
            (json!("Гости"), json!("NONE"))
        );
        let closed = ["--wifi-ssid", "a", "--wifi-password", "12345678", "--locale", "ru_RU"];
        assert_eq!(of(&closed, "WIFI_SECURITY_TYPE"), "WPA");
        assert_eq!(
            (of(&closed, "WIFI_PASSWORD"), of(&closed, "LOCALE")),
            (json!("12345678"), json!("ru_RU"))
        );
    }

    #[test]
    fn what_a_phone_would_refuse_is_refused_here() {
        for (line, why) in [
            (["--apk-url", "ftp://a"], "--apk-url"),
            (["--apk-url", "https://"], "--apk-url"),
            (["--wifi-ssid", ""], "--wifi-ssid"),
            (["--locale", "Russian"], "--locale"),
            (["--time-zone", "Moscow"], "--time-zone"),
            (["--asset-tag", ""], "--asset-tag"),
        ] {
            let error = check(&args(&line), 1).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(check(&args(&["--wifi-ssid", "a", "--wifi-password", "short"]), 1).is_err());
        assert!(check(&args(&["--asset-tag", "MF-1"]), 2).is_err());
        assert!(
            check(&args(&["--apk-url", "https://cdn.example/a.apk", "--time-zone", "Europe/Moscow"]), 2)
                .is_ok()
        );
    }
}
