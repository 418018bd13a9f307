//! The register as a table: columns by their names in English or Russian, cells as people write them. Nothing here knows what is stored.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use jiff::tz::TimeZone;
use muster_proto::money::smallest_units;
use muster_proto::time::Day;
use schemars::JsonSchema;
use serde::Serialize;

use super::AssetChange;
use super::columns::{BUDGETS, COLUMNS, Column, LIVES, OWN, PLATFORMS, word};
use crate::error::ActionError;
use crate::inventory::{Encoding, line_of, moment};
use crate::problems::Code;

/// Longest file that is taken in.
pub const MAX_FILE: usize = crate::inventory::MAX_FILE;
/// Most lines that are taken in.
pub const MOST_LINES: usize = 100_000;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// A phone on each line.
    pub lines: Vec<Line>,
    /// Lines that can't be read.
    pub refused: Vec<RefusedLine>,
    /// Columns that nothing is known of.
    pub ignored: Vec<String>,
}

/// What a line says of a phone.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// Where it stands in the file.
    pub number: u64,
    /// The organisation: its id, or what it is called.
    pub org: Option<String>,
    /// Everything else. Numbers, life and organisation are never taken away by an empty cell.
    pub change: AssetChange,
}

/// A line that is not taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedLine {
    /// The line.
    pub line: u64,
    /// The column, where it is one column's fault.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// Reads a file, as spreadsheets write it: in UTF-8 or windows-1251, with a comma, a semicolon, a tab or a bar between cells.
///
/// # Errors
/// The first line names neither a tag nor a serial number, or one column twice; there are too many lines.
pub(super) fn read(bytes: &[u8]) -> Result<Sheet, ActionError> {
    let encoding = encoding(bytes)?;
    let text = encoding.read(bytes)?;
    let text = &*text;
    let hole = matches!(encoding, Encoding::Windows1251).then(|| text.find(char::REPLACEMENT_CHARACTER));
    if let Some(at) = hole.flatten() {
        return Err(wrong_letters(
            &text.as_bytes()[..at],
            "has a letter that windows-1251 has not, and is not UTF-8",
        ));
    }
    let mut reader = ReaderBuilder::new().delimiter(delimiter(text)).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|_| wrong_columns("the first line is not a row of a table"))?.clone();
    let mut sheet = Sheet::default();
    let columns = columns(&head, &mut sheet.ignored)?;
    for record in reader.records() {
        let read = match &record {
            Ok(record) => line(&columns, record, line_of(text, record.position())),
            Err(error) => Err(no_row(text, error)),
        };
        match read {
            Ok(Some(line)) => sheet.lines.push(line),
            Ok(None) => {}
            Err(refused) => sheet.refused.push(refused),
        }
        if sheet.lines.len() + sheet.refused.len() > MOST_LINES {
            let detail = format!("nothing was imported: more than {MOST_LINES} lines; send it in parts");
            return Err(ActionError::invalid(Code::RegisterRows, detail));
        }
    }
    Ok(sheet)
}

/// In which encoding a file is: one that is UTF-8 but for a byte here and there is none of windows-1251.
fn encoding(bytes: &[u8]) -> Result<Encoding, ActionError> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(wrong_letters(&[], "begins as UTF-16 does; save the table as CSV in UTF-8"));
    }
    let Err(error) = std::str::from_utf8(bytes) else { return Ok(Encoding::Utf8) };
    let (mut letters, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    if letters > wrong {
        return Err(wrong_letters(&bytes[..error.valid_up_to()], "is not UTF-8, though the others are"));
    }
    Ok(Encoding::Windows1251)
}

/// What is wrong with the line that follows on `before`.
fn wrong_letters(before: &[u8], what: &str) -> ActionError {
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    ActionError::invalid(Code::RegisterRows, format!("line {line} {what}; nothing was imported"))
}

/// What stands most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let bare: Vec<u8> = head.split('"').step_by(2).flat_map(str::bytes).collect();
    let count = |sign: u8| bare.iter().filter(|byte| **byte == sign).count();
    // of two that stand as often the later one counts
    b"|\t,;".iter().copied().max_by_key(|sign| count(*sign)).unwrap_or(b';')
}

