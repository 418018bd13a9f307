//! The channel: kept open while the policy wants it, opened again with growing pauses, each time with a fresh nonce.

use muster_proto::answer::Challenge;
use muster_proto::message::Hello;
use muster_proto::text::Text;
use muster_proto::time::Span;

use super::agent::Agent;
use super::backoff::{Backoff, after};
use super::clock::Clocks;
use super::event::{ChannelEvent, Effect, Job, Notice, Request, SendError};

/// The channel's side of the agent.
#[derive(Debug)]
pub(super) struct Channel {
    stage: Stage,
    backoff: Backoff,
    /// Until when the state's nonce opens a channel.
    nonce_good: Option<Span>,
    opened: Span,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Closed,
    AskingNonce,
    SigningHello,
    Opening,
    Open,
}

impl Channel {
    pub fn new() -> Self {
        Self {
            stage: Stage::Closed,
            backoff: Backoff::new(Span::from_secs(1), Span::from_secs(300)),
            nonce_good: None,
            opened: Span::default(),
        }
    }

    /// A nonce has just come.
    pub fn fresh_nonce(&mut self, now: Clocks) {
        self.nonce_good = Some(after(now.mono, NONCE_GOOD));
    }

    /// When something is to be done.
    pub fn wake(&self) -> Option<Span> {
        (self.stage == Stage::Closed && self.backoff.until() > Span::default()).then(|| self.backoff.until())
    }
}

impl Agent {
    pub(super) fn tend_channel(&mut self, now: Clocks, out: &mut Vec<Effect>) {
        if !self.wants_channel() {
            if matches!(self.channel.stage, Stage::Open | Stage::Opening) {
                out.push(Effect::CloseChannel);
            }
            self.channel.stage = Stage::Closed;
            return;
        }
        if self.channel.stage != Stage::Closed || !self.channel.backoff.is_over(now.mono) {
            return;
        }
        if self.channel.nonce_good.is_some_and(|until| now.mono < until) {
            self.say_hello(now, out);
        } else {
            self.channel.stage = Stage::AskingNonce;
            out.push(Effect::Send(Request::Challenge));
        }
    }

    pub(super) fn challenged(
        &mut self,
        result: Result<Challenge, SendError>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        if self.channel.stage != Stage::AskingNonce {
            return;
        }
        self.channel.stage = Stage::Closed;
        match result {
            Ok(challenge) => {
                self.state.nonce = challenge.nonce;
                self.state.nonce_at = (self.trusted.now(now.mono), now.wall);
                self.channel.fresh_nonce(now);
                self.say_hello(now, out);
            }
            Err(error) => self.channel_failed(error, now, out),
        }
    }

    pub(super) fn hello_signed(
        &mut self,
        result: Result<Vec<u8>, String>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        if self.channel.stage != Stage::SigningHello {
            return;
        }
        match result {
            Ok(hello) => {
                self.channel.stage = Stage::Opening;
                out.push(Effect::OpenChannel(hello));
            }
            Err(why) => {
                self.channel.stage = Stage::Closed;
                self.channel.backoff.failed(now.mono, None, &mut self.entropy);
                out.push(Effect::Notice(Notice::SignFailed(why)));
            }
        }
    }

    pub(super) fn channel_event(&mut self, event: ChannelEvent, now: Clocks, out: &mut Vec<Effect>) {
        match event {
            ChannelEvent::Opened => {
                self.channel.stage = Stage::Open;
                self.channel.opened = now.mono;
                out.push(Effect::Notice(Notice::ChannelOpened));
            }
            ChannelEvent::Message(bytes) => self.receive(&bytes, now, out),
            ChannelEvent::Closed(error) => {
                let stage = std::mem::replace(&mut self.channel.stage, Stage::Closed);
                if stage == Stage::Open && now.mono >= after(self.channel.opened, LASTED) {
                    self.channel.backoff.succeeded();
                }
                self.channel_failed(error, now, out);
            }
        }
    }

    fn say_hello(&mut self, now: Clocks, out: &mut Vec<Effect>) {
        let hello = Hello {
            iat: now.wall,
            nonce: self.state.nonce.clone(),
            device: self.state.device,
            method: Text::clipped("GET"),
            host: Text::clipped(&self.state.server.authority),
            path: Text::clipped(CHANNEL_PATH),
        };
        self.channel.stage = Stage::SigningHello;
        self.sign(Job::Hello, &hello, self.state.key.kid(), out);
    }

    fn channel_failed(&mut self, error: SendError, now: Clocks, out: &mut Vec<Effect>) {
        self.channel.nonce_good = None;
        if let SendError::Refused { nonce: Some(nonce), .. } = &error {
            self.state.nonce = nonce.clone();
            self.state.nonce_at = (self.trusted.now(now.mono), now.wall);
            self.channel.fresh_nonce(now);
        }
        match error.code() {
            "unknown-device" => self.channel.backoff.failed_for_long(now.mono, &mut self.entropy),
            _ => self.channel.backoff.failed(now.mono, error.retry_after(), &mut self.entropy),
        }
        out.push(Effect::Notice(Notice::ChannelClosed(error)));
    }
}

/// Path of the channel.
pub(crate) const CHANNEL_PATH: &str = "/v1/channel";
/// The server takes a nonce for ten minutes; the rest is for the way and for a slow key store.
const NONCE_GOOD: Span = Span::from_secs(8 * 60);
/// A channel that was open so long did work: the next pause is a short one.
const LASTED: Span = Span::from_secs(60);
