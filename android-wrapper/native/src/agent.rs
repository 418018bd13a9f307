//! The one agent of the process: its folder, the phone, and who is doing what. Each verb of a request is a method, most in a file of their own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use muster_agent::core::{Clocks, Standing, Stored};
use muster_agent::enrolment::{Home, Person, Progress};
use muster_agent::page_link;
use muster_agent::runtime::Clock;
use muster_agent::store::{Store, peek};
use muster_proto::facts::Platform;
use muster_proto::id::DeviceId;
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::java::Android;
use crate::journal::{Journal, Made};
use crate::keys::AndroidKeys;
use crate::piece::Current;
use crate::requests::{Request, asset_tag};
use crate::resident::Resident;
use crate::schedule::Plan;
use crate::settle::Problem;
use crate::{log, notes, page, platform};

/// The agent.
pub struct Agent {
    folder: PathBuf,
    pub(crate) android: Arc<Android>,
    pub(crate) clock: Clock,
    /// Held by whoever has the folder to himself.
    desk: Mutex<()>,
    pub(crate) resident: Mutex<Option<Resident>>,
    pub(crate) current: Mutex<Option<Current>>,
    /// Held from reading the journal until it is saved.
    journal: Mutex<()>,
    /// The policy wants somebody to stay.
    pub(crate) wants_stay: AtomicBool,
    /// From now on nothing is begun any more.
    pub(crate) closed: AtomicBool,
    pub(crate) problem: Mutex<Option<Problem>>,
    /// What was so when facts were last collected; it counts once their report is made.
    pub(crate) collected: Arc<Mutex<Option<Made>>>,
}

/// Why a link moves this phone nowhere.
enum Held {
    /// It is enrolled.
    Enrolled(DeviceId),
    /// It waits for what its management says.
    Waiting(EnrolLink, Option<String>),
}

impl Agent {
    /// Opens the agent; its folder is made where it isn't there.
    pub fn open(android: Android, folder: &Path) -> Result<Self> {
        let android = Arc::new(android);
        log::to(Arc::downgrade(&android));
        let clock = Clock::system().map_err(|error| Error::new("state", error.to_string()))?;
        // Whether it can be used shows now, and not when the first report is made.
        drop(Store::open(folder)?);
        Ok(Self {
            folder: folder.to_owned(),
            android,
            clock,
            desk: Mutex::default(),
            resident: Mutex::default(),
            current: Mutex::default(),
            journal: Mutex::default(),
            wants_stay: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            problem: Mutex::default(),
            collected: Arc::default(),
        })
    }

    /// The folder that it was opened with.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Answers one request.
    pub fn call(&self, request: &[u8]) -> Result<Vec<u8>> {
        let answer = self.answer(request).inspect_err(|error| self.note_problem(error))?;
        serde_json::to_vec(&answer).map_err(|error| Error::new("state", format!("write the answer: {error}")))
    }

    /// What a person or an administrator has to put right stays on the screen.
    fn note_problem(&self, error: &Error) {
        if matches!(error.code, "space" | "state" | "key" | "untrusted-server") {
            *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(Problem::from(error));
        }
    }

    fn answer(&self, request: &[u8]) -> Result<Value> {
        Ok(match Request::parse(request)? {
            Request::Enrol { link, asset_tag } => self.enrol(&link, asset_tag.as_deref())?,
            Request::Settle {} => self.settle()?,
            Request::Remember { link, asset_tag } => self.remember(link, asset_tag)?,
            Request::Work { why, seconds, last_stop_reason } => self.work(why, seconds, last_stop_reason)?,
            Request::Halt { why } => self.halt(why),
            Request::Stay { on } => self.stay(on)?,
            Request::Schedule {} => self.plan()?,
            Request::Page { language, utc_offset_s } => page::page(self, language.into(), utc_offset_s)?,
            Request::Notes { language } => notes::notes(self, language.into())?,
            Request::Bytes {} => self.last_bytes()?,
            Request::Open {} => self.page_link()?,
            #[cfg(debug_assertions)]
            Request::Panic { text } => panic!("asked to break off: {text}"),
        })
    }

