//! The provider, as a sign-in needs it. Nothing is kept between the two halves of one: `state`, `nonce` and the verifier of PKCE are made of one
//! secret that the browser holds in a cookie.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};

use super::keys::Keys;
use super::settings::Settings;
use super::token::{self, Wanted};
use super::wire::{Client, Failed, Metadata, Wire, parsed, safe};
use crate::auth::{How, Secret, secret};
use crate::outside::secrets::{FileError, password};
use crate::outside::{Told, map};

/// The provider.
pub struct Provider {
    settings: Settings,
    secret: String,
    wire: Wire,
    /// What it said of itself, and when.
    known: Mutex<Option<(Timestamp, Arc<Metadata>)>>,
}

/// A sign-in that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub to: String,
    /// What the browser holds until it comes back.
    pub secret: Secret,
}

/// What a browser brought back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brought<'a> {
    pub code: &'a str,
    pub state: &'a str,
    /// Who answered, where that is said.
    pub issuer: Option<&'a str>,
}

/// For so long what a provider said of itself is not asked again.
const FRESH: Span = Span::from_secs(5 * 60);

impl Provider {
    /// With these settings.
    ///
    /// # Errors
    /// A file can't be read, or is flawed.
    pub fn new(settings: Settings) -> Result<Self, FileError> {
        let secret = password(&settings.secret_file)?;
        let wire = Wire::new(settings.ca.as_deref())?;
        Ok(Self { settings, secret, wire, known: Mutex::default() })
    }

    /// What the configuration says of it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it says what it is.
    ///
    /// # Errors
    /// It can't be asked, or says nothing that makes sense.
    pub async fn look(&self) -> Result<(), String> {
        let asked = self.wire.metadata(self.settings.issuer.text()).await;
        asked.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Begins a sign-in with this secret; `own` is where people reach the server.
    pub(super) async fn begin(&self, secret: Secret, own: &str, now: Timestamp) -> Result<Begun, Failed> {
        let metadata = self.metadata(now).await?;
        let mut to = safe("send people to the provider", &metadata.authorization_endpoint)?;
        let of = Parts::of(&secret);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Digest::of(of.verifier.as_bytes()).0);
        let mut scope = "openid".to_owned();
        for one in self.settings.scopes.iter().filter(|one| *one != "openid") {
            scope += &format!(" {one}");
        }
        to.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &back(own)),
            ("scope", &scope),
            ("state", &of.state),
            ("nonce", &of.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(Begun { to: to.into(), secret })
    }

    /// Whether this is what a browser that holds the secret was sent away with.
    pub(super) fn is_state_of(secret: &Secret, state: &str) -> bool {
        secret::same(&Parts::of(secret).state, state)
    }

    /// Takes what the browser brought back, and asks the provider who that is.
    pub(super) async fn finish(
        &self,
        secret: &Secret,
        brought: Brought<'_>,
        own: &str,
        now: Timestamp,
    ) -> Result<(Told, String), Failed> {
        let of = Parts::of(secret);
        if !Self::is_state_of(secret, brought.state) {
            return Err(Failed::State);
        }
        let metadata = self.metadata(now).await?;
        // an answer of another provider, whose code would be shown to this one
        let silent = brought.issuer.is_none() && metadata.authorization_response_iss_parameter_supported;
        if silent || brought.issuer.is_some_and(|issuer| issuer != metadata.issuer) {
            return Err(Failed::State);
        }
        let client = Client { id: &self.settings.client_id, secret: &self.secret };
        let back = back(own);
        let fields = [("code", brought.code), ("redirect_uri", &back), ("code_verifier", &of.verifier)];
        let tokens = self.wire.tokens(&metadata, client, &fields).await?;
        let what = "ask the provider for its keys";
        let keys = self.wire.get(what, &metadata.jwks_uri, None).await?;
        let keys = Keys::read(&keys).map_err(|error| Failed::Spoken(what, error.to_string()))?;
        let wanted = Wanted { issuer: &metadata.issuer, client: client.id, nonce: &of.nonce };
        let mut claims = token::verify(&tokens.id_token, &keys, wanted, now)?;
        if !claims.contains_key(&self.settings.groups_claim) {
            self.ask_more(&metadata, tokens.access_token.as_deref(), &mut claims).await?;
        }
        Ok((self.told(&claims), tokens.id_token))
    }

    /// Where a browser goes to end its session at the provider, if the provider has such a place (RP-Initiated Logout 1.0).
    /// `hint` is the ID token of the sign-in: with it the provider knows whose session it is, and need not ask.
    pub(super) async fn end(&self, own: &str, hint: Option<&str>, now: Timestamp) -> Option<String> {
        let metadata = self.metadata(now).await.ok()?;
        let mut url = safe("sign out", metadata.end_session_endpoint.as_deref()?).ok()?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &format!("{own}/sign-in"));
        if let Some(hint) = hint {
            url.query_pairs_mut().append_pair("id_token_hint", hint);
        }
        Some(url.into())
    }

    /// Some providers say groups at their userinfo address alone.
    async fn ask_more(
        &self,
        metadata: &Metadata,
        token: Option<&str>,
        claims: &mut Map<String, Value>,
    ) -> Result<(), Failed> {
        let (Some(place), Some(token)) = (&metadata.userinfo_endpoint, token) else { return Ok(()) };
        let what = "ask the provider for groups";
        let more: Map<String, Value> = parsed(what, &self.wire.get(what, place, Some(token)).await?)?;
        if more.get("sub") != claims.get("sub") {
            return Err(Failed::Somebody);
        }
        for (name, value) in more {
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }

    fn told(&self, claims: &Map<String, Value>) -> Told {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        let address = text("email").filter(|_| verified);
        let groups = match claims.get(&self.settings.groups_claim) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let subject = text("sub").unwrap_or_default();
        Told {
            how: How::Oidc,
            // names stay: the provider's own number for somebody would be no name for the audit
            name: text("preferred_username").or_else(|| address.clone()).unwrap_or_default(),
            title: text("name").unwrap_or_default(),
            grants: map::grants(&self.settings.map, |group| groups.contains(&group)),
            // neither has a space in it
            subject: format!("{} {subject}", self.settings.issuer),
            address,
        }
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, Failed> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = |asked: Timestamp| asked <= now && now.since(asked) < FRESH;
        if let Some((_, metadata)) = known.filter(|(asked, _)| fresh(*asked)) {
            return Ok(metadata);
        }
        let metadata = Arc::new(self.wire.metadata(self.settings.issuer.text()).await?);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&metadata)));
        Ok(metadata)
    }
}

/// What belongs to one sign-in.
struct Parts {
    state: String,
    nonce: String,
    verifier: String,
}

impl Parts {
    fn of(secret: &Secret) -> Self {
        let part = |purpose| secret.derived(purpose);
        Self { state: part("oidc state"), nonce: part("oidc nonce"), verifier: part("oidc verifier") }
    }
}

fn back(own: &str) -> String {
    format!("{own}/sign-in/oidc/back")
}
