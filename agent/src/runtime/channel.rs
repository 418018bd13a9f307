//! A thread for the open channel: it reads and tells the loop. A closed one is not read any further; its last words don't count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use super::Incoming;
use crate::core::{ChannelEvent, SendError};
use crate::transport::Transport;

pub(super) struct Channels {
    sender: Sender<Incoming>,
    current: Arc<AtomicU64>,
}

impl Channels {
    pub fn new(sender: Sender<Incoming>) -> Self {
        Self { sender, current: Arc::default() }
    }

    pub fn is_current(&self, nth: u64) -> bool {
        self.current.load(Ordering::Relaxed) == nth
    }

    pub fn close(&self) {
        self.current.fetch_add(1, Ordering::Relaxed);
    }

    pub fn open(&self, transport: Transport, hello: Vec<u8>) {
        let nth = self.current.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, current) = (self.sender.clone(), Arc::clone(&self.current));
        let told = self.sender.clone();
        let tell = move |event| sender.send(Incoming::Channel(nth, event)).is_ok();
        let work = move || {
            let error = read(&transport, &hello, &tell, || current.load(Ordering::Relaxed) == nth);
            tell(ChannelEvent::Closed(error));
        };
        let thread = std::thread::Builder::new().name("channel".to_owned()).spawn(work);
        if let Err(error) = thread {
            let closed = ChannelEvent::Closed(SendError::Unreachable(error.to_string()));
            // The loop that is told is the one that calls: it listens.
            let _ = told.send(Incoming::Channel(nth, closed));
        }
    }
}

impl Drop for Channels {
    /// Nobody hears the thread any more: it ends, and its connection with it.
    fn drop(&mut self) {
        self.close();
    }
}

fn read(
    transport: &Transport,
    hello: &[u8],
    tell: &dyn Fn(ChannelEvent) -> bool,
    is_current: impl Fn() -> bool,
) -> SendError {
    let mut channel = match transport.channel(hello) {
        Ok(channel) => channel,
        Err(error) => return error,
    };
    let mut goes_on = tell(ChannelEvent::Opened);
    while goes_on && is_current() {
        goes_on = match channel.next_message() {
            Ok(Some(message)) => tell(ChannelEvent::Message(message)),
            Ok(None) => true,
            Err(error) => return error,
        };
    }
    SendError::Unreachable("the channel was closed here".to_owned())
}
