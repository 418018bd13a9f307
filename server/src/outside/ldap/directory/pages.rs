//! Everybody who may carry a phone, read in pages (RFC 2696): all of them or none, because whoever is missing has left. And a look at the
//! directory that reads nobody's data.

use ldap3::controls::{Control, PagedResults};
use ldap3::{Ldap, Scope, SearchEntry, SearchOptions};
use std::collections::HashSet;
use std::time::Duration;

use super::{Directory, Failed, SEARCH, spoken};
use crate::outside::ldap::settings::plain;
use crate::outside::ldap::{Found, People};

/// People on a page: directories give 1,000 at most.
const PAGE: i32 = 500;
/// Most people that are read.
const MOST: usize = 200_000;
/// For all of them.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// For a page, in seconds; the directory is told.
const A_PAGE: i32 = 60;
/// Longest cookie that leads from a page to the next.
const LONGEST_COOKIE: usize = 16 * 1024;
/// The control of pages.
const PAGED: &str = "1.2.840.113556.1.4.319";
/// Fewer entries were asked for than there are: a look asks for one.
const SIZE_LIMIT: u32 = 4;

impl Directory {
    /// Everybody.
    ///
    /// # Errors
    /// The directory does not give all of them.
    pub async fn people(&self, of: &People) -> Result<Found, Failed> {
        let _turn = self.turns.try_acquire().map_err(|_| Failed::Busy)?;
        tokio::time::timeout(PATIENCE, self.everybody(of)).await.map_err(|_| Failed::Slow)?
    }

    async fn everybody(&self, of: &People) -> Result<Found, Failed> {
        let mut ldap = self.open().await?;
        let mut shut_out = HashSet::new();
        if let Some(filter) = of.shut_out() {
            // no attributes (RFC 4511 §4.5.1.8)
            let mut take = |entry: SearchEntry| _ = shut_out.insert(plain(&entry.dn));
            pages(&mut ldap, (&of.base, &filter), &["1.1"], &mut take).await?;
        }
        let mut found = Found::default();
        let mut take = |entry: SearchEntry| {
            let disabled = !shut_out.is_empty() && shut_out.contains(&plain(&entry.dn));
            match of.person(&entry, disabled) {
                Some(person) => found.people.push(person),
                None => found.skipped += 1,
            }
        };
        pages(&mut ldap, (&of.base, of.filter.text()), &of.attributes(), &mut take).await?;
        let _ = ldap.unbind().await;
        if found.people.is_empty() { Err(Failed::Nobody) } else { Ok(found) }
    }

    /// Whether it can be reached, lets the server in, and has somebody below each entry that the configuration names. No attribute is read.
    ///
    /// # Errors
    /// It can't, does not, or has nobody.
    pub async fn look(&self) -> Result<(), Failed> {
        self.in_time(async {
            let mut ldap = self.open().await?;
            let base = &self.settings.base;
            if self.lets_in() && !one(&mut ldap, base, "(objectClass=*)").await? {
                return Err(Failed::Unread("ldap-base has nothing in it that ldap-bind-dn can read"));
            }
            if let Some(of) = &self.settings.people
                && !one(&mut ldap, &of.base, of.filter.text()).await?
            {
                return Err(Failed::Nobody);
            }
            let _ = ldap.unbind().await;
            Ok(())
        })
        .await
    }
}

/// Whether there is an entry.
async fn one(ldap: &mut Ldap, base: &str, filter: &str) -> Result<bool, Failed> {
    let what = "look for somebody in the directory";
    ldap.with_search_options(SearchOptions::new().timelimit(SEARCH).sizelimit(1));
    let answer = ldap.search(base, Scope::Subtree, filter, &["1.1"]).await.map_err(spoken(what))?;
    let found = answer.0.iter().any(|entry| !entry.is_ref() && !entry.is_intermediate());
    match answer.1.rc {
        SIZE_LIMIT => Ok(found),
        _ => answer.success().map(|_| found).map_err(spoken(what)),
    }
}

