//! What a phone in set-up is told by a QR code: which package to fetch, who has signed it, and what the agent in it needs to enrol.

use super::values::{self, Security};
use crate::field::Field as _;
use crate::output::WrongUse;
use crate::server::Server;
use anyhow::{Context as _, bail};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::id::Digest;
use serde_json::{Map, Value, json};

/// What a phone is told beside the link.
#[derive(clap::Args)]
#[group(skip)]
pub struct AndroidArgs {
    /// Also print a QR code with which an Android phone that was just reset becomes the organisation's
    #[arg(long)]
    pub android_qr: bool,
    /// Where phones fetch the package, if not from this server: http://… or https://…
    #[arg(long, value_name = "URL", requires = "android_qr", value_parser = values::address)]
    apk_url: Option<String>,
    /// The Wi-Fi network that the phone joins for it
    #[arg(long, value_name = "NAME", requires = "android_qr", value_parser = values::ssid)]
    wifi_ssid: Option<String>,
    /// Its password; it stands in the QR code for everybody to read. Without it the network is open
    #[arg(long, value_name = "TEXT", requires = "wifi_ssid")]
    wifi_password: Option<String>,
    /// How it is protected; by default with WPA if there is a password
    #[arg(long, value_name = "TYPE", requires = "wifi_ssid", ignore_case = true)]
    wifi_security: Option<Security>,
    /// Asset tag of the phone
    #[arg(long, value_name = "TEXT", requires = "android_qr", value_parser = values::asset_tag)]
    asset_tag: Option<String>,
    /// Only a work profile on the phone, instead of the whole phone (Android 12 and newer)
    #[arg(long, requires = "android_qr")]
    work_profile: bool,
    /// Language of the phone: ru_RU
    #[arg(long, value_name = "LOCALE", requires = "android_qr", value_parser = values::locale)]
    locale: Option<String>,
    /// Time zone of the phone: Europe/Moscow
    #[arg(long, value_name = "ZONE", requires = "android_qr", value_parser = values::time_zone)]
    time_zone: Option<String>,
}

/// The package that a phone is to fetch.
pub struct Offer {
    download: String,
    signer: Digest,
}

/// The part of the agent that Android puts in charge of the phone.
const COMPONENT: &str = "io.muster.agent/io.muster.agent.AdminReceiver";

/// The package that is handed out now, looked up before a token is made in vain.
pub fn offer(server: &Server, args: &AndroidArgs, uses: u32) -> anyhow::Result<Offer> {
    check(args, uses).map_err(WrongUse)?;
    let list = server.read("look up the agent's package", "agent-packages", &[])?;
    let current = list.at("current");
    let Some(package) = list.list("packages").iter().find(|one| one.at("version_code") == current) else {
        bail!(no_package(list.list("packages").is_empty()));
    };
    let signer = package.text("signer_sha256").and_then(|text| text.parse().ok());
    let signer = signer.context("read the digest of the package's signer")?;
    let download = match &args.apk_url {
        Some(elsewhere) => elsewhere.clone(),
        None if list.at("plain").as_bool() == Some(true) => list.word("download"),
        None => bail!(UNREACHABLE),
    };
    Ok(Offer { download, signer })
}

const UNREACHABLE: &str = "a phone in set-up does not know this server's certificate and would not fetch the package from it: \
    name another place with --apk-url URL, or start the server with --package-listen ADDR";

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
        say("WIFI_SECURITY_TYPE", json!(security(args).word()));
        if let Some(password) = &args.wifi_password {
            say("WIFI_PASSWORD", json!(password));
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

fn security(args: &AndroidArgs) -> Security {
    let usual = if args.wifi_password.is_some() { Security::Wpa } else { Security::None };
    args.wifi_security.unwrap_or(usual)
}

/// What does not go together, and a phone would only say after it was reset.
fn check(args: &AndroidArgs, uses: u32) -> Result<(), String> {
    let network = match (security(args), args.wifi_password.as_deref()) {
        (Security::None, None) => Ok(()),
        (Security::None, Some(_)) => Err("an open network has no password"),
        (Security::Wpa | Security::Wep, None) => Err("a network that is not open has a password"),
        (Security::Wpa, Some(password)) => values::wpa_password(password),
        (Security::Wep, Some(password)) => values::wep_password(password),
    };
    network.map_err(|why| format!("--wifi-password: {why}"))?;
    if args.asset_tag.is_some() && uses != 1 {
        return Err(format!("--asset-tag is for one phone, and the token is for {uses}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser as _;

    fn parse(line: &[&str]) -> Result<AndroidArgs, clap::Error> {
        let words = ["muster", "enrol-token", "--org", "a", "--android-qr"].iter().chain(line);
        match Cli::try_parse_from(words)?.command {
            Command::EnrolToken(args) => Ok(args.android),
            _ => panic!("another command"),
        }
    }

    fn args(line: &[&str]) -> AndroidArgs {
        parse(line).unwrap_or_else(|error| panic!("{error}"))
    }

    fn offer() -> Offer {
        Offer { download: "http://a/agent/android.apk".to_owned(), signer: Digest([0xfb; 32]) }
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
    fn what_a_phone_would_refuse_is_wrong_use() {
        for line in [
            ["--apk-url", "ftp://a"],
            ["--wifi-ssid", ""],
            ["--wifi-password", "12345678"],
            ["--locale", "Russian"],
            ["--time-zone", "Moscow"],
            ["--asset-tag", ""],
        ] {
            let error = parse(&line).err().unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(line[0]), "{error}");
        }
        assert!(parse(&["--wifi-ssid", "a", "--wifi-security", "eap"]).is_err());
    }

    #[test]
    fn a_network_and_its_password_go_together() {
        let checked = |more: &[&str]| check(&args(&[&["--wifi-ssid", "a"], more].concat()), 1);
        for (more, wrong) in [
            (vec![], None),
            (vec!["--wifi-password", "12345678"], None),
            (vec!["--wifi-password", "12345", "--wifi-security", "WEP"], None),
            (vec!["--wifi-password", "short"], Some("8 to 63")),
            (vec!["--wifi-password", "12345678", "--wifi-security", "none"], Some("an open network")),
            (vec!["--wifi-password", "12345678", "--wifi-security", "wep"], Some("WEP")),
            (vec!["--wifi-security", "wpa"], Some("has a password")),
        ] {
            let why = checked(&more).err();
            assert_eq!(why.is_some(), wrong.is_some(), "{more:?}: {why:?}");
            let said = why.unwrap_or_default();
            assert!(said.contains(wrong.unwrap_or_default()), "{said}");
            assert!(!said.contains("short") && !said.contains("12345"), "the password is repeated: {said}");
        }
    }

    #[test]
    fn an_asset_tag_is_for_one_phone() {
        let tagged = args(&["--asset-tag", "MF-1"]);
        assert_eq!(check(&tagged, 1), Ok(()));
        assert!(check(&tagged, 2).is_err());
        assert_eq!(
            check(&args(&["--apk-url", "https://a/a.apk", "--time-zone", "Europe/Moscow"]), 2),
            Ok(())
        );
    }
}
