//! What others have written, as it may stand in front of people: it moves no cursor, paints nothing, and reads in the order in which it stands.

/// The text on one line.
pub fn printable(text: &str) -> String {
    text.replace(acts, REPLACED)
}

/// Lines for people, in the colours that we paint ourselves.
pub fn printable_lines(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(acts) {
        let (plain, acting) = rest.split_at(at);
        let kept = kept(acting);
        let taken = if kept == 0 { acting.chars().next().map_or(0, char::len_utf8) } else { kept };
        out += plain;
        out += if kept == 0 { REPLACED } else { &acting[..kept] };
        rest = &acting[taken..];
    }
    out + rest
}

const REPLACED: &str = "\u{fffd}";

/// Whether a terminal does something else with it than show it.
fn acts(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many bytes at the start of `text` are a line break, a tab, or a change of colour.
fn kept(text: &str) -> usize {
    if text.starts_with(['\n', '\t']) {
        return 1;
    }
    let Some(codes) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = codes.find(|char: char| !char.is_ascii_digit() && char != ';');
    end.filter(|end| codes[*end..].starts_with('m')).map_or(0, |end| "\u{1b}[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_moves_no_cursor_and_turns_no_text_around() {
        let text = "a\u{1b}[2J\u{9b}1mb\r\n\u{202e}c\u{2066}d\u{7f}\u{7}";
        assert_eq!(
            printable(text),
            "a\u{fffd}[2J\u{fffd}1mb\u{fffd}\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}\u{fffd}"
        );
        assert_eq!(printable("Минфин 手机 \u{200f}"), "Минфин 手机 \u{200f}");
    }

    #[test]
    fn lines_keep_their_breaks_and_our_colours() {
        let ours = "a\tb\n\u{1b}[31m■ failing\u{1b}[0m\n\u{1b}[38;5;16;48;5;231mc\u{1b}[0m\n";
        assert_eq!(printable_lines(ours), ours);
        for (text, shown) in [
            ("\u{1b}[2Ja", "\u{fffd}[2Ja"),
            ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
            ("\u{1b}[31", "\u{fffd}[31"),
            ("a\rb\u{202e}c", "a\u{fffd}b\u{fffd}c"),
        ] {
            assert_eq!(printable_lines(text), shown);
        }
    }
}
