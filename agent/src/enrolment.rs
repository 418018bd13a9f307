//! Enrolling this device: fetches and checks the CA, proves the key, keeps what the server answers.

use muster_proto::cbor::encode;
use muster_proto::cose::Typ;
use muster_proto::facts::Protection;
use muster_proto::id::{ChainId, DeviceId, Digest, Kid};
use muster_proto::key::PublicKey;
use muster_proto::link::{EnrolLink, LinkError};
use muster_proto::text::Text;
use muster_proto::time::Span;

use crate::built_in;
use crate::core::enrol::{Accepted, Applicant, Context, EnrolError, accept, message};
use crate::core::{Entropy, Pending, SendError, Standing, State, Stored};
use crate::runtime::Clock;
use crate::sign::{KeyRingError, Keys};
use crate::store::{Store, StoreError};
use crate::transport::{CaError, CertificateClock, TlsError, Transport, fetch_ca};

/// The agent's folder and what is in it.
pub struct Home {
    /// The state.
    pub store: Store,
    /// The keys.
    pub keys: Box<dyn Keys>,
    /// Clock and randomness.
    pub clock: Clock,
}

/// Who enrols.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the device says about itself.
    pub platform: muster_proto::facts::Platform,
    /// Its model.
    pub model: Option<Text<48>>,
    /// What the person typed.
    pub asset_tag: Option<Text<64>>,
}

/// How far an enrolment came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// This device is enrolled.
    Enrolled(DeviceId),
    /// It was already, with this token.
    Already(DeviceId),
    /// A person must approve.
    Pending {
        /// The short code that both screens show.
        code: Option<String>,
        /// Ask again after this.
        retry_after: Span,
    },
}

/// Why an enrolment failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyRingError),
    /// The server, or somebody in its place.
    #[error(transparent)]
    Send(#[from] SendError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What the server says does not fit the link, or not itself.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The saved link.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl Failure {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Send(SendError::Refused { status, .. }) => *status >= 500 || matches!(status, 408 | 429),
            Self::Send(SendError::Unreachable(_) | SendError::Garbled(_)) => true,
            _ => false,
        }
    }
}

impl Home {
    /// Enrols with this link, or asks again whether the enrolment is approved.
    ///
    /// # Errors
    /// It failed; whatever was enrolled before stays as it was.
    pub fn enrol(&mut self, link: &EnrolLink, person: &Person) -> Result<Progress, Failure> {
        let (before, waiting) = match self.store.load(self.clock.now().wall)? {
            Some(Stored::Enrolled(state)) => (Some(state), None),
            Some(Stored::Pending(pending)) => (None, Some(pending)),
            None => (None, None),
        };
        let lost = before.as_deref().is_some_and(|state| self.has_lost_key(state));
        if let Some(state) = before.as_deref().filter(|state| !lost && is_enrolled_with(state, link)) {
            return Ok(Progress::Already(state.device));
        }
        let retired = before.as_deref().is_some_and(|state| state.standing == Standing::Retired);
        if retired || lost {
            return self.ask_anew(link, person);
        }
        let has_key = before.is_some() || waiting.is_some();
        let asked = self.ask(link, person, before.as_deref(), waiting.as_deref());
        match asked {
            Err(Failure::Send(SendError::Refused { code, .. })) if code == KEY_TAKEN && has_key => {
                self.ask_anew(link, person)
            }
            asked => asked,
        }
    }

    /// Whether the phone no longer has the key that signs the device's reports.
    #[must_use]
    pub fn has_lost_key(&self, state: &State) -> bool {
        state.standing != Standing::Retired && !self.keys.has(state.key.kid())
    }

    /// The key is lost, or belongs to what this device was before and is to be no longer. Its state is kept under another name, and comes back where
    /// nothing came of the new enrolment.
    fn ask_anew(&mut self, link: &EnrolLink, person: &Person) -> Result<Progress, Failure> {
        let aside = self.store.set_aside(self.clock.now().wall)?;
        let asked = self.ask(link, person, None, None);
        if asked.is_err() {
            self.store.bring_back(&aside)?;
        }
        asked
    }

