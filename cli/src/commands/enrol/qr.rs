//! A QR code: on a terminal, and as a picture.

use anyhow::Context as _;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, without which readers don't find it.
const MARGIN: usize = 4;
/// Pixels of a module in a picture.
const SCALE: usize = 8;

/// A code, as modules that are dark or light.
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// Encodes a text, as small as it gets: a screen has no scratches, and phones read large modules from farther away.
    pub fn of(text: &str) -> anyhow::Result<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).with_context(|| {
            format!(
                "what the phone is told has {} bytes, more than a QR code takes (about 2900): \
                 shorten the address of the package or the name of the network",
                text.len()
            )
        })?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width: code.width(), dark })
    }

    /// Columns that it takes on a terminal.
    pub fn side(&self) -> usize {
        self.width + 2 * MARGIN
    }

    /// For a terminal: two modules in each character. With `colour` it is black on white whatever the terminal's colours are.
    pub fn text(&self, colour: bool) -> String {
        let (paint, end) = if colour { ("\u{1b}[38;5;16;48;5;231m", "\u{1b}[0m") } else { ("", "") };
        let side = self.side();
        let mut text = String::new();
        for row in (0..side).step_by(2) {
            text.push_str(paint);
            text.extend((0..side).map(|column| {
                match (self.is_dark(row, column), self.is_dark(row + 1, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                }
            }));
            text.push_str(end);
            text.push('\n');
        }
        text
    }

    /// A picture.
    pub fn png(&self) -> anyhow::Result<Vec<u8>> {
        let side = self.side() * SCALE;
        let mut pixels = Vec::with_capacity(side * side);
        for row in 0..side {
            pixels.extend((0..side).map(
                |column| {
                    if self.is_dark(row / SCALE, column / SCALE) { 0_u8 } else { 255 }
                },
            ));
        }
        let mut file = Vec::new();
        let len = u32::try_from(side).context("draw the QR code")?;
        let mut encoder = png::Encoder::new(&mut file, len, len);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels))
            .context("draw the QR code")?;
        Ok(file)
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < self.width);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => self.dark.get(row * self.width + column).copied().unwrap_or(false),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_margin() {
        let qr = Qr::of("muster").expect("a code");
        assert_eq!(qr.width, 21);
        let lines: Vec<String> = qr.text(false).lines().map(str::to_owned).collect();
        assert_eq!((lines.len(), lines[0].chars().count()), (15, 29));
        assert!(lines[0].trim().is_empty() && lines[1].trim().is_empty(), "four light rows");
        assert!(lines[2].starts_with("    █▀▀▀▀▀█"), "{}", lines[2]);
        let png = qr.png().expect("a picture");
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("it is one");
        assert_eq!((reader.info().width, reader.info().height), (29 * 8, 29 * 8));
    }

    #[test]
    fn what_is_too_long_says_how_long() {
        assert!(Qr::of(&"x".repeat(2900)).is_ok());
        let error = Qr::of(&"x".repeat(3000)).err().expect("it is too long");
        assert!(format!("{error:#}").contains("3000 bytes"), "{error:#}");
    }
}
