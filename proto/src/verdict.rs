//! The verdict as the person who carries the phone gets it.

use crate::cbor::{List, wire_enum, wire_map};
use crate::policy::{Local, Mode, Severity};
use crate::text::Text;
use crate::time::Timestamp;

wire_enum! {
    /// The state of a rule on a device, or of the device. The order of the numbers is from best to worst.
    pub enum State as "state" {
        /// The rule does not concern this device, and that is known.
        NotApplicable = 1 "not-applicable",
        /// An exemption covers it.
        Exempt = 2 "exempt",
        /// Shown by a fact.
        Compliant = 3 "compliant",
        /// Failing, but still tolerated.
        Grace = 4 "grace",
        /// It cannot be said.
        Unknown = 5 "unknown",
        /// Failing, and the time for it is over.
        Failing = 6 "failing",
    }
}

wire_map! {
    /// The state of one rule.
    pub struct RuleVerdict as "rule verdict" {
        /// Id of the rule.
        1 => rule: Text<48>,
        /// What it is called.
        2 => title: Local,
        /// Its state.
        3 => state: State,
        /// Since when.
        4 => since: Timestamp,
        /// Until when it is tolerated.
        5 => due: Option<Timestamp>,
        /// What a broken rule does.
        6 => mode: Mode,
        /// How grave it is.
        7 => severity: Severity,
        /// What shows it, in words.
        8 => shown_by: List<Text<160>> where len <= 64,
        /// What to do about it.
        9 => remedy: Option<Local>,
        /// End of the exemption, for an exempt rule.
        10 => exempt_until: Option<Timestamp>,
    }
}

wire_map! {
    /// The state of the device.
    pub struct DeviceVerdict as "verdict" {
        /// The worst of the enforced rules.
        1 => state: State,
        /// Since when.
        2 => since: Timestamp,
        /// The nearest moment until which something is tolerated.
        3 => due: Option<Timestamp>,
        /// Rule by rule.
        4 => rules: List<RuleVerdict> where len <= 256,
        /// When the server judged.
        5 => judged: Timestamp,
    }
}