/// Hands on every entry, page by page.
async fn pages(
    ldap: &mut Ldap,
    (base, filter): (&str, &str),
    attributes: &[&str],
    take: &mut (dyn FnMut(SearchEntry) + Send),
) -> Result<(), Failed> {
    let what = "read the people of the directory";
    let (mut cookie, mut seen) = (Vec::new(), 0_usize);
    loop {
        ldap.with_search_options(SearchOptions::new().timelimit(A_PAGE));
        ldap.with_controls(PagedResults { size: PAGE, cookie });
        let mut stream =
            ldap.streaming_search(base, Scope::Subtree, filter, attributes).await.map_err(spoken(what))?;
        while let Some(entry) = stream.next().await.map_err(spoken(what))? {
            // what points to another directory is not followed
            if entry.is_ref() || entry.is_intermediate() {
                continue;
            }
            seen += 1;
            if seen > MOST {
                return Err(Failed::Many(MOST));
            }
            take(SearchEntry::construct(entry));
        }
        let result = stream.finish().await;
        if result.rc != 0 {
            return Err(Failed::Partial(result.rc, result.text.chars().take(200).collect()));
        }
        cookie = following(&result.ctrls)?;
        if cookie.is_empty() {
            return Ok(());
        }
    }
}

/// What leads to the next page; nothing on the last one, and where a directory that knows no pages gave everybody at once.
fn following(controls: &[Control]) -> Result<Vec<u8>, Failed> {
    let Some(Control(_, control)) = controls.iter().find(|Control(_, raw)| raw.ctype == PAGED) else {
        return Ok(Vec::new());
    };
    let cookie = control.val.as_deref().and_then(cookie_of);
    cookie.map(<[u8]>::to_vec).ok_or(Failed::Unread("it does not say where the next page begins"))
}

/// The cookie of the control's value: a sequence of a number and the cookie (RFC 2696 §2).
fn cookie_of(value: &[u8]) -> Option<&[u8]> {
    let (inside, rest) = element(value, 0x30)?;
    let (_, after) = element(inside, 0x02)?;
    let (cookie, end) = element(after, 0x04)?;
    (rest.is_empty() && end.is_empty() && cookie.len() <= LONGEST_COOKIE).then_some(cookie)
}

/// The value of an element in BER with this tag, and what follows on it. Its length is definite, and written in at most three bytes more.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        short @ 0..=0x7f => (usize::from(*short), rest),
        long @ 0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::controls::RawControl;
    use proptest::prelude::*;

    fn control(val: Option<Vec<u8>>) -> Control {
        Control(None, RawControl { ctype: PAGED.to_owned(), crit: false, val })
    }

    #[test]
    fn a_page_says_where_the_next_begins() {
        let next = vec![0x30, 0x08, 0x02, 0x01, 0x00, 0x04, 0x03, b'a', b'b', b'c'];
        assert_eq!(following(&[control(Some(next))]).unwrap(), b"abc");
        let last = vec![0x30, 0x05, 0x02, 0x01, 0x00, 0x04, 0x00];
        assert_eq!(following(&[control(Some(last))]).unwrap(), b"");
        assert_eq!(following(&[]).unwrap(), b"", "a directory that knows no pages gave everybody");
        let other = Control(None, RawControl { ctype: "1.2.3".to_owned(), crit: false, val: None });
        assert_eq!(following(&[other]).unwrap(), b"");
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for wrong in [
            None,
            Some(vec![]),
            Some(vec![0x30]),
            Some(vec![0x30, 0x80, 0x02, 0x01, 0x00, 0x04, 0x00]),
            Some(vec![0x30, 0x05, 0x02, 0x01, 0x00, 0x04]),
            Some(vec![0x30, 0x05, 0x04, 0x00, 0x02, 0x01, 0x00]),
            Some(vec![0x30, 0x05, 0x02, 0x01, 0x00, 0x04, 0x00, 0x00]),
            Some(vec![0x30, 0x83, 0xff, 0xff, 0xff, 0x02]),
        ] {
            assert!(following(&[control(wrong.clone())]).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(cookie in proptest::collection::vec(any::<u8>(), 0..600)) {
            let raw = RawControl::from(PagedResults { size: PAGE, cookie: cookie.clone() });
            let value = raw.val.unwrap();
            prop_assert_eq!(cookie_of(&value), Some(cookie.as_slice()));
        }

        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = cookie_of(&bytes);
        }
    }
}
