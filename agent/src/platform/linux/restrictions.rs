//! What the device's management has switched off: the store of policies of Aurora and Sailfish, which any program may read.

use muster_proto::cbor::List;
use muster_proto::facts::{Reason, Source};
use muster_proto::text::Text;

use super::keyfile::KeyFile;
use super::{LinuxRoot, Reading};

const STORE: &str = "var/lib/policy/policy.conf";
const GROUP: &str = "policy";
/// Names that a report has room for.
const MAX_NAMES: usize = 32;

impl LinuxRoot {
    /// The policies whose value forbids something (`CameraEnabled=false`), by their names.
    #[must_use]
    pub fn restrictions(&self) -> Reading<List<Text<48>>> {
        if !self.is_phone() {
            return Reading::unknown(Reason::Unsupported);
        }
        Reading::of(self.files.text(STORE).and_then(|text| forbidden(&text)), Source::PolicyStore)
    }
}

fn forbidden(text: &str) -> Result<List<Text<48>>, Reason> {
    let store = KeyFile::parse(text);
    let off = store.entries(GROUP).filter(|(_, value)| matches!(value.trim(), "false" | "0"));
    let mut names: Vec<Text<48>> =
        off.map(|(name, _)| Text::clipped(name)).filter(|name| !name.is_empty()).collect();
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    if names.len() > MAX_NAMES { Err(Reason::Failed) } else { Ok(List(names)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_forbidden_is_named() {
        let names =
            |text| forbidden(text).map(|list| list.iter().map(|name| name.to_string()).collect::<Vec<_>>());
        let text = "[policy]\nUsbMtpEnabled=0\nCameraEnabled=false\nWlanToggleEnabled=true\nDataCounter=12\n[x]\nOther=false\n";
        assert_eq!(names(text), Ok(vec!["CameraEnabled".to_owned(), "UsbMtpEnabled".to_owned()]));
        assert_eq!(names(""), Ok(Vec::new()));
        let many: String = (0..40).map(|n| format!("P{n}=false\n")).collect();
        assert_eq!(names(&format!("[policy]\n{many}")), Err(Reason::Failed));
    }
}
