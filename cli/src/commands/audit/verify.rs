//! `muster audit verify`: checks the record here, entry by entry, without believing the server. What a server alone can't show, because whoever has
//! it can write everything anew, a head shows that was kept elsewhere.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json, read_file};
use crate::progress;
use crate::server::Server;
use anyhow::Context as _;
use muster_proto::audit::{Checked, Entry, Head, Line, Verifier};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What follows `muster audit verify`.
#[derive(clap::Args)]
pub struct Args {
    /// File that `muster audit export` wrote, `-` for standard input; without one the server is asked for its record
    file: Option<PathBuf>,
    /// File that `muster audit head` wrote earlier; may be given several times
    #[arg(long, value_name = "FILE")]
    head: Vec<PathBuf>,
}

/// Longest head that is read.
const MAX_HEAD: u64 = 4096;
/// Longest line that is read.
const MAX_LINE: u64 = 1024 * 1024;
/// Entries asked for at a time.
const PAGE: &str = "1000";

/// Checks a file; nothing where none is named.
pub fn file(args: &Args, json: bool) -> Option<anyhow::Result<Outcome>> {
    let path = args.file.as_ref()?;
    Some(check_file(path, &args.head).and_then(|checked| tell(&checked, &args.head, json)))
}

/// Checks the server's record.
pub fn of_server(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let mut verifier = Verifier::new(heads(&args.head)?);
    let (mut after, done) = (0, progress::count("check the audit"));
    loop {
        let asked = [("after", after.to_string()), ("limit", PAGE.to_owned())];
        let page = server.read(
            "read the audit",
            "audit",
            &asked.each_ref().map(|(name, value)| (*name, value.as_str())),
        )?;
        for entry in page.list("entries") {
            let entry: Entry = serde_json::from_value(entry.clone())
                .context("read the audit: this is no entry that this program knows")?;
            verifier.take(&entry);
            done.inc(1);
        }
        match page.at("next").as_u64() {
            // a server that goes round in circles is not followed
            Some(next) if next > after => after = next,
            _ => break,
        }
    }
    tell(&verifier.finish(false), &args.head, json)
}

fn check_file(path: &Path, heads_kept: &[PathBuf]) -> anyhow::Result<Checked> {
    let mut verifier = Verifier::new(heads(heads_kept)?);
    let attempt = || format!("read {}", path.display());
    if path.as_os_str() == "-" {
        check(&mut io::stdin().lock(), &mut verifier).context("read standard input")?;
    } else {
        check(&mut BufReader::new(File::open(path).with_context(attempt)?), &mut verifier)
            .with_context(attempt)?;
    }
    Ok(verifier.finish(true))
}

fn check(lines: &mut impl BufRead, verifier: &mut Verifier) -> io::Result<()> {
    let (mut line, done) = (Vec::new(), progress::count("check the audit"));
    for number in 1.. {
        line.clear();
        if lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match std::str::from_utf8(&line).ok().and_then(|line| line.trim_end().parse().ok()) {
            Some(Line::Entry(entry)) => verifier.take(&entry),
            Some(Line::End(end)) => verifier.end(&end),
            None => verifier.unreadable(number),
        }
        done.inc(1);
    }
    Ok(())
}

fn heads(files: &[PathBuf]) -> anyhow::Result<Vec<Head>> {
    let read = |path: &PathBuf| {
        let bytes = read_file(path, MAX_HEAD)?;
        serde_json::from_slice(&bytes).with_context(|| format!("read {}: it is no head", path.display()))
    };
    files.iter().map(read).collect()
}

fn tell(checked: &Checked, heads: &[PathBuf], json: bool) -> anyhow::Result<Outcome> {
    let mut told = serde_json::to_value(checked)?;
    if let Some(flaws) = told.get_mut("flaws").and_then(|flaws| flaws.as_array_mut()) {
        for (shown, flaw) in flaws.iter_mut().zip(&checked.flaws) {
            shown["says"] = flaw.to_string().into();
        }
    }
    if json {
        print_json(&told)?;
    } else {
        for flaw in &checked.flaws {
            print(&flaw.to_string())?;
        }
        if checked.holds {
            let Checked { entries, last, .. } = checked;
            print(&format!(
                "{entries} entries, none removed, changed or reordered; the last is {} with hash {}",
                last.seq, last.hash
            ))?;
            if heads.is_empty() {
                note(
                    "no head was given: entries cut off at the end, or a record written anew, would not show (muster audit head)",
                )?;
            }
        }
    }
    let flaws = checked.flaws.len() as u64 + checked.more;
    Ok(if checked.holds {
        Outcome::Done
    } else {
        Outcome::Failed(format!("the audit is not as it was written: {flaws} flaw(s)"))
    })
}
