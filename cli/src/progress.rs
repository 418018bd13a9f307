//! How far long work is, on a terminal's standard error: what goes to a file or another program is never mixed with it.

use crate::terminal;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{Cursor, Read};

/// Work of `len` parts.
pub fn parts(what: &str, len: usize) -> ProgressBar {
    styled(ProgressBar::new(len as u64), what, "{msg} {wide_bar} {pos}/{len} {eta}")
}

/// Work whose length is not known: what was got so far is counted.
pub fn count(what: &str) -> ProgressBar {
    styled(ProgressBar::no_length(), what, "{msg} {pos}")
}

/// The same bytes, which show how many of them have gone.
pub fn reading(what: &str, bytes: Vec<u8>) -> impl Read + Send + 'static {
    let bar = ProgressBar::new(bytes.len() as u64);
    styled(bar, what, "{msg} {wide_bar} {bytes}/{total_bytes} {eta}").wrap_read(Cursor::new(bytes))
}

fn styled(bar: ProgressBar, what: &str, template: &str) -> ProgressBar {
    if !terminal::shows_progress() {
        return ProgressBar::hidden();
    }
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(what.to_owned()).with_finish(indicatif::ProgressFinish::AndClear)
}
