//! Tables for people: columns aligned by the width that is seen, states in colour on a terminal.

use crate::printable::printable;
use crate::terminal;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A table that grows row by row.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
    colour: bool,
    /// Columns of the terminal.
    room: Option<usize>,
}

/// One entry.
pub struct Cell {
    text: String,
    right: bool,
    colour: Option<&'static str>,
}

impl Table {
    /// A table with these headings.
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&word| word.to_owned()).collect(), ..Self::pairs() }
    }

    /// A table of names and values, without headings.
    pub fn pairs() -> Self {
        Self { head: Vec::new(), rows: Vec::new(), colour: terminal::colours(), room: terminal::width() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The whole table, ending in a line break.
    pub fn text(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        if !self.head.is_empty() {
            let head: Vec<Cell> = self.head.iter().map(|word| Cell::dim(word)).collect();
            self.line(&head, &widths, &mut text);
        }
        for row in &self.rows {
            self.line(row, &widths, &mut text);
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|word| word.width()).collect();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (cell, width) in row.iter().zip(&mut widths) {
                *width = (*width).max(cell.text.width());
            }
        }
        if let Some(room) = self.room {
            narrow(&mut widths, room);
        }
        widths
    }

    fn line(&self, cells: &[Cell], widths: &[usize], text: &mut String) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let seen = clipped(&cell.text, *width);
            let space = " ".repeat(width - seen.width());
            let painted = match cell.colour.filter(|_| self.colour) {
                Some(colour) => format!("\u{1b}[{colour}m{seen}\u{1b}[0m"),
                None => seen,
            };
            line += &if cell.right { format!("{space}{painted}  ") } else { format!("{painted}{space}  ") };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

impl Cell {
    /// A number: aligned to the right.
    pub fn number(text: impl Into<String>) -> Self {
        Self { right: true, ..text.into().into() }
    }

    /// A heading, or what matters less.
    pub fn dim(text: &str) -> Self {
        Self { colour: Some("2"), ..text.to_owned().into() }
    }

    /// A state with the shape and the colour that it has everywhere.
    pub fn state(state: &str) -> Self {
        let (shape, colour) = match state {
            "failing" | "failed" | "expired" => ("■", "31"),
            "grace" => ("◆", "33"),
            "unknown" => ("○", "34"),
            "compliant" | "reported" => ("●", "32"),
            _ => ("·", "2"),
        };
        Self { colour: Some(colour), ..format!("{shape} {state}").into() }
    }
}

impl From<String> for Cell {
    /// What others have written moves no cursor and paints nothing.
    fn from(text: String) -> Self {
        Self { text: printable(&text), right: false, colour: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Columns between two entries.
const GAP: usize = 2;
/// No column gets narrower.
const LEAST: usize = 8;

/// Takes from the widest column until a line fits. The first one stays whole: it is what other commands are given.
fn narrow(widths: &mut [usize], room: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let Some(widest) = widths.iter_mut().skip(1).max().filter(|width| **width > LEAST) else { return };
        *widest -= 1;
    }
}

/// The text in at most `width` columns.
fn clipped(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut start, mut used) = (String::new(), 1);
    for char in text.chars() {
        used += char.width().unwrap_or_default();
        if used > width {
            break;
        }
        start.push(char);
    }
    start + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let mut table = Table {
            head: vec!["id".to_owned(), "n".to_owned(), "title".to_owned()],
            rows: Vec::new(),
            colour: false,
            room: None,
        };
        table.row(["минфин".into(), Cell::number("7"), "Финансы".into()]);
        table.row(["x".into(), Cell::number("100"), "手机".into()]);
        assert_eq!(table.text(), "id      n    title\nминфин    7  Финансы\nx       100  手机\n");
    }

    #[test]
    fn a_narrow_terminal_clips_what_is_long_and_leaves_the_first_column_whole() {
        let mut table = Table { room: Some(30), colour: false, ..Table::pairs() };
        table.row(["0123456789abcdef".into(), "手机手机手机手机手机".into(), "ok".into()]);
        assert_eq!(table.text(), "0123456789abcdef  手机手…   ok\n");
        assert!(table.text().lines().all(|line| line.width() <= 30));
        table.room = Some(5);
        assert!(table.text().starts_with("0123456789abcdef  手机手…"), "{}", table.text());
        table.room = None;
        assert!(table.text().contains("手机手机手机手机手机  ok"));
    }
}
