//! QR codes as SVG, drawn here and nowhere else: a key never leaves this host to become a picture.

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, QRCode};

/// Modules of white around the code that ISO/IEC 18004 §9.1 asks for, so that readers find it on any background.
const QUIET_ZONE: usize = 4;

/// A QR code of `text` as one SVG element: black on white in every theme, quiet zone included, sized by the style sheet.
/// Error correction level M; L where the text is too long for it (about 2,300 bytes). `None` when it is too long for any
/// QR code (about 2,900 bytes).
#[must_use]
pub fn svg(text: &str) -> Option<String> {
    let at = |level| QRBuilder::new(text).ecl(level).build().ok();
    let code = at(ECL::M).or_else(|| at(ECL::L))?;
    let side = code.size + 2 * QUIET_ZONE;
    Some(format!(
        "<svg class=\"qr-code\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\" aria-hidden=\"true\" focusable=\"false\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{}\" fill=\"#000\"/></svg>",
        path(&code)
    ))
}

/// The dark modules as one path, each run of a row as one rectangle.
fn path(code: &QRCode) -> String {
    let mut path = String::with_capacity(8 * 1024);
    for y in 0..code.size {
        let dark = |x: usize| code.data.get(y * code.size + x).is_some_and(|module| module.value());
        let mut x = 0;
        while x < code.size {
            let start = x;
            while x < code.size && dark(x) {
                x += 1;
            }
            if x > start {
                let run = x - start;
                let pieces = [("M", start + QUIET_ZONE), (" ", y + QUIET_ZONE), ("h", run), ("v1h-", run)];
                for (before, number) in pieces {
                    path.push_str(before);
                    push(&mut path, number);
                }
                path.push('z');
            }
            x += 1;
        }
    }
    path
}

/// Writes a number. There are a thousand of them in a picture, and formatting takes longer than finding them.
fn push(path: &mut String, number: usize) {
    if number >= 10 {
        push(path, number / 10);
    }
    path.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "otpauth://totp/Acme%20Mail:jana%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20Mail&algorithm=SHA1&digits=6&period=30";

    /// The modules of a picture, quiet zone included: `true` is dark.
    fn modules(svg: &str) -> Vec<Vec<bool>> {
        let side: usize = between(svg, "viewBox=\"0 0 ", " ").parse().unwrap();
        let mut modules = vec![vec![false; side]; side];
        for run in between(svg, " d=\"M", "\"").split('M') {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (length, _) = rest.split_once('v').unwrap();
            let (x, length): (usize, usize) = (x.parse().unwrap(), length.parse().unwrap());
            modules[y.parse::<usize>().unwrap()][x..x + length].fill(true);
        }
        modules
    }

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).unwrap().1.split_once(end).unwrap().0
    }

    #[test]
    fn the_picture_shows_the_code_inside_its_quiet_zone() {
        let code = QRBuilder::new(URI).ecl(ECL::M).build().unwrap();
        let modules = modules(&svg(URI).unwrap());
        assert_eq!(modules.len(), code.size + 8);
        for (y, row) in modules.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let inside = (4..code.size + 4).contains(&x) && (4..code.size + 4).contains(&y);
                let expected = inside && code.data[(y - 4) * code.size + x - 4].value();
                assert_eq!(*dark, expected, "module {x}, {y}");
            }
        }
    }

    #[test]
    fn the_picture_is_black_on_white_without_any_style_of_its_own() {
        let svg = svg(URI).unwrap();
        assert!(svg.contains("fill=\"#fff\"/>") && svg.contains("fill=\"#000\"/>"));
        assert!(!svg.contains("style"), "the content policy would drop it");
        assert!(!svg.starts_with("<svg width"), "the style sheet sizes it");
    }

    #[test]
    fn a_text_that_no_code_can_hold_is_refused() {
        assert_eq!(svg(&"x".repeat(3000)), None);
    }
}
