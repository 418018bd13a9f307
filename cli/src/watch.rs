//! `--watch`: shows again what has changed. The server's stream of events says when to look; now and then it is looked without, so that
//! nothing is missed where the stream broke off.

use crate::field::Field as _;
use crate::output::{complain, print, print_raw};
use crate::printable::printable_lines;
use crate::server::{Refusal, Server};
use crate::terminal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// What may follow a command that can be watched.
#[derive(clap::Args, Clone, Copy)]
pub struct WatchArgs {
    /// Show it again as it changes, until Ctrl-C; it is looked at least every so many seconds. With --json each line is what changed
    #[arg(
        long, value_name = "SECS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub watch: Option<u64>,
}

/// What is watched, as it is now.
pub struct View {
    /// For scripts: things, each with its id.
    pub items: Vec<Value>,
    /// For people.
    pub text: String,
    /// Whether nothing will change any more.
    pub over: bool,
}

/// How to watch.
pub struct Watch<'a> {
    /// Where it is read.
    pub server: &'a Server,
    /// Seconds after which it is looked without an event.
    pub every: u64,
    /// Only events of this device; of all without.
    pub device: Option<&'a str>,
    /// What names a thing: `id`, `order`.
    pub key: &'a str,
    /// Whether scripts read it.
    pub json: bool,
}

/// The server is not asked more often: reading may take at most a fifth of the time.
const CALM: Duration = Duration::from_millis(300);

impl Watch<'_> {
    /// Shows what `read` returns until it is over. A server that is away for a while is waited for; what it refuses ends the watch.
    pub fn follow(&self, mut read: impl FnMut() -> anyhow::Result<View>) -> anyhow::Result<View> {
        let hints = listen(self.server, self.device);
        let mut shown = Shown { key: self.key, json: self.json, ..Shown::default() };
        let mut view = read()?;
        let mut away = false;
        loop {
            shown.show(&view)?;
            if view.over {
                return Ok(view);
            }
            wait(&hints, Duration::from_secs(self.every));
            let began = now();
            match read() {
                Ok(next) => (view, away) = (next, false),
                Err(error) if error.is::<Refusal>() || error.is::<crate::output::WrongUse>() => {
                    return Err(error);
                }
                // said once, not at each look
                Err(error) if !away => {
                    complain(&format!("{error:#}; still watching"));
                    away = true;
                }
                Err(_) => {}
            }
            rest(CALM.max((now() - began) * 4));
        }
    }
}

/// Waits for an event, or the time.
fn wait(hints: &Receiver<()>, most: Duration) {
    if hints.recv_timeout(most) == Err(RecvTimeoutError::Disconnected) {
        rest(most);
    }
}

/// Lets the time pass. Events are kept for the next look.
fn rest(time: Duration) {
    let (_open, nobody) = sync_channel::<()>(0);
    nobody.recv_timeout(time).ok();
}

/// Listens on a thread of its own, for as long as somebody waits.
fn listen(server: &Server, device: Option<&str>) -> Receiver<()> {
    let (hint, hints) = sync_channel(1);
    let (server, device) = (server.clone(), device.map(str::to_owned));
    std::thread::spawn(move || {
        while pass_on(&server, device.as_deref(), &hint) {
            rest(Duration::from_secs(2));
        }
    });
    hints
}

/// Passes events on until the stream ends; false where nobody waits any more.
fn pass_on(server: &Server, device: Option<&str>, hint: &SyncSender<()>) -> bool {
    let query: Vec<(&str, &str)> = device.map(|device| ("device", device)).into_iter().collect();
    let Ok(stream) = server.stream("listen for events", "events", &query) else { return true };
    for line in BufReader::new(stream).lines() {
        match line {
            // what changed before the stream began was not told
            Ok(line) if line.starts_with("event:") || line.starts_with(": here") => {
                if hint.try_send(()) == Err(TrySendError::Disconnected(())) {
                    return false;
                }
            }
            Ok(_) => {}
            Err(_) => return true,
        }
    }
    true
}

/// What was shown last.
#[derive(Default)]
struct Shown<'a> {
    key: &'a str,
    json: bool,
    items: BTreeMap<String, Value>,
    text: Option<String>,
}

impl Shown<'_> {
    fn show(&mut self, view: &View) -> anyhow::Result<()> {
        if self.json {
            let lines = self.changed(&view.items);
            return if lines.is_empty() { Ok(()) } else { print_raw(&lines) };
        }
        if self.text.as_ref() == Some(&view.text) {
            return Ok(());
        }
        let first = self.text.replace(view.text.clone()).is_none();
        if std::io::stdout().is_terminal() {
            return print_raw(&frame(&printable_lines(&view.text), terminal::height(), first));
        }
        print(&if first { view.text.clone() } else { format!("\n{}", view.text) })
    }

    /// A line for each thing that is new, changed or gone.
    fn changed(&mut self, items: &[Value]) -> String {
        let now: BTreeMap<String, Value> =
            items.iter().map(|item| (item.word(self.key), item.clone())).collect();
        let mut lines = String::new();
        for (id, item) in &now {
            if self.items.get(id) != Some(item) {
                lines += &format!("{item}\n");
            }
        }
        for id in self.items.keys().filter(|id| !now.contains_key(*id)) {
            lines += &format!("{}\n", json!({ self.key: id, "gone": true }));
        }
        self.items = now;
        lines
    }
}

/// The text from the terminal's first line on, over what stood there. What has no room is left out, or the top would scroll away.
fn frame(text: &str, height: Option<usize>, first: bool) -> String {
    let room = height.unwrap_or(usize::MAX).saturating_sub(2).max(1);
    let lines: Vec<&str> = text.lines().collect();
    let mut out = if first { "\u{1b}[2J\u{1b}[H".to_owned() } else { "\u{1b}[H".to_owned() };
    for line in lines.iter().take(room) {
        out += &format!("{line}\u{1b}[K\n");
    }
    if lines.len() > room {
        out += &format!("… {} more lines\u{1b}[K\n", lines.len() - room);
    }
    out + "\u{1b}[J"
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of people's: it asks no faster than the server answers"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_a_line_for_each_change() {
        let mut shown = Shown { key: "id", json: true, ..Shown::default() };
        let (a, b) = (json!({"id": "a", "n": 1}), json!({"id": "b", "n": 1}));
        assert_eq!(shown.changed(&[a.clone(), b.clone()]), format!("{a}\n{b}\n"));
        assert_eq!(shown.changed(&[a.clone(), b]), "");
        let later = json!({"id": "a", "n": 2});
        assert_eq!(
            shown.changed(std::slice::from_ref(&later)),
            format!("{later}\n{}\n", json!({"gone": true, "id": "b"}))
        );
    }

    #[test]
    fn a_frame_fits_the_terminal() {
        let text = frame("a\nb\nc\nd\n", Some(4), false);
        assert_eq!(text, "\u{1b}[Ha\u{1b}[K\nb\u{1b}[K\n… 2 more lines\u{1b}[K\n\u{1b}[J");
        assert!(frame("a\n", None, true).starts_with("\u{1b}[2J"));
    }
}
