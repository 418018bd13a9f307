//! What the terminal can show and what the person wants to see of it: decided once, when the program starts.

use clap::ValueEnum;
use std::io::{self, BufRead, IsTerminal as _};
use std::sync::OnceLock;

/// When to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR or CLICOLOR=0 is set; CLICOLOR_FORCE paints everywhere
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    colours: bool,
    quiet: bool,
}

/// The one place that is asked for, so that a cell of a table need not be handed it through every command.
static CHOICE: OnceLock<Choice> = OnceLock::new();

/// Decides. Only the first call counts.
pub fn choose(colour: Colour, quiet: bool) {
    let terminal = io::stdout().is_terminal();
    let colours = paints(colour, terminal, |name| std::env::var(name).ok());
    CHOICE.get_or_init(|| Choice { colours, quiet });
}

/// Whether standard output is painted.
pub fn colours() -> bool {
    CHOICE.get().is_some_and(|choice| choice.colours)
}

/// Whether only what was asked for is printed.
pub fn quiet() -> bool {
    CHOICE.get().is_some_and(|choice| choice.quiet)
}

/// Columns of the terminal that standard output is; `None` for a file or a pipe, which have room for everything.
pub fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Its lines, likewise.
pub fn height() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_row)).filter(|rows| *rows > 0)
}

/// Whether somebody can be asked.
pub fn interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a person sees standard error.
pub fn shows_progress() -> bool {
    io::stderr().is_terminal() && !quiet()
}

/// Asks for a line; without echo where it is a secret.
pub fn ask(question: &str, secret: bool) -> io::Result<String> {
    if !secret {
        eprint!("{question}");
        return Ok(line(&mut io::stdin().lock(), |byte| byte == b'\n')?.trim().to_owned());
    }
    let silent = Silent::begin()?;
    eprint!("{question}");
    let typed = line(&mut io::stdin().lock(), |byte| matches!(byte, b'\n' | INTERRUPT));
    drop(silent);
    eprintln!();
    let typed = typed?;
    if typed.ends_with(char::from(INTERRUPT)) {
        return Err(io::Error::other("it was cancelled"));
    }
    Ok(typed.trim().to_owned())
}

/// What Ctrl-C types.
const INTERRUPT: u8 = 3;

/// Reads up to the first byte that ends it, or to the end. What comes later is left for the next question.
fn line(from: &mut impl BufRead, ends: impl Fn(u8) -> bool) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        let here = from.fill_buf()?;
        let end = here.iter().position(|byte| ends(*byte));
        let length = end.map_or(here.len(), |end| end + 1);
        line.extend_from_slice(&here[..length]);
        from.consume(length);
        if end.is_some() || length == 0 {
            return String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData.into());
        }
    }
}

/// The terminal without echo, until it is dropped. A signal would end the program before that, so Ctrl-C is read as what ends the line.
struct Silent(rustix::termios::Termios);

impl Silent {
    fn begin() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // nothing is left to be done where the terminal went away
        tcsetattr(io::stdin(), OptionalActions::Now, &self.0).ok();
    }
}

/// What was said on the command line comes first, then who wants none, then who wants them everywhere.
fn paints(colour: Colour, terminal: bool, var: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if set("NO_COLOR") => false,
        Colour::Auto if var("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => true,
        Colour::Auto if var("CLICOLOR").as_deref() == Some("0") => false,
        Colour::Auto => terminal && var("TERM").as_deref() != Some("dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_and_for_those_who_want_them() {
        let on = |colour: Colour, terminal: bool, set: &[(&str, &str)]| {
            paints(colour, terminal, |name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(on(Colour::Auto, true, &[]));
        assert!(!on(Colour::Auto, false, &[]));
        assert!(!on(Colour::Auto, true, &[("NO_COLOR", "1")]));
        assert!(on(Colour::Auto, true, &[("NO_COLOR", "")]), "empty is not set");
        assert!(!on(Colour::Auto, true, &[("CLICOLOR", "0")]));
        assert!(!on(Colour::Auto, true, &[("TERM", "dumb")]));
        assert!(on(Colour::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!on(Colour::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(on(Colour::Always, false, &[("NO_COLOR", "1")]), "what is said goes before what is set");
        assert!(!on(Colour::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }
}