fn columns(head: &StringRecord, ignored: &mut Vec<String>) -> Result<Vec<Option<Column>>, ActionError> {
    let mut columns: Vec<Option<Column>> = Vec::with_capacity(head.len());
    for title in head {
        let plain = plain(title);
        let named = |(_, word, others): &&(Column, &str, &[&str])| {
            word.replace('_', " ") == plain || others.iter().any(|other| *other == plain)
        };
        let column = COLUMNS.iter().find(named).map(|(column, ..)| *column);
        if let Some(column) = column.filter(|column| columns.contains(&Some(*column))) {
            return Err(wrong_columns(&format!("more than one column says the {}", word(column))));
        }
        if column.is_none() && !plain.is_empty() && !OWN.contains(&plain.as_str()) && ignored.len() < 100 {
            ignored.push(title.trim().chars().take(64).collect());
        }
        columns.push(column);
    }
    if !columns.contains(&Some(Column::Tag)) && !columns.contains(&Some(Column::Serial)) {
        return Err(wrong_columns(
            "no column is called `tag` or `serial` (инвентарный номер, серийный номер); the first line has to name the columns",
        ));
    }
    Ok(columns)
}

/// The phone of a line; none where every cell is empty.
fn line(columns: &[Option<Column>], record: &StringRecord, number: u64) -> Result<Option<Line>, RefusedLine> {
    if record.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    let mut line = Line { number, org: None, change: AssetChange::default() };
    let mut cost = None;
    for (column, cell) in columns.iter().zip(record) {
        let Some(column) = *column else { continue };
        let refused =
            |reason: String| RefusedLine { line: number, column: Some(word(column).to_owned()), reason };
        if cell.contains(['\r', '\n']) {
            return Err(refused("a line break in a cell, or a quote that is not closed".to_owned()));
        }
        let cell = Some(bare(cell)).filter(|cell| !cell.is_empty());
        match column {
            Column::Cost => cost = Some(cell),
            column => line.take(column, cell).map_err(refused)?,
        }
    }
    line.priced(cost).map_err(|(column, reason)| RefusedLine {
        line: number,
        column: Some(word(column).to_owned()),
        reason,
    })?;
    Ok(Some(line))
}

impl Line {
    /// What is said of the cost, of which the currency is read already. How many digits it has behind the point only its currency says, and the
    /// one that is stored may be another: so both stand on one line.
    fn priced(&mut self, cost: Option<Option<&str>>) -> Result<(), (Column, String)> {
        let change = &mut self.change;
        let currency = change.currency.as_ref().and_then(Option::as_deref);
        change.cost = match (cost, currency) {
            (Some(Some(cell)), Some(currency)) => {
                Some(Some(smallest_units(cell, currency).map_err(|why| (Column::Cost, why.to_string()))?))
            }
            (Some(Some(_)), None) => {
                return Err((Column::Cost, "a cost needs its currency on the same line, as RUB".to_owned()));
            }
            (None, Some(_)) => {
                return Err((Column::Currency, "a currency needs its cost on the same line".to_owned()));
            }
            (Some(None), _) => Some(None),
            (None, None) => None,
        };
        Ok(())
    }

    fn take(&mut self, column: Column, cell: Option<&str>) -> Result<(), String> {
        let text = || cell.map(str::to_owned);
        let change = &mut self.change;
        match column {
            Column::Tag => change.tag = text().map(Some),
            Column::Serial => change.serial = text().map(Some),
            Column::Org => self.org = text(),
            Column::Carrier => change.carrier = Some(text()),
            Column::CarrierId => change.carrier_id = Some(text()),
            Column::Maker => change.maker = Some(text()),
            Column::Model => change.model = Some(text()),
            Column::Note => change.note = Some(text()),
            Column::Platform => change.platform = Some(cell.map(|cell| listed(cell, PLATFORMS)).transpose()?),
            Column::Life => change.life = cell.map(|cell| listed(cell, LIVES)).transpose()?,
            Column::Budget => change.budget = Some(cell.map(|cell| listed(cell, BUDGETS)).transpose()?),
            Column::ReplaceBy => change.replace_by = Some(cell.map(day).transpose()?),
            Column::Currency => change.currency = Some(cell.map(currency)),
            Column::Cost => {}
        }
        Ok(())
    }
}

