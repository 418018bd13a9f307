//! The tree of a table's pages: inner pages lead to others, leaves hold the rows, long rows go on in chains of pages.
//!
//! ```text
//! page  = 0 kind (5 inner, 13 leaf), 3 cells (2), 5 8 rightmost page (inner only), 8 or 12 the places of the cells (2 each)
//! inner cell = page (4) row number
//! leaf cell  = length, row number, the row's beginning, the chain's first page (4) if it is longer
//! chain page = next page (4) content
//! ```

use std::ops::ControlFlow;

use crate::RpmDbError;
use crate::bytes::{be16, be32};

use super::record::varint;
use super::{HEADER, Pages, malformed};

const INNER: u8 = 5;
const LEAF: u8 = 13;
/// Pages from the root to a leaf; five suffice for the largest database.
const MAX_DEPTH: usize = 20;

type EachRow<'a> = dyn FnMut(&[u8]) -> Result<ControlFlow<()>, RpmDbError> + 'a;

/// Gives every row of the tree that begins at page `root`. None may be longer than `max`.
pub fn rows(
    pages: &mut Pages<'_, '_>,
    root: u32,
    max: usize,
    each: &mut EachRow<'_>,
) -> Result<ControlFlow<()>, RpmDbError> {
    let mut pending = vec![(root, 1)];
    let (mut page, mut row) = (Vec::new(), Vec::new());
    let mut seen = 0;
    while let Some((number, depth)) = pending.pop() {
        seen += 1;
        if seen > pages.count || depth > MAX_DEPTH {
            return Err(RpmDbError::Circles);
        }
        pages.load(number, &mut page)?;
        let start = if number == 1 { HEADER } else { 0 };
        match page.get(start) {
            Some(&INNER) => {
                let rightmost = be32(&page, start + 8).ok_or(malformed("a page is cut off"))?;
                pending.push((rightmost, depth + 1));
                for cell in cells(&page, start, 12)?.rev() {
                    let child =
                        cell.and_then(|at| be32(&page, at)).ok_or(malformed("a cell lies outside"))?;
                    pending.push((child, depth + 1));
                }
            }
            Some(&LEAF) => {
                for cell in cells(&page, start, 8)? {
                    let cell = cell.and_then(|at| page.get(at..)).ok_or(malformed("a cell lies outside"))?;
                    load_row(pages, cell, max, &mut row)?;
                    if each(&row)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            _ => return Err(malformed("a table has a page of another kind")),
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The places of a page's cells.
fn cells(
    page: &[u8],
    start: usize,
    head: usize,
) -> Result<impl DoubleEndedIterator<Item = Option<usize>> + use<'_>, RpmDbError> {
    let count = be16(page, start + 3).map(usize::from).ok_or(malformed("a page is cut off"))?;
    let from = start + head;
    let places = page.get(from..from + 2 * count).ok_or(malformed("a page has more cells than room"))?;
    Ok(places.chunks_exact(2).map(|place| be16(place, 0).map(usize::from)))
}

/// The row of a leaf's cell, into `row`: it grows with what is really there, whatever length was promised.
fn load_row(pages: &mut Pages<'_, '_>, cell: &[u8], max: usize, row: &mut Vec<u8>) -> Result<(), RpmDbError> {
    let head = varint(cell).and_then(|(len, rest)| Some((usize::try_from(len).ok()?, varint(rest)?.1)));
    let (len, rest) = head.ok_or(malformed("a cell is cut off"))?;
    if len > max {
        return Err(malformed("a row is too large"));
    }
    let local = local_part(len, pages.usable);
    let (beginning, behind) = rest.split_at_checked(local).ok_or(malformed("a row lies outside"))?;
    row.clear();
    row.extend_from_slice(beginning);
    let mut next = be32(behind, 0);
    let mut page = Vec::new();
    while row.len() < len {
        let number = next.ok_or(malformed("a row is cut off"))?;
        pages.load(number, &mut page)?;
        next = be32(&page, 0);
        let content = page.get(4..).unwrap_or_default();
        row.extend_from_slice(&content[..content.len().min(len - row.len())]);
    }
    Ok(())
}

/// How much of a row lies in the leaf itself.
fn local_part(len: usize, usable: usize) -> usize {
    let most = usable - 35;
    if len <= most {
        return len;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let filling = least + (len - least) % (usable - 4);
    if filling <= most { filling } else { least }
}
