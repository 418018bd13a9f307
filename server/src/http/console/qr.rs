//! QR codes on pages.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around a code, without which readers don't find it.
const MARGIN: usize = 4;

/// A QR code as a drawing: dark on light on paper and on every screen. None for a text that is too long for one.
#[must_use]
pub fn code(text: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
    let path: String =
        dark.map(|(nth, _)| format!("M{} {}h1v1h-1z", nth % width + MARGIN, nth / width + MARGIN)).collect();
    let side = width + 2 * MARGIN;
    Some(html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } width="240" height="240" shape-rendering="crispEdges" role="img" aria-label="QR" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_margin_and_a_long_text_has_none() {
        let svg = code("muster").unwrap().into_string();
        assert!(svg.contains("viewBox=\"0 0 29 29\"") && svg.contains("M4 4h1v1h-1z"), "{svg}");
        assert!(!svg.contains("M3 ") && !svg.contains("M25 25h"), "{svg}");
        assert!(code(&"x".repeat(3000)).is_none());
    }
}
