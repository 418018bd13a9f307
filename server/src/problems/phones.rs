//! What phones are told under `/v1`. A phone acts on the code; whoever looks for a fault reads it in the phone's status or in the log.

use muster_proto::cose::EnvelopeError;

use super::Code;

codes! {
    /// The stable code of a problem that a phone is answered with.
    PhoneCode:
    Malformed = 400 "malformed" "The body could not be read.", "The connection broke; the phone sends it again.";
    Empty = 400 "empty" "There is no report in the body.", "Look at what sends it: an agent never sends none.";
    OtherOrder = 400 "other-order" "The message is about another order than the address.", "As above.";
    ChainMalformed = 400 "chain-malformed" "A certificate that came with the key is none.", "Look at the phone's maker and model: its key store answers what is no certificate.";
    NoHello = 401 "no-hello" "The request brings no signed hello.", "Look whether a proxy takes away the header `authorization`.";
    OldNonce = 401 "old-nonce" "The nonce is too old. Take the new one.", "Nothing: the phone signs again with the nonce that comes with the answer.";
    BadSignature = 403 "bad-signature" "The signature does not hold.", "A phone that was set back or copied signs with another key: enrol it again.";
    OtherDevice = 403 "other-device" "The key is another device's.", "As above.";
    OtherRequest = 403 "other-request" "The hello was signed for another request.", "A proxy has changed the host or the path: it has to pass both on, or `public-url` is wrong.";
    TokenMismatch = 403 "token-mismatch" "The token is not the one that was signed for.", "Open the link again.";
    TokenUnknown = 403 "token-unknown" "There is no such enrolment token.", "Make another: `muster enrol-token`.";
    TokenExpired = 403 "token-expired" "The enrolment token has expired.", "Make another: `muster enrol-token`.";
    TokenRevoked = 403 "token-revoked" "The enrolment token was taken back.", "Ask who took it back.";
    TokenSpent = 403 "token-spent" "The enrolment token is spent.", "Make another, with `--uses` where it is for several phones.";
    Pending = 403 "pending" "The phone waits for a person.", "Approve it: `muster approve`; until then it asks again by itself.";
    Refused = 403 "refused" "A person has refused this phone.", "Nothing; where that was a mistake, make another token.";
    Replaced = 403 "replaced" "Another phone has taken this one's place.", "Nothing.";
    Retired = 403 "retired" "The device was retired.", "Enrol it again where it is in use.";
    UnknownDevice = 404 "unknown-device" "This server does not know the device.", "It is enrolled elsewhere, or this server was restored from before it was: enrol it again.";
    TooSlow = 408 "too-slow" "The body did not come in time.", "Nothing: the phone sends it again.";
    OtherCa = 409 "other-ca" "The phone saw another CA than this server has.", "The link is of before `phone-ca` changed, or somebody stands between: make another link, and compare.";
    OtherOrderKey = 409 "other-order-key" "The phone saw another order key than this server has.", "The link is another server's.";
    KeyTaken = 409 "key-taken" "The key belongs to a device already.", "`detail` says what became of it. A phone that is to begin anew makes a new key: remove the agent and install it again.";
    NumberUsed = 409 "number-used" "The old key has signed reports from this number on.", "Nothing: the phone names a later number.";
    TooLong = 413 "too-long" "The body is longer than 64 KiB.", "Look at what sends it: an agent never sends so much.";
    MediaType = 415 "media-type" "The body has to be a report or a sequence of reports.", "Look whether a proxy changes `content-type`.";
    TooMany = 429 "too-many" "Too many requests. Try again later.", "Nothing: the phone waits as long as `retry-after` says. `muster_limited_total` says by which limit.";
}

/// What an action or the store can be refused with here too: they are the same as for people.
const SHARED: [Code; 6] = [
    Code::NotFound,
    Code::ContentEncoding,
    Code::KeyFailed,
    Code::StoreBusy,
    Code::StoreFull,
    Code::StoreFailed,
];

/// For the documentation.
pub(super) fn listed() -> String {
    let words =
        |words: Vec<&str>| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let shared = words(SHARED.iter().map(|code| code.word()).collect());
    let malformed = words(EnvelopeError::CODES.to_vec());
    format!(
        "{}\nA message that is not what the contract in `proto/cddl` says is answered with 400 and a word for the first thing that differs: {malformed}. \
         An agent never sends one; `detail` says where.\n\nThese say the same as to people: {shared}.\n",
        PhoneCode::table()
    )
}
