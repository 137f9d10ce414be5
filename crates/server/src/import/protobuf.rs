//! As much of the protobuf wire format as a QR code of Google Authenticator uses.

/// A field: its number and its value.
pub(crate) enum Field<'a> {
    /// A number.
    Number(u64, u64),
    /// Text, bytes, or a message.
    Bytes(u64, &'a [u8]),
}

/// The fields of a message, one after the other; `None` ends them, and an error is the end of what can be read.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, Broken> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(Broken)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(Broken)?;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Broken)
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], Broken> {
        let length = usize::try_from(length).map_err(|_| Broken)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Broken)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn field(&mut self) -> Result<Field<'a>, Broken> {
        let head = self.varint()?;
        let number = head >> 3;
        match head & 7 {
            0 => Ok(Field::Number(number, self.varint()?)),
            1 => self.bytes(8).map(|bytes| Field::Bytes(number, bytes)),
            2 => {
                let length = self.varint()?;
                self.bytes(length).map(|bytes| Field::Bytes(number, bytes))
            }
            5 => self.bytes(4).map(|bytes| Field::Bytes(number, bytes)),
            _ => Err(Broken),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
