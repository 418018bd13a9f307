//! System properties that no constant of the framework shows, read with the NDK's public `__system_property_get` (the Java class behind the
//! framework's is hidden from applications). The platform's own rules say which an application may read; what it may not read looks like
//! what isn't there. On a changed system they say what the changer likes: claims, of which key attestation is the evidence.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

use muster_proto::facts::{BootState, Fact, Reason};

/// The properties that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    values: BTreeMap<String, String>,
}

impl Properties {
    /// Asks the phone.
    pub fn read() -> Self {
        let values = WANTED.iter().filter_map(|name| Some(((*name).to_owned(), property(name)?)));
        Self { values: values.collect() }
    }

    /// What a print of them by `getprop` says.
    #[cfg(test)]
    pub fn of(printed: &str) -> Self {
        let pairs = printed.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ["));
        let wanted = pairs.filter(|(name, _)| WANTED.contains(name));
        let values =
            wanted.map(|(name, value)| (name.to_owned(), value.trim_end().trim_end_matches(']').to_owned()));
        Self { values: values.collect() }
    }

    /// The value of one of the wanted properties, where it says something.
    pub fn value(&self, name: &str) -> Option<&str> {
        debug_assert!(WANTED.contains(&name), "{name} is not read");
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Verified boot's state: `ro.boot.verifiedbootstate`, which some write in capitals.
    pub fn verified_boot(&self) -> Fact<BootState> {
        let Some(value) = self.value(BOOT_STATE) else { return Fact::Unknown(Reason::Absent) };
        match value.to_ascii_lowercase().as_str() {
            "green" => Fact::Known(BootState::Green),
            "yellow" => Fact::Known(BootState::Yellow),
            "orange" => Fact::Known(BootState::Orange),
            "red" => Fact::Known(BootState::Red),
            _ => Fact::Unknown(Reason::Failed),
        }
    }

    /// Whether the boot loader is locked: `ro.boot.vbmeta.device_state`, before verified boot 2 `ro.boot.flash.locked`. Where they differ the
    /// worse counts.
    pub fn bootloader_locked(&self) -> Fact<bool> {
        let state = self.value(VBMETA).map(|value| value.eq_ignore_ascii_case("locked"));
        let flash = self.value(FLASH).map(|value| value == "1");
        match (state, flash) {
            (Some(state), Some(flash)) => Fact::Known(state && flash),
            (Some(one), None) | (None, Some(one)) => Fact::Known(one),
            (None, None) => Fact::Unknown(Reason::Absent),
        }
    }
}

/// One property; none where it isn't there, or where this is no Android.
fn property(name: &str) -> Option<String> {
    type Get = unsafe extern "C" fn(*const c_char, *mut c_char) -> c_int;
    let name = CString::new(name).ok()?;
    // SAFETY: the name ends in a zero; the handle asks in all that is loaded.
    let found = unsafe { dlsym(DEFAULT, c"__system_property_get".as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: the function of that name has this signature since the first Android (`sys/system_properties.h`).
    let get: Get = unsafe { std::mem::transmute::<*mut c_void, Get>(found) };
    let mut value = [0 as c_char; PROP_VALUE_MAX];
    // SAFETY: it writes at most `PROP_VALUE_MAX` bytes, the zero at the end among them.
    let len = unsafe { get(name.as_ptr(), value.as_mut_ptr()) };
    value[PROP_VALUE_MAX - 1] = 0;
    // SAFETY: there is a zero within the array.
    let value = unsafe { CStr::from_ptr(value.as_ptr()) };
    (len > 0).then(|| value.to_string_lossy().into_owned())
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `RTLD_DEFAULT`: in bionic of 32 bits all ones, elsewhere zero.
#[cfg(all(target_os = "android", target_pointer_width = "32"))]
const DEFAULT: *mut c_void = usize::MAX as *mut c_void;
/// `RTLD_DEFAULT`: in bionic of 32 bits all ones, elsewhere zero.
#[cfg(not(all(target_os = "android", target_pointer_width = "32")))]
const DEFAULT: *mut c_void = std::ptr::null_mut();
/// Of `sys/system_properties.h`.
const PROP_VALUE_MAX: usize = 92;

const BOOT_STATE: &str = "ro.boot.verifiedbootstate";
const VBMETA: &str = "ro.boot.vbmeta.device_state";
const FLASH: &str = "ro.boot.flash.locked";
/// All that are read; makers' own ones stand in `makers` too.
const WANTED: [&str; 4] = [BOOT_STATE, VBMETA, FLASH, super::makers::HUAWEI_PATCH];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wanted_properties_are_kept() {
        let read =
            Properties::of("[ro.boot.flash.locked]: [1]\n[gsm.sim.operator]: [secret]\nnonsense\n[a]: [\n");
        assert_eq!(read.values.len(), 1);
        assert_eq!(read.bootloader_locked(), Fact::Known(true));
        assert_eq!(read.verified_boot(), Fact::Unknown(Reason::Absent));
    }

    #[test]
    fn the_worse_of_two_says_whether_it_is_locked() {
        let read = Properties::of("[ro.boot.flash.locked]: [1]\n[ro.boot.vbmeta.device_state]: [unlocked]\n");
        assert_eq!(read.bootloader_locked(), Fact::Known(false));
        assert_eq!(Properties::of("").bootloader_locked(), Fact::Unknown(Reason::Absent));
    }

    #[test]
    fn what_nobody_defined_is_no_state() {
        let read = Properties::of("[ro.boot.verifiedbootstate]: [purple]\n");
        assert_eq!(read.verified_boot(), Fact::Unknown(Reason::Failed));
    }
}