/// A word of a closed list, in English or Russian.
fn listed<T: Copy + std::str::FromStr<Err = super::NoWord>>(
    cell: &str,
    russian: &[(&str, T)],
) -> Result<T, String> {
    let plain = plain(cell);
    match russian.iter().find(|(word, _)| *word == plain) {
        Some((_, one)) => Ok(*one),
        None => plain.replace(' ', "-").parse().map_err(|error: super::NoWord| error.to_string()),
    }
}

fn day(cell: &str) -> Result<Day, String> {
    let at = moment(cell, &TimeZone::UTC).filter(|at| at.millis() > 0);
    let days = at.and_then(|at| u32::try_from(at.millis() / 86_400_000).ok());
    days.and_then(Day::from_days).ok_or_else(|| "a day as 2027-12-31 or 31.12.2027".to_owned())
}

fn currency(cell: &str) -> String {
    match cell.to_lowercase().trim_end_matches('.') {
        "руб" | "рублей" | "₽" => "RUB".to_owned(),
        _ => cell.to_uppercase(),
    }
}

/// A cell without the space around it, and without the apostrophe that keeps spreadsheets from taking it for a formula.
fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    let guarded =
        cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']));
    guarded.unwrap_or(cell)
}

/// Small letters, one space between words.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['_', '-', '\u{a0}'], " ").replace('ё', "е");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn wrong_columns(why: &str) -> ActionError {
    ActionError::invalid(Code::RegisterColumns, why)
}

