//! Somebody who asks a server over one connection, with the local administrator's token or signed in as a person.

use crate::figures::{median, percentile};
use crate::ingest::clock;
use anyhow::{Context as _, ensure};
use muster_fleet::http::{Connection, Target};
use muster_tests::Server;
use serde_json::Value;
use std::time::Duration;

/// Finds nobody: what everything else stands beside.
pub const EMPTY: &str = "/api/v1/devices?q=status%3Arefused";

/// Who asks.
pub struct Caller {
    connection: Connection,
    /// For the API.
    token: String,
    /// For the console's pages, where it is signed in.
    session: String,
}

impl Caller {
    /// The local administrator, with a token.
    pub async fn of(server: &Server) -> anyhow::Result<Self> {
        let target = Target::with_pem(server.authority(), &server.data().join("ca.pem"))?;
        let token =
            std::fs::read_to_string(server.data().join("local-admin.token")).context("read the token")?;
        let token = format!("authorization: Bearer {}\r\n", token.trim());
        Ok(Self { connection: target.connect().await?, token, session: String::new() })
    }

    /// The same, and a person for the console, signed in by a link.
    pub async fn sign_in(server: &Server) -> anyhow::Result<Self> {
        let mut caller = Self::of(server).await?;
        let link = server.try_muster(&["sign-in-link", "--json"])?.parsed()?;
        let link = link["link"].as_str().and_then(|link| link.split("link=").nth(1)).context("no link")?;
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        let form = format!("link={link}");
        let answer = caller.connection.send("POST", "/sign-in", headers, form.as_bytes()).await?;
        ensure!(answer.status == 303, "signing in answered {}", answer.status);
        let cookie = answer.header("set-cookie").and_then(|set| set.split(';').next());
        caller.session = format!("cookie: {}\r\naccept: text/html\r\n", cookie.context("no cookie")?);
        Ok(caller)
    }

    /// What follows the address of a list's first and of its last page, and how many devices the list has.
    pub async fn ends(&mut self, query: &str, sort: &str) -> anyhow::Result<(String, String, usize)> {
        let sort = if sort.is_empty() { String::new() } else { format!("&sort={}", escaped(sort)) };
        let first = format!("?q={}{sort}", escaped(query));
        let (mut last, mut found) = (first.clone(), 0);
        loop {
            let page: Value = serde_json::from_slice(&self.get(&format!("/api/v1/devices{last}")).await?)
                .context("read the list")?;
            found += page["devices"].as_array().context("a page without devices")?.len();
            match page["next"].as_str() {
                Some(next) => last = format!("{first}&after={next}"),
                None => break,
            }
        }
        ensure!(found > 0, "{query:?} finds nobody");
        Ok((first, last, found))
    }

    /// The median time of an empty answer in microseconds, and of each of these addresses as a ratio to it. They are asked for in turn.
    pub async fn compare(&mut self, paths: &[String], rounds: usize) -> anyhow::Result<(f64, Vec<f64>)> {
        let mut empty = Vec::with_capacity(rounds);
        let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(rounds); paths.len()];
        for round in 0..=rounds {
            let base = self.time(EMPTY).await?;
            for (path, times) in paths.iter().zip(&mut times) {
                let took = self.time(path).await?;
                // the first round warms up
                if round > 0 {
                    times.push(took);
                }
            }
            if round > 0 {
                empty.push(base.as_secs_f64() * 1e6);
            }
        }
        let empty = median(&mut empty);
        let ratio = |mut times: Vec<Duration>| {
            times.sort();
            percentile(&times, 0.5).as_secs_f64() * 1e6 / empty
        };
        Ok((empty, times.into_iter().map(ratio).collect()))
    }

    async fn time(&mut self, path: &str) -> anyhow::Result<Duration> {
        let start = clock().0;
        self.get(path).await?;
        Ok(clock().0 - start)
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let headers = if path.starts_with("/api/") { &self.token } else { &self.session };
        let answer = self.connection.send("GET", path, headers, &[]).await?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        Ok(answer.body)
    }
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
