//! What is told at once to whoever listens in this process. All of it is a hint over durable state: who misses one finds the truth in
//! the store.

use muster_proto::id::{DeviceId, OrderId};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{broadcast, mpsc};

/// Something changed that a page may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An order moved on.
    Order(OrderId, DeviceId),
    /// A device's row changed: its verdict, or when it was last heard.
    Device(DeviceId),
    /// The server is stopping: whoever waits for something gets what there is.
    Stopping,
}

/// Events for open pages. A page that falls behind misses some, and reads anew.
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

impl Events {
    /// Tells everyone who listens.
    pub fn tell(&self, event: Event) {
        // nobody listening is no error
        self.0.send(event).ok();
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}

/// Why a channel should look into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Orders wait for the device.
    Orders,
    /// Its policy is another.
    Policy,
    /// Its verdict is another.
    Verdict,
}

/// The open channels of devices.
#[derive(Default)]
pub struct Hub {
    channels: Mutex<HashMap<DeviceId, (u64, mpsc::Sender<Hint>)>>,
    /// Number of the last channel: none is ever given twice, or an old channel that ends late would close a new one.
    last: AtomicU64,
}

impl Hub {
    /// Opens the channel of a device; an older one of the same device ends. The number closes it again.
    pub fn open(&self, device: DeviceId) -> (u64, mpsc::Receiver<Hint>) {
        let (sender, hints) = mpsc::channel(8);
        let Ok(mut channels) = self.channels.lock() else { return (0, hints) };
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        channels.insert(device, (number, sender));
        (number, hints)
    }

    /// Closes the channel, unless a newer one has taken its place.
    pub fn close(&self, device: DeviceId, number: u64) {
        let Ok(mut channels) = self.channels.lock() else { return };
        if channels.get(&device).is_some_and(|(open, _)| *open == number) {
            channels.remove(&device);
        }
    }

    /// Tells the device's channel, where one is open here. One that does not keep up ends: the phone connects anew, and misses nothing.
    pub fn hint(&self, device: DeviceId, hint: Hint) {
        let Ok(mut channels) = self.channels.lock() else { return };
        if channels.get(&device).is_some_and(|(_, channel)| channel.try_send(hint).is_err()) {
            channels.remove(&device);
        }
    }

    /// Tells every open channel, likewise.
    pub fn hint_all(&self, hint: Hint) {
        let Ok(mut channels) = self.channels.lock() else { return };
        channels.retain(|_, (_, channel)| channel.try_send(hint).is_ok());
    }

    /// Ends every channel: the server is stopping.
    pub fn close_all(&self) {
        if let Ok(mut channels) = self.channels.lock() {
            channels.clear();
        }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.channels.lock().map_or(0, |channels| channels.len())
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_channel_ends_the_old_one_and_is_not_closed_by_it() {
        let (hub, device) = (Hub::default(), DeviceId([1; 16]));
        let (first, mut old) = hub.open(device);
        let (second, mut new) = hub.open(device);
        assert_eq!(old.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
        hub.close(device, first);
        hub.hint(device, Hint::Orders);
        assert_eq!(new.try_recv(), Ok(Hint::Orders));
        hub.close(device, second);
        assert!(hub.is_empty());
        let (_third, _open) = hub.open(device);
        hub.close(device, first);
        assert!(!hub.is_empty(), "an old channel closes no new one");
        (0..8).for_each(|_| hub.hint(device, Hint::Verdict));
        assert!(!hub.is_empty());
        hub.hint(device, Hint::Orders);
        assert!(hub.is_empty(), "no hint of an order is lost without the channel's end");
    }
}