/// Where the file is no table, without what stands there.
fn no_row(text: &str, error: &csv::Error) -> RefusedLine {
    let reason = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns instead of {expected_len}")
        }
        _ => "not a row of a table".to_owned(),
    };
    RefusedLine { line: line_of(text, error.position()), column: None, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{AssetPlatform, Life};
    use proptest::prelude::*;

    #[test]
    fn what_is_in_no_encoding_of_ours_is_refused_with_its_line() {
        let old = |text: &str| -> Vec<u8> {
            let byte = |letter: char| match u32::from(letter) {
                code @ 0x410..=0x44f => u8::try_from(code - 0x410 + 0xc0).unwrap(),
                0x451 => 0xb8,
                code => u8::try_from(code).unwrap(),
            };
            text.chars().map(byte).collect()
        };
        // some of its pairs of letters are UTF-8 by chance
        let table = old("tag;carrier\nA-1;Сёмин Тёма\nA-2;Рёмин Пётр\n");
        let read_all = read(&table).unwrap();
        assert_eq!(read_all.lines[0].change.carrier, Some(Some("Сёмин Тёма".to_owned())));
        let refused = |bytes: &[u8]| match read(bytes) {
            Err(ActionError::Invalid { detail, .. }) => detail,
            other => panic!("{:?}", other.is_ok()),
        };
        let mut broken = "tag;carrier\nA-1;Иванов\nA-2;Пет".as_bytes().to_vec();
        broken.extend(b"\xf0");
        broken.extend("ов\n".as_bytes());
        assert!(refused(&broken).starts_with("line 3 is not UTF-8"), "{}", refused(&broken));
        let mut hole = old("tag;carrier\nA-1;Иванов ");
        hole.extend(b"\x98\n");
        assert!(refused(&hole).starts_with("line 2 has a letter"), "{}", refused(&hole));
        assert!(refused(b"\xff\xfet\0a\0g\0").contains("UTF-16"));
    }

    #[test]
    fn a_table_of_a_russian_spreadsheet_is_read() {
        let text = "Инвентарный номер;Серийный номер;Владелец;Платформа;Состояние;Заменить до;Стоимость;Валюта;Отдел\r\n\
                    МФ-1;S1;Иванов И.И.;iOS;выдан;31.12.2026;12 345,6;руб.;7\r\n;;;;;;;;\r\nМФ-2;;;;;;;;\r\n";
        let sheet = read(text.as_bytes()).unwrap();
        assert_eq!(
            (sheet.ignored.as_slice(), sheet.refused.as_slice()),
            (&["Отдел".to_owned()][..], &[][..])
        );
        let [first, second] = sheet.lines.as_slice() else { panic!("{:?}", sheet.lines) };
        let change = &first.change;
        assert_eq!((first.number, second.number), (2, 4));
        assert_eq!(change.carrier, Some(Some("Иванов И.И.".to_owned())));
        assert_eq!((change.platform, change.life), (Some(Some(AssetPlatform::Ios)), Some(Life::HandedOut)));
        assert_eq!(
            (change.cost, change.currency.clone()),
            (Some(Some(1_234_560)), Some(Some("RUB".to_owned())))
        );
        assert_eq!(change.replace_by.flatten().map(|day| day.to_string()).as_deref(), Some("2026-12-31"));
        let empty = &second.change;
        assert_eq!((empty.serial.as_ref(), empty.life, empty.carrier.as_ref()), (None, None, Some(&None)));
    }

    #[test]
    fn every_bad_cell_is_named() {
        let text = "tag,life,platform,replace_by,cost,currency,budget\na,gone,,,,,\nb,,palm,,,,\nc,,,soon,,,\nd,,,,1.234,RUB,\ne\n\
                    f,,,,,,mine\ng,,,,12,JPY,\nh,,,,4500,,\n";
        let sheet = read(text.as_bytes()).unwrap();
        let named: Vec<_> = sheet.refused.iter().map(|one| (one.line, one.column.as_deref())).collect();
        let part = |line, column| (line, Some(column));
        let wanted = [
            part(2, "life"),
            part(3, "platform"),
            part(4, "replace_by"),
            part(5, "cost"),
            (6, None),
            part(7, "budget"),
            part(9, "cost"),
        ];
        assert_eq!(named, wanted);
        assert_eq!(sheet.lines.len(), 1);
        assert_eq!(sheet.lines[0].change.cost, Some(Some(12)), "yen have nothing behind the point");
    }

    #[test]
    fn a_cost_and_its_currency_stand_on_one_line() {
        for (table, column) in [("tag;cost\nA-1;4500\n", "cost"), ("tag;currency\nA-1;JPY\n", "currency")] {
            let sheet = read(table.as_bytes()).unwrap();
            let [refused] = sheet.refused.as_slice() else { panic!("{sheet:?}") };
            assert_eq!((refused.line, refused.column.as_deref()), (2, Some(column)));
            assert!(refused.reason.contains("on the same line"), "{}", refused.reason);
        }
        let gone = read(b"tag;cost;currency\nA-1;;\n").unwrap().lines.remove(0).change;
        assert_eq!((gone.cost, gone.currency), (Some(None), Some(None)), "both are taken away");
        let none = read(b"tag;note\nA-1;x\n").unwrap().lines.remove(0).change;
        assert_eq!((none.cost, none.currency), (None, None));
    }

    #[test]
    fn columns_are_told_apart() {
        for wrong in ["", "carrier;org\n", "tag;Asset Tag\n", "id,life\n"] {
            let refused = read(wrong.as_bytes()).unwrap_err().problem();
            assert_eq!(refused.code, "register-columns", "{wrong}");
        }
        let own = read(b"tag\tid\tlast_contact\nx\ty\tz\n").unwrap();
        assert!(own.ignored.is_empty() && own.lines.len() == 1);
        let old: &[u8] = b"\xc8\xed\xe2\xe5\xed\xf2\xe0\xf0\xed\xfb\xe9 \xed\xee\xec\xe5\xf0\n\xcc\xd4-1\n";
        let tag = read(old).unwrap().lines.remove(0).change.tag;
        assert_eq!(tag, Some(Some("МФ-1".to_owned())), "windows-1251");
    }

    #[test]
    fn too_many_lines_are_refused() {
        let text = format!("tag\n{}", "a\n".repeat(MOST_LINES + 1));
        assert_eq!(read(text.as_bytes()).unwrap_err().problem().code, "register-rows");
    }

    proptest! {
        #[test]
        fn nothing_stops_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let _ = read(&[b"tag;cost;replace_by;currency\n".to_vec(), bytes].concat());
        }
    }
}
