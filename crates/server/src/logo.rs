//! The logo of an application: a small PNG or WebP. An SVG could carry a script, and is none.

use sha2::{Digest as _, Sha256};

/// The largest logo, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// How wide and high it may be, in pixels.
const MOST_PIXELS: u32 = 1024;

/// Why a file is no logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALogo {
    /// Neither PNG nor WebP.
    #[error("a logo has to be a PNG or a WebP; an SVG could carry a script")]
    Kind,
    /// More than [`LARGEST`] bytes.
    #[error("a logo has at most {LARGEST} bytes")]
    TooLarge,
    /// More pixels than any page needs.
    #[error("a logo is at most {MOST_PIXELS} pixels wide and high; it is shown 28 pixels high")]
    TooManyPixels,
}

/// The name of a logo in its address: the beginning of its hash, and its kind.
///
/// # Errors
/// [`NotALogo`].
pub fn name_of(bytes: &[u8]) -> Result<String, NotALogo> {
    if bytes.len() > LARGEST {
        return Err(NotALogo::TooLarge);
    }
    let (kind, pixels) = match (png(bytes), webp(bytes)) {
        (Some(pixels), _) => ("png", pixels),
        (None, Some(pixels)) => ("webp", pixels),
        (None, None) => return Err(NotALogo::Kind),
    };
    if pixels.into_iter().any(|pixels| pixels == 0 || pixels > MOST_PIXELS) {
        return Err(NotALogo::TooManyPixels);
    }
    let hash: String = Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{hash}.{kind}"))
}

/// The type of a logo of this name.
pub fn content_type(name: &str) -> Option<&'static str> {
    let (hash, kind) = name.split_once('.')?;
    let is_hash = hash.len() == 32 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match kind {
        "png" if is_hash => Some("image/png"),
        "webp" if is_hash => Some("image/webp"),
        _ => None,
    }
}

/// Width and height of a PNG, whose first chunk has them.
fn png(bytes: &[u8]) -> Option<[u32; 2]> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some([u32::from_be_bytes(*width), u32::from_be_bytes(*height)])
}

/// Width and height of a WebP, in each of its three forms.
fn webp(bytes: &[u8]) -> Option<[u32; 2]> {
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let (kind, chunk) = rest.split_first_chunk::<4>()?;
    let chunk = chunk.get(4..)?;
    let at = |place: usize| chunk.get(place).map(|byte| u32::from(*byte));
    match kind {
        b"VP8 " => Some([at(6)? | (at(7)? & 0x3f) << 8, at(8)? | (at(9)? & 0x3f) << 8]),
        b"VP8L" => {
            let bits = at(1)? | at(2)? << 8 | at(3)? << 16 | at(4)? << 24;
            Some([(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1])
        }
        b"VP8X" => {
            Some([(at(4)? | at(5)? << 8 | at(6)? << 16) + 1, (at(7)? | at(8)? << 8 | at(9)? << 16) + 1])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice();
        [head, &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x06\0\0\0"].concat()
    }

    #[test]
    fn a_logo_is_a_small_png_or_webp_and_its_name_says_which() {
        let name = name_of(&png_of(64, 64)).unwrap();
        assert_eq!(content_type(&name), Some("image/png"));
        let lossless = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x3f\xc0\x0f\0".as_slice();
        assert_eq!(webp(lossless), Some([64, 64]));
        assert_eq!(content_type(&name_of(lossless).unwrap()), Some("image/webp"));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\0\x20\0".as_slice();
        assert_eq!(webp(lossy), Some([64, 32]));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\0\0\x1f\0\0".as_slice();
        assert_eq!(webp(extended), Some([64, 32]));
    }

    #[test]
    fn nothing_that_could_run_is_a_logo() {
        for bad in
            [b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(), b"GIF89a", b"<script>", b"", b"RIFF"]
        {
            assert_eq!(name_of(bad), Err(NotALogo::Kind));
        }
        assert_eq!(name_of(&vec![0; LARGEST + 1]), Err(NotALogo::TooLarge));
        assert_eq!(name_of(&png_of(1025, 1)), Err(NotALogo::TooManyPixels));
        assert_eq!(name_of(&png_of(0, 1)), Err(NotALogo::TooManyPixels));
        for bad in
            ["", "x.png", "0123456789abcdef0123456789abcdef.svg", "0123456789abcdef0123456789abcdeF.png"]
        {
            assert_eq!(content_type(bad), None, "{bad}");
        }
    }
}
