//! Every code that a problem can have, with its status, its sentence and what to do: the one place. `docs/api.md` lists them from here.

use crate::http::{admin, openapi};

macro_rules! codes {
    ($(#[$about:meta])* $name:ident: $($variant:ident = $status:literal $word:literal $title:literal, $advice:literal;)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $title] $variant,)*
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The HTTP status that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                }
            }

            /// What it says, in one sentence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self {
                    $(Self::$variant => $advice,)*
                }
            }

            /// A problem of this code.
            #[must_use]
            pub fn problem(self) -> muster_proto::problem::Problem {
                muster_proto::problem::Problem::new(self.status(), self.word(), self.title())
            }

            /// The table of all.
            #[must_use]
            pub fn table() -> String {
                let rows = Self::ALL.iter().map(|code| {
                    format!("| `{}` | {} | {} | {} |\n", code.word(), code.status(), code.title(), code.advice())
                });
                format!("| code | status | what it says | what to do |\n|---|---|---|---|\n{}", rows.collect::<String>())
            }
        }
    };
}

mod phones;

pub use phones::PhoneCode;

codes! {
    /// The stable code of a problem, on which programs act.
    Code:
    Malformed = 400 "malformed" "The request is malformed.", "`detail` says what and where; a parameter or a key that the operation doesn't know is refused too.";
    BadQuery = 400 "bad-query" "The query can't be read, or names what is not there.", "`detail` says at which character and what was expected, or which organisation, rule or group nobody has; the language is in [queries](queries.md).";
    BadSort = 400 "bad-sort" "The order can't be read.", "Up to four keys, as in `-verdict,due`; `detail` lists them.";
    BadColumns = 400 "bad-columns" "The columns can't be read.", "Names of columns with commas between, each once; `detail` lists them.";
    OtherList = 400 "other-list" "The place is of a list with another query or order.", "Begin at the first page.";
    NotSignedIn = 401 "not-signed-in" "The request brings neither a token nor a session that holds.", "Send `Authorization: Bearer …`, or sign in.";
    BadToken = 401 "bad-token" "The token is not known, or has expired.", "Take another token.";
    SessionEnded = 401 "session-ended" "The session has ended.", "Sign in again.";
    Csrf = 403 "csrf" "The request does not repeat the token of its session.", "Scripts of a signed-in page repeat it in `muster-csrf`. Programs use a token.";
    Forbidden = 403 "forbidden" "The caller may not do that.", "`detail` says which right it takes, and which roles have it; [roles](roles.md) has them all. Ask an owner.";
    NotFound = 404 "not-found" "There is no such thing.", "`detail` names it. Look at the list.";
    NoSuchAddress = 404 "no-such-address" "There is nothing at this address.", "Look at the document of the API.";
    NotEnrolled = 404 "not-enrolled" "The register has this phone, and no device is linked to it.", "Enrol it, or link its device: `muster asset link`.";
    NoPackage = 404 "no-package" "There is no such package of the agent here.", "Add one: `muster agent-package add`.";
    NoCa = 404 "no-ca" "The certificate that people are shown was given, and its CA is not known here.", "Name the CA yourself: `muster login --ca FILE`; where browsers know it, the system's roots.";
    ReportGone = 410 "report-gone" "The report's text is past its period.", "Its digest is in the list of the device's reports; how long texts are kept is in the configuration (`keep-reports`).";
    Method = 405 "method" "The address does not take this method.", "The header `allow` names those that it takes.";
    TooSlow = 408 "too-slow" "The body did not come in time.", "Send it again.";
    RepeatRunning = 409 "repeat-running" "The first request with this idempotency key has no answer yet.", "Ask again. If that goes on, the server was killed while it worked: look whether the thing is there, and take another key.";
    OrgExists = 409 "org-exists" "There is an organisation of this id.", "Take another id.";
    GroupExists = 409 "group-exists" "There is a group of this name.", "Edit that one, or take another name.";
    GroupInUse = 409 "group-in-use" "Schedules that go on name the group.", "`detail` names them: end them, or have them ask for somebody else (`muster schedule edit`).";
    GroupLimit = 409 "group-limit" "There are too many groups.", "Take one away that nobody needs: `muster group list`.";
    NameTaken = 409 "name-taken" "A token of this name works already.", "Take another name, or revoke that one.";
    PersonExists = 409 "person-exists" "A person of this name is known already.", "Edit that one, or take another name.";
    PersonDisabled = 409 "person-disabled" "The person is shut out.", "Let the person in again first: `muster person enable`.";
    LinkUsed = 409 "link-used" "The link was used, or has expired.", "Ask for a new one.";
    LastOwner = 409 "last-owner" "Nobody else owns the whole server.", "Make another owner first.";
    LocalAdmin = 409 "local-admin" "The local administrator's token belongs to the data folder.", "Remove `local-admin.token` there and start the server again.";
    DeviceInactive = 409 "device-inactive" "The device does not count.", "Orders and notes are for active devices only.";
    DeviceCounts = 409 "device-counts" "The device counts still, or waits.", "Send it away (`muster device retire`), or end it (`muster device end`), first.";
    DeviceErased = 409 "device-erased" "What was known of the device is erased already.", "Nothing.";
    OrderEnded = 409 "order-ended" "The order has ended already.", "Nothing: it is reported, failed, expired or cancelled.";
    ScanEnded = 409 "scan-ended" "The scan is over already.", "Nothing.";
    ScanRunning = 409 "scan-running" "The scan is not over.", "Wait for its end, or cancel it.";
    ScanNobody = 409 "scan-nobody" "No device that counts is left to ask.", "Look at what the query finds.";
    ScanTooMany = 409 "scan-too-many" "The query finds too many devices for one scan.", "At most 200,000.";
    ScheduleOver = 409 "schedule-over" "The schedule is over.", "Make a new one.";
    ScheduleLimit = 409 "schedule-limit" "Too many schedules go on.", "End one that nobody needs: `muster schedule list`.";
    TooManyDevices = 409 "too-many-devices" "Too many devices are meant.", "At most 10,000 at once: ask for fewer, in several steps.";
    NotPending = 409 "not-pending" "The phone does not wait for a person any more.", "Look at its state.";
    NotReplaceable = 409 "not-replaceable" "That device's place can't be taken.", "It has to be an active device of the same organisation.";
    NoBreaks = 409 "no-breaks" "The device's chain has no break that waits for a person.", "Nothing.";
    PolicyUnreadable = 409 "policy-unreadable" "What is in force can't be read by this program.", "Apply a whole document, with `prune`.";
    PackageBusy = 409 "package-busy" "Another package is being added.", "Try again when it is done.";
    PackageKnown = 409 "package-known" "This package is here already.", "Set its ring instead.";
    PackageOlder = 409 "package-older" "The package is not newer than what is here.", "Build one with a higher version.";
    PackageInUse = 409 "package-in-use" "Devices run this package.", "Remove it when they run another.";
    PackageOffered = 409 "package-offered" "The package is offered to phones.", "Halt it first.";
    OtherSigner = 409 "other-signer" "The package is signed by another key than those before.", "If that is meant, say `new_signer`; phones must be installed anew.";
    SeveralDevices = 409 "several-devices" "More than one device has this asset tag.", "Name it by its id.";
    InventoryDevices = 409 "inventory-devices" "Devices changed while the file was read; nothing was imported.", "Try again.";
    AssetExists = 409 "asset-exists" "Another phone of the register has this number.", "`detail` names it: change that one, or take another number.";
    AssetLife = 409 "asset-life" "The life of a phone does not go that way.", "`detail` says what it can become; docs/register.md has the whole picture.";
    AssetLink = 409 "asset-link" "This phone and this device can't be linked or parted.", "`detail` says why.";
    AssetHadDevice = 409 "asset-had-device" "A device is or was linked to the phone.", "Retire it: its history stays.";
    OtherVersion = 412 "other-version" "Somebody has changed it meanwhile.", "Read it again, and make your change to what is there now.";
    NoDirectory = 409 "no-directory" "The register is compared with no directory.", "Set `ldap-url` and `ldap-carrier-base` in the server's configuration.";
    CarriersGone = 409 "carriers-gone" "Too many whom the directory knew would be gone or called otherwise.", "Look with `dry_run` at who that is; where it is right, say `accept_many`.";
    AwayAlready = 409 "away-already" "A note that somebody is away is in force.", "End it first (`muster device back`), or say no begin: the new one takes its place now.";
    NotAway = 409 "not-away" "No note says that somebody is away.", "Nothing.";
    ExemptionOver = 409 "exemption-over" "The exemption has ended.", "Write a new one.";
    OrgCycle = 409 "org-cycle" "An organisation can't lie below itself.", "Name another parent.";
    NoMail = 409 "no-mail" "The server has no mail server.", "Set `smtp-url` and `mail-from` in its configuration.";
    MailLimit = 409 "mail-limit" "There are too many recipients.", "Take one away that nobody needs: `muster mail list`.";
    HookLimit = 409 "hook-limit" "There are too many hooks.", "Take one away that nobody needs: `muster hook list`.";
    DisputeOpen = 409 "dispute-open" "A dispute about this rule waits for an answer already.", "Wait for the answer.";
    DisputeLimit = 409 "dispute-limit" "Too many disputes of this phone wait for an answer.", "Wait for an answer; at most 5 are open.";
    DisputeClosed = 409 "dispute-closed" "The dispute is closed.", "Nothing: the carrier can open another.";
    TooManyLevels = 409 "too-many-levels" "The log says more about many things already.", "Wait, or take all back: `muster log-level --reset`.";
    TooLong = 413 "too-long" "The body is too long.", "JSON: 64 KiB; a policy: 1 MiB; reports: 4 MiB; an inventory or a register: 32 MiB; a package: 256 MiB. A phone's message: 64 KiB.";
    ContentEncoding = 415 "content-encoding" "Packed bodies are not accepted.", "Send the body as it is, without `content-encoding`.";
    NotJson = 415 "not-json" "The body has to be application/json.", "Say so in `content-type`.";
    RepeatDiffers = 422 "repeat-differs" "This idempotency key came with another request before.", "Take a key for each thing that is to be made.";
    BadId = 422 "bad-id" "The id is malformed.", "1 to 48 of `a-z`, `0-9` and `-`.";
    BadTitle = 422 "bad-title" "The title is malformed.", "1 to 200 bytes without control characters.";
    BadLabel = 422 "bad-label" "The label is malformed.", "`role=minister`: each part has 1 to 63 of `a-z`, `0-9`, `.`, `_` and `-`; a device has at most 16.";
    BadGrants = 422 "bad-grants" "The grants are malformed.", "1 to 50, each a role with an organisation, or without one for the whole server.";
    BadName = 422 "bad-name" "The name is malformed.", "1 to 100 bytes without colons and control characters.";
    UnknownPerson = 422 "unknown-person" "Nobody is known by this name.", "Say the `role` (and `org`) that the person is to have, and the person is added; or add the person first: `muster person add`.";
    BadPassword = 422 "bad-password" "The password can't be taken.", "At least 12 characters, not the account's own name, none that is tried first.";
    WrongPassword = 422 "wrong-password" "The password is wrong, or too many wrong ones were tried.", "Try again; after five an account waits.";
    WrongCode = 422 "wrong-code" "The one-time code is wrong.", "Type the one that the application shows now; look whether the phone's clock is right.";
    PersonMalformed = 422 "person-malformed" "What is said of the person is malformed.", "`detail` names the part.";
    BadTimeZone = 422 "bad-time-zone" "The time zone is not known.", "Take a name of the tz database, as `Europe/Moscow`.";
    UnknownOrg = 422 "unknown-org" "The document names an organisation that is not there.", "Add it first: `muster org add`.";
    PolicyMalformed = 422 "policy-malformed" "The document is no policy.", "`detail` names line and key. The schema is in `policy/schema`.";
    ExemptionEnded = 422 "exemption-ended" "The end of the exemption is past.", "Name a later end.";
    ExemptionMalformed = 422 "exemption-malformed" "The exemption is malformed.", "It needs a rule, a reason of one line and at most 500 bytes, and either a device or an organisation.";
    AwayMalformed = 422 "away-malformed" "The note is malformed.", "`detail` names the part: it begins now or later, ends within 366 days after that, and has a reason of one line and at most 500 bytes.";
    BadCalendar = 422 "bad-calendar" "The calendar is malformed.", "`detail` names the part; docs/calendar.md has the whole form.";
    OrderReason = 422 "order-reason" "The order needs a reason.", "One line of at most 256 bytes: the person who carries the phone reads it.";
    OrderExpiry = 422 "order-expiry" "The order's life is out of bounds.", "One second to thirty days; a scan's longer than it is spread.";
    ScanWhom = 422 "scan-whom" "It isn't said who is asked.", "Either `devices` or a `query`.";
    ScanKind = 422 "scan-kind" "This can't be asked of many devices.", "`scan` or `refresh`.";
    ScanSpread = 422 "scan-spread" "The devices are spread over too long.", "At most 24 hours.";
    BadSchedule = 422 "bad-schedule" "The schedule is malformed.", "`detail` names the part.";
    RollbackReason = 422 "rollback-reason" "Going back needs a reason.", "One line of at most 500 bytes.";
    AcknowledgeReason = 422 "acknowledge-reason" "Acknowledging needs a reason.", "One line of at most 500 bytes.";
    EndReason = 422 "end-reason" "Ending a device needs a reason.", "One line of at most 500 bytes.";
    TokenUses = 422 "token-uses" "The number of phones is out of bounds.", "1 to 100,000.";
    TokenExpiry = 422 "token-expiry" "The token's life is out of bounds.", "One second to one year; of an API token to five years.";
    TokenReplaces = 422 "token-replaces" "A token that replaces a device is for one phone.", "Say no `uses`.";
    BadLevel = 422 "bad-level" "There is no such level.", "`error`, `warn`, `info`, `debug` or `trace`.";
    BadScope = 422 "bad-scope" "It is not said what the log should say more about.", "One of: a request's id (8 to 64 letters, digits, dots, hyphens or underscores), a device, a route.";
    BadSpan = 422 "bad-span" "The time is out of bounds.", "The log says more for at most 24 hours.";
    NotASequence = 422 "not-a-sequence" "The body is no sequence of signed reports.", "Send the file as the phone wrote it.";
    InventoryLayout = 422 "inventory-layout" "The layout is malformed.", "`detail` names the part.";
    InventoryEncoding = 422 "inventory-encoding" "The file is not in this encoding.", "Say `encoding=windows-1251` for files of Russian Windows.";
    InventoryColumns = 422 "inventory-columns" "The file does not have these columns.", "`detail` names the column; look at the delimiter too.";
    InventoryRows = 422 "inventory-rows" "A row of the file is flawed; nothing was imported.", "`detail` names the line.";
    AssetMalformed = 422 "asset-malformed" "What is said of the phone is malformed.", "`detail` names the part.";
    RegisterColumns = 422 "register-columns" "The first line of the table does not name its columns.", "docs/register.md lists what they are called.";
    RegisterRows = 422 "register-rows" "A line of the table is flawed; nothing was imported.", "`detail` names lines and columns; with `dry_run` all of them are answered.";
    DisputeMalformed = 422 "dispute-malformed" "What is said is malformed.", "1 to 1,000 characters, without control characters but line ends.";
    BadMail = 422 "bad-mail" "The recipient is malformed.", "`detail` names the part.";
    BadHook = 422 "bad-hook" "The hook is malformed.", "`detail` names the part.";
    HookAddress = 422 "hook-address" "The server does not send to this address.", "An `https` address that is not on the server's own machine; `detail` says what is wrong.";
    BrokeOff = 422 "broke-off" "The package broke off on its way.", "Send it again.";
    PackageMalformed = 422 "package-malformed" "The file is no package that can be read.", "Take it from the build, whole.";
    PackageUnsigned = 422 "package-unsigned" "The package's signature can't be relied on.", "Sign it with APK signature scheme v2.";
    PackageSigners = 422 "package-signers" "The package has more than one signer.", "Sign it with one key.";
    OtherPackage = 422 "other-package" "It is another program's package.", "Take the agent's.";
    PackageVersion = 422 "package-version" "The package's version is malformed.", "1 to 24 letters, digits, dots, dashes, plus signs and underscores.";
    PackageArchitecture = 422 "package-architecture" "The package is for another architecture.", "`aarch64` or `armv7hl`.";
    NoRings = 422 "no-rings" "Packages for Aurora OS have no rings.", "Leave `ring` out.";
    AskedLately = 429 "asked-lately" "A check was asked for within the last five minutes.", "Wait: the phone reports by itself, too.";
    TooManyAttempts = 429 "too-many-attempts" "There were too many failed attempts from this address.", "Wait as long as `retry-after` says.";
    KeyFailed = 500 "key-failed" "The server could not sign.", "Look into the server's log.";
    NoVisitor = 500 "no-visitor" "The page lies outside the console.", "Tell us: this is a bug.";
    Bug = 500 "bug" "The server made a mistake.", "Tell us, with what the server's log says.";
    DirectoryFailed = 503 "directory-failed" "The directory did not give everybody.", "`detail` says why; `muster-server check` looks at the directory.";
    Busy = 503 "busy" "Too many packages are on their way.", "Wait as long as `retry-after` says.";
    SignInBusy = 503 "sign-in-busy" "Too many people sign in at this moment.", "Try again in a moment.";
    StoreBusy = 503 "store-busy" "The server is busy. Nothing of this request was kept; ask again.", "Wait as long as `retry-after` says.";
    StoreFull = 503 "store-full" "The server's disk is full. Nothing of this request was kept.", "Make room on the server.";
    StoreFailed = 503 "store-failed" "The server's store failed. Nothing of this request was kept.", "Look into the server's log.";
}

/// A page with the part between the two marks of this name written anew.
#[must_use]
pub fn renewed(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or((page, ""));
    let (mark, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let (_, after) = rest.split_once(&end).unwrap_or(("", ""));
    format!("{before}{begin}{mark}\n{text}{end}{after}")
}

/// The page of the API with what is generated in it written anew.
#[must_use]
pub fn listed_in(page: &str) -> String {
    let page = renewed(page, "codes", &Code::table());
    let page = renewed(&page, "codes of phones", &phones::listed());
    renewed(&page, "keys", &openapi::made(&admin::operations(None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_documentation_lists_every_code_and_what_takes_a_key() {
        let page = include_str!("../../docs/api.md");
        for part in ["| `not-found` | 404 |", "| `token-spent` | 403 |", "`POST /orgs`"] {
            assert!(page.contains(part), "{part} is in docs/api.md");
        }
        assert!(listed_in(page) == page, "run `cargo run -p muster-server --example openapi -- --codes`");
    }

    #[test]
    fn a_word_stands_for_one_code() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        let words: BTreeSet<&str> = PhoneCode::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), PhoneCode::ALL.len());
    }
}