    /// Ends whatever goes on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.halt(None);
        self.end_stay();
        // Whoever is still at it is waited for: the folder is free afterwards.
        drop(self.alone());
        self.end_stay();
    }

    /// What the clocks show.
    pub(crate) fn now(&self) -> Clocks {
        self.clock.now()
    }

    /// The saved state, looked at beside whoever works. A damaged one is for whoever works to set aside.
    pub(crate) fn stored(&self) -> Result<Option<Stored>> {
        Ok(peek(&self.folder)?)
    }

    /// As [`Self::alone`], unless somebody else has it now.
    pub(crate) fn alone_now(&self) -> Option<MutexGuard<'_, ()>> {
        match self.desk.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Nobody else has the folder as long as this lives.
    pub(crate) fn alone(&self) -> MutexGuard<'_, ()> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the journal and returns it as it is then. Two who change it at once don't lose each other's entries.
    pub(crate) fn change_journal(&self, change: impl FnOnce(&mut Journal)) -> Result<Journal> {
        let _alone = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let before = Journal::load(&self.folder);
        let mut journal = before.clone();
        change(&mut journal);
        if journal != before {
            journal.save(&self.folder)?;
        }
        Ok(journal)
    }

    /// Takes the folder. The desk must be held and the resident loop ended.
    pub(crate) fn home(&self) -> Result<Home> {
        let store = Store::open(&self.folder)?;
        let keys = AndroidKeys::new(Arc::clone(&self.android), store.dir(), self.clock.clone());
        Ok(Home { store, keys: Box::new(keys), clock: self.clock.clone() })
    }

    /// Does something for which the folder is needed; the resident loop makes place meanwhile.
    pub(crate) fn at_home<T>(&self, work: impl FnOnce(&mut Home) -> Result<T>) -> Result<T> {
        let _alone = self.alone();
        self.end_stay();
        let done = self.home().and_then(|mut home| work(&mut home));
        self.go_on_staying();
        done
    }

    /// Enrols, or asks again.
    pub(crate) fn enrol_with(
        &self,
        home: &mut Home,
        link: &EnrolLink,
        tag: Option<Text<64>>,
    ) -> Result<Progress> {
        let model = platform::model(&self.android);
        let person = Person { platform: Platform::Android, model, asset_tag: tag };
        let progress = home.enrol(link, &person)?;
        let saved = !matches!(progress, Progress::Already(_));
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.take_if(|problem| saved || !matches!(problem.code, "space" | "state"));
        Ok(progress)
    }

    fn enrol(&self, link: &str, tag: Option<&str>) -> Result<Value> {
        let link: EnrolLink = link.parse().map_err(|error| Error::new("link", format!("{error}")))?;
        let tag = asset_tag(tag)?;
        let managed = self.managed_link();
        let progress = self.at_home(|home| match self.held(home, &link, managed.as_ref())? {
            Some(Held::Enrolled(device)) => Ok(Progress::Already(device)),
            Some(Held::Waiting(own, tag)) => self.enrol_with(home, &own, asset_tag(tag.as_deref())?),
            None => {
                let progress = self.enrol_with(home, &link, tag)?;
                self.forget_remembered();
                Ok(progress)
            }
        })?;
        // Whoever showed a link of another server is told whose phone this is.
        let server = self.server()?;
        Ok(match progress {
            Progress::Enrolled(device) => {
                json!({ "progress": "enrolled", "device": device, "server": server })
            }
            Progress::Already(device) => json!({ "progress": "already", "device": device, "server": server }),
            Progress::Pending { code, retry_after } => {
                let retry_after = retry_after.secs();
                json!({ "progress": "pending", "code": code, "retry_after_s": retry_after, "server": server })
            }
        })
    }

    /// A phone that reports belongs where it is: a link that somebody shows to its camera moves it nowhere. It is retired first, or has lost
    /// its key, or its server asks it to stop; where its management says where it belongs, not even that.
    fn held(&self, home: &Home, link: &EnrolLink, managed: Option<&EnrolLink>) -> Result<Option<Held>> {
        Ok(match home.store.load(self.now().wall)? {
            Some(Stored::Enrolled(state)) => {
                let stays = match state.standing {
                    Standing::Active => true,
                    Standing::Stopped(_) => managed.is_some(),
                    Standing::Retiring(_) | Standing::Retired => false,
                };
                (stays && !home.has_lost_key(&state)).then_some(Held::Enrolled(state.device))
            }
            Some(Stored::Pending(pending)) => {
                let own: Option<EnrolLink> = pending.link.parse().ok();
                own.filter(|own| Some(own) == managed && own != link)
                    .map(|own| Held::Waiting(own, pending.asset_tag.clone()))
            }
            None => None,
        })
    }

    /// The server that this phone belongs to, or waits for.
    fn server(&self) -> Result<Option<String>> {
        Ok(match self.stored()? {
            Some(Stored::Enrolled(state)) => Some(state.server.authority),
            Some(Stored::Pending(pending)) => {
                pending.link.parse::<EnrolLink>().ok().map(|link| link.authority)
            }
            None => None,
        })
    }

    fn plan(&self) -> Result<Value> {
        value(&Plan::of(self.stored()?.as_ref(), self.now()))
    }

    /// A link to this phone's page on the server. The folder is left to whoever works there.
    fn page_link(&self) -> Result<Value> {
        let Some(Stored::Enrolled(state)) = self.stored()? else {
            return Err(Error::new("request", "this phone is not enrolled"));
        };
        let mut keys = AndroidKeys::new(Arc::clone(&self.android), &self.folder, self.clock.clone());
        Ok(json!({ "link": page_link::make(&state, &mut keys, self.now().wall)? }))
    }

    fn last_bytes(&self) -> Result<Value> {
        let none = || Error::new("request", "there is no report yet");
        let Some(Stored::Enrolled(state)) = self.stored()? else { return Err(none()) };
        let last = state.last.as_ref().ok_or_else(none)?;
        let number = state.chain.head.map_or(0, |head| head.number);
        Ok(json!({ "name": format!("report-{number}.cose"), "base64": BASE64_STANDARD.encode(&*last.bytes) }))
    }
}

/// Something as JSON.
pub(crate) fn value(of: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(|error| Error::new("state", format!("write the answer: {error}")))
}