    fn ask(
        &mut self,
        link: &EnrolLink,
        person: &Person,
        before: Option<&State>,
        waiting: Option<&Pending>,
    ) -> Result<Progress, Failure> {
        let key = before.map(|state| state.key).or(waiting.map(|waiting| waiting.key));
        let ca = fetch_ca(&link.authority, link.ca).map_err(Failure::from)?;
        let certificates = CertificateClock::default();
        certificates.set(before.map_or(built_in::built(), |state| state.trusted.max(built_in::built())));
        let transport = Transport::new(&link.authority, &ca, certificates)?;
        let challenge = transport.challenge()?;

        let keep: Vec<Kid> = before.map(|state| state.key.kid()).into_iter().collect();
        let key = self.key(key, challenge.nonce.as_bytes(), &keep)?;
        let applicant = applicant(person, self.keys.protection(key.kid()));
        let enrol = message(link, &challenge, key, applicant, self.clock.now().wall)?;
        if before.is_none() {
            self.save_pending(link, key, person, None)?;
        }
        let sealed = self.keys.seal(Typ::Enrol, &encode(&enrol), key.kid())?;
        let answer = match transport.enrol(&link.token, sealed) {
            Ok(answer) => answer,
            Err(error) if before.is_some() => return Err(error.into()),
            Err(error) => {
                let others = waiting.filter(|waiting| waiting.link != link.to_string());
                return Err(self.refused(error.into(), others));
            }
        };
        let context = Context {
            link,
            ca: &ca,
            challenge: &challenge,
            key,
            before,
            chain: ChainId(Entropy::new(self.clock.seed()).bytes()),
            wall: self.clock.now().wall,
            built: built_in::built(),
        };
        self.take_answer(accept(&context, &answer)?, &context, person)
    }

    fn take_answer(
        &self,
        answer: Accepted,
        context: &Context<'_>,
        person: &Person,
    ) -> Result<Progress, Failure> {
        match answer {
            Accepted::Enrolled(state) => {
                let device = state.device;
                if context.before.is_some_and(|before| before.device != device) {
                    self.store.set_aside(context.wall)?;
                }
                self.store.save(&Stored::Enrolled(state))?;
                Ok(Progress::Enrolled(device))
            }
            Accepted::Pending { code, retry_after } => {
                if context.before.is_none() {
                    self.save_pending(context.link, context.key, person, code.clone())?;
                }
                Ok(Progress::Pending { code, retry_after })
            }
        }
    }

    /// The key that was saved before, or a new one, saved before anybody hears of it.
    fn key(
        &mut self,
        known: Option<PublicKey>,
        challenge: &[u8],
        keep: &[Kid],
    ) -> Result<PublicKey, KeyRingError> {
        match known.filter(|key| self.keys.has(key.kid())) {
            Some(key) => Ok(key),
            None => self.keys.make(challenge, keep),
        }
    }

    fn save_pending(
        &self,
        link: &EnrolLink,
        key: PublicKey,
        person: &Person,
        code: Option<String>,
    ) -> Result<(), StoreError> {
        let pending =
            Pending { code, ..Pending::new(link, key, person.asset_tag.as_ref().map(ToString::to_string)) };
        self.store.save(&Stored::Pending(Box::new(pending)))
    }

    /// A token that was refused leaves no half enrolment behind, and what waits by another link waits on. Any other failure does: the token may
    /// be spent for this very key.
    fn refused(&self, failure: Failure, others: Option<&Pending>) -> Failure {
        if !is_token_refused(&failure) {
            return failure;
        }
        let left = match others {
            Some(waiting) => self.store.save(&Stored::Pending(Box::new(waiting.clone()))),
            None => self.store.clear(),
        };
        left.err().map_or(failure, Failure::from)
    }
}

/// HTTP status with which a server refuses a token. Without a code of ours it was somebody between who refused.
const FORBIDDEN: u16 = 403;
/// The server's code for a key that is another device's, or was this one's before it was retired.
const KEY_TAKEN: &str = "key-taken";

impl From<CaError> for Failure {
    fn from(error: CaError) -> Self {
        match error {
            CaError::Send(error) => Self::Send(error),
            CaError::Other(error) => Self::Enrol(error),
            CaError::Tls(error) => Self::Tls(error),
        }
    }
}

fn is_token_refused(failure: &Failure) -> bool {
    matches!(failure, Failure::Send(SendError::Refused { status: FORBIDDEN, code, .. }) if !code.starts_with("http-"))
}

fn is_enrolled_with(state: &State, link: &EnrolLink) -> bool {
    state.token == Digest::of(link.token.as_bytes()) && state.standing != Standing::Retired
}

fn applicant(person: &Person, protection: Protection) -> Applicant {
    Applicant {
        platform: person.platform,
        model: person.model.clone(),
        asset_tag: person.asset_tag.clone(),
        version: built_in::version(),
        protection,
    }
}
