//! A conversation with one bus: who we are, then one question after the other, each with an end.
//!
//! Every line waits for its answer. A sandbox filters the bus through `xdg-dbus-proxy`, which gives up on whoever sends the
//! next line before; that is what keeps other clients from working in there.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use muster_dbus::{Call, Message, START, length};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt};
use serde::Serialize;
use zbus::DynamicType;

use super::{Address, BusError};

/// What one answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// What all questions to one bus may take.
const WHOLE_TIME: Duration = Duration::from_secs(10);
/// The longest line of a bus before messages begin.
const MAX_LINE: usize = 512;

/// A bus that has let us in.
#[derive(Debug)]
pub(super) struct Conversation {
    stream: UnixStream,
    serial: u32,
    until: Instant,
    /// Part of a message has passed: nobody knows where the next one begins.
    torn: bool,
    broken: Option<BusError>,
}

impl Conversation {
    /// Begins one with the first of `places` where somebody listens.
    pub(super) fn begin(places: &[Address]) -> Result<Self, BusError> {
        let until = now() + WHOLE_TIME;
        let mut why = BusError::NoBus;
        for place in places {
            match reached(place, until) {
                Ok(stream) => {
                    let mut conversation = Self { stream, serial: 0, until, torn: false, broken: None };
                    conversation.introduce()?;
                    return Ok(conversation);
                }
                Err(BusError::NoBus) => {}
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask<B: Serialize + DynamicType>(
        &mut self,
        call: &Call<'_>,
        body: &B,
    ) -> Result<Message, BusError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        self.serial += 1;
        let bytes = call.encoded(self.serial, body)?;
        let end = (now() + ANSWER_TIME).min(self.until);
        let answer = self.write(&bytes, end).and_then(|()| self.answer(end));
        match answer {
            Ok(Message { error: Some(name), .. }) => Err(BusError::Refused(name)),
            Ok(answer) => Ok(answer),
            Err(error) => {
                // One that was silent may still answer: it is passed over then, for it answers an older question.
                let goes_on = matches!(error, BusError::Silent | BusError::Garbled) && !self.torn;
                self.broken = (!goes_on).then(|| error.clone());
                Err(error)
            }
        }
    }

    /// The authentication: `EXTERNAL`, by the credentials that the kernel shows the bus.
    fn introduce(&mut self) -> Result<(), BusError> {
        let end = (now() + ANSWER_TIME).min(self.until);
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        self.write(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes(), end)?;
        if !self.line(end)?.starts_with("OK ") {
            return Err(BusError::ShutOut);
        }
        self.write(b"BEGIN\r\n", end)?;
        let hello = Call {
            service: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "Hello",
        };
        self.ask(&hello, &()).map(drop)
    }

    fn line(&mut self, end: Instant) -> Result<String, BusError> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.read(&mut byte, end)?;
            line.extend(byte);
            if line.len() > MAX_LINE {
                return Err(BusError::Garbled);
            }
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// The answer to the last question; what else is said on the bus is passed over.
    fn answer(&mut self, end: Instant) -> Result<Message, BusError> {
        loop {
            let mut start = [0; START];
            self.read(&mut start, end)?;
            let mut bytes = start.to_vec();
            bytes.resize(length(&start)?, 0);
            self.read(&mut bytes[START..], end)?;
            self.torn = false;
            let message = Message::parse(&bytes)?;
            if message.answers == Some(self.serial) {
                return Ok(message);
            }
        }
    }

    fn read(&mut self, mut into: &mut [u8], end: Instant) -> Result<(), BusError> {
        while !into.is_empty() {
            self.stream.set_read_timeout(Some(left(end)?)).map_err(|error| failed(&error))?;
            match self.stream.read(into) {
                Ok(0) => return Err(BusError::Gone),
                Ok(count) => {
                    self.torn = true;
                    into = into.split_at_mut(count).1;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8], end: Instant) -> Result<(), BusError> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(left(end)?)).map_err(|error| failed(&error))?;
            match self.stream.write(bytes) {
                Ok(count) => {
                    bytes = bytes.split_at(count).1;
                    self.torn = !bytes.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(())
    }
}

/// Connects; not by the standard library, which waits without end for one who listens and doesn't accept.
fn reached(place: &Address, until: Instant) -> Result<UnixStream, BusError> {
    let address = match place {
        Address::Path(path) => SocketAddrUnix::new(path.as_slice()),
        Address::Abstract(name) => SocketAddrUnix::new_abstract_name(name),
    };
    let address = address.map_err(|_| BusError::NoBus)?;
    let fail = |error: rustix::io::Errno| failed(&error.into());
    let socket =
        socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(fail)?;
    let end = left((now() + ANSWER_TIME).min(until))?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(end)).map_err(fail)?;
    connect(&socket, &address).map_err(fail)?;
    Ok(socket.into())
}

fn failed(error: &io::Error) -> BusError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory => {
            BusError::NoBus
        }
        io::ErrorKind::PermissionDenied => BusError::ShutOut,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => BusError::Silent,
        _ => BusError::Gone,
    }
}

fn left(end: Instant) -> Result<Duration, BusError> {
    let left = end.saturating_duration_since(now());
    if left.is_zero() { Err(BusError::Silent) } else { Ok(left) }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "it bounds a wait on a socket, and no fact depends on it")]
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    /// What comes of a bus that says this to whoever connects, and then nothing more.
    fn met(says: &'static [u8]) -> Option<BusError> {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("bus");
        let listener = UnixListener::bind(&place).unwrap();
        let bus = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            // Whoever is told enough may have gone.
            let _ = peer.write_all(says);
            let _ = peer.shutdown(std::net::Shutdown::Write);
            let _ = peer.read_to_end(&mut Vec::new());
        });
        let path = place.to_str().unwrap().as_bytes().to_vec();
        let error =
            Conversation::begin(&[Address::Path(b"/nonexistent/bus".to_vec()), Address::Path(path)]).err();
        bus.join().unwrap();
        error
    }

    #[test]
    fn who_is_no_bus_ends_nothing_but_the_conversation() {
        assert_eq!(met(b""), Some(BusError::Gone));
        assert_eq!(met(b"REJECTED EXTERNAL\r\n"), Some(BusError::ShutOut));
        assert_eq!(met(b"\xff\xfe\r\n"), Some(BusError::ShutOut));
        assert_eq!(met(&[b'O'; 100_000]), Some(BusError::Garbled));
        assert_eq!(met(b"OK 1234\r\n"), Some(BusError::Gone));
        assert_eq!(met(b"OK 1234\r\nnonsense that is no message"), Some(BusError::Garbled));
        // A message of 2 GiB.
        assert_eq!(
            met(b"OK 1\r\nl\x02\x00\x01\x00\x00\x00\x80\x01\x00\x00\x00\x00\x00\x00\x00"),
            Some(BusError::Garbled)
        );
        assert_eq!(Conversation::begin(&[]).err(), Some(BusError::NoBus));
    }
}
