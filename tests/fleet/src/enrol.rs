//! How a simulated phone enrols: with the agent's own code for what is said and what is believed.

use crate::http::{Answer, Connection, Target};
use crate::model::Model;
use crate::phone::{Phone, fresh, version};
use crate::world::World;
use anyhow::{Context as _, anyhow, bail};
use muster_agent::core::State;
use muster_agent::core::enrol::{Accepted, Applicant, Context, accept, message};
use muster_proto::answer::{COSE_TYPE, Challenge, EnrolAnswer, TOKEN_HEADER};
use muster_proto::cbor::decode_within;
use muster_proto::cose::seal;
use muster_proto::facts::Protection;
use muster_proto::id::{ChainId, Digest};
use muster_proto::key::{PublicKey, Signer as _, SoftwareKey};
use muster_proto::link::EnrolLink;
use muster_proto::problem::Problem;
use muster_proto::time::Span;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use std::sync::Arc;
use tokio::time::sleep;

/// The server that a link names, once its CA was fetched and found to be the link's.
pub struct Door {
    /// What to connect to.
    pub target: Target,
    link: EnrolLink,
    ca: Vec<u8>,
}

impl Door {
    /// Fetches the CA and checks it against the link.
    ///
    /// # Errors
    /// Nobody answers, or the CA is another.
    pub async fn open(link: &EnrolLink) -> anyhow::Result<Self> {
        let mut connection = Target::trusting(&link.authority, unverified()?)?.connect().await?;
        let answer = refused(connection.send("GET", "/v1/ca", "", &[]).await?).context("fetch the CA")?;
        let ca = CertificateDer::from_pem_slice(&answer.body).context("read the CA")?.to_vec();
        if Digest::of(&ca) != link.ca {
            bail!("the server's CA is not the one that the enrolment link names");
        }
        Ok(Self { target: Target::new(&link.authority, &ca)?, link: link.clone(), ca })
    }

    /// Enrols one phone; waits where a person must approve it.
    ///
    /// # Errors
    /// The server refuses, or can't be reached.
    pub async fn enrol(&self, world: &World, model: Model) -> anyhow::Result<Phone> {
        let (signer, pkcs8) = SoftwareKey::generate(world.random.clone())?;
        let mut connection = self.target.connect().await?;
        loop {
            match self.ask(&mut connection, world, &signer, &model).await? {
                Asked::Enrolled(state) => return Ok(Phone::new(*state, vec![(signer, pkcs8)], model)),
                Asked::Wait(span) => sleep(span.into()).await,
            }
        }
    }

    async fn ask(
        &self,
        connection: &mut Connection,
        world: &World,
        signer: &SoftwareKey,
        model: &Model,
    ) -> anyhow::Result<Asked> {
        let answer =
            refused(connection.send("GET", "/v1/challenge", "", &[]).await?).context("ask for a nonce")?;
        let challenge: Challenge = decode_within(&answer.body, MAX_ANSWER).context("read the nonce")?;
        let (key, wall) = (signer.public_key(), world.clocks().wall);
        let message = message(&self.link, &challenge, key, applicant(model), wall)?;
        let headers = format!("content-type: {COSE_TYPE}\r\n{TOKEN_HEADER}: {}\r\n", self.link.token);
        let answer = connection.send("POST", "/v1/enrol", &headers, &seal(&message, signer)?).await?;
        let answer = refused(answer).context("enrol")?;
        let answer: EnrolAnswer =
            decode_within(&answer.body, MAX_ANSWER).context("read the answer to the enrolment")?;
        self.believe(world, &challenge, key, &answer)
    }

    fn believe(
        &self,
        world: &World,
        challenge: &Challenge,
        key: PublicKey,
        answer: &EnrolAnswer,
    ) -> anyhow::Result<Asked> {
        let chain = ChainId(fresh(&world.random)?);
        let wall = world.clocks().wall;
        let context = Context {
            link: &self.link,
            ca: &self.ca,
            challenge,
            key,
            before: None,
            chain,
            wall,
            built: world.built,
        };
        Ok(match accept(&context, answer)? {
            Accepted::Enrolled(state) => Asked::Enrolled(state),
            Accepted::Pending { retry_after, .. } => Asked::Wait(retry_after),
        })
    }
}

enum Asked {
    Enrolled(Box<State>),
    Wait(Span),
}

/// Longest answer to an enrolment: it may bring a policy and a catalogue.
const MAX_ANSWER: usize = 1 << 20;

fn applicant(model: &Model) -> Applicant {
    Applicant {
        platform: model.platform(),
        model: model.name(),
        asset_tag: None,
        version: version(),
        protection: Protection::Software,
    }
}

/// The answer, unless the server refused.
fn refused(answer: Answer) -> anyhow::Result<Answer> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(problem) => Err(anyhow!("{}: {}", problem.code, problem.detail.unwrap_or(problem.title))),
        Err(_) => Err(anyhow!("the server answered {}", answer.status)),
    }
}

/// Trust for the one request that fetches what is to be trusted; its answer is checked against the link.
fn unverified() -> anyhow::Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))).with_no_client_auth())
}

#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
