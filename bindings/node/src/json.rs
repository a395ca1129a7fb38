//! JSON, written as it comes: answers are small, known in shape, and made for every call.

use core::fmt::{Display, Write as _};

use mfakit::UnixTime;

/// What can be told to JavaScript as the fields of an object.
pub(crate) trait Answer {
    /// Writes the fields.
    fn write(&self, to: &mut Object<'_>);
}

impl Answer for () {
    fn write(&self, _: &mut Object<'_>) {}
}

/// An object that is being written.
///
/// Numbers of 64 bits are written as texts and bytes in hexadecimal: `lib/revive.cts` knows by their names what they are.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl Object<'_> {
    /// Writes an object at the end of `out`.
    pub(crate) fn write(out: &mut String, fields: impl FnOnce(&mut Object<'_>)) {
        out.push('{');
        let mut object = Object { out, empty: true };
        fields(&mut object);
        object.out.push('}');
    }

    fn key(&mut self, key: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    /// A text.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        text(self.key(key), value);
    }

    /// A text that needs no escape, such as a number of 64 bits or a handle.
    pub(crate) fn plain(&mut self, key: &str, value: impl Display) {
        let out = self.key(key);
        let _ = write!(out, "\"{value}\"");
    }

    /// A number of at most 32 bits.
    pub(crate) fn number(&mut self, key: &str, value: u32) {
        let out = self.key(key);
        let _ = write!(out, "{value}");
    }

    /// Whether something is so.
    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        self.key(key).push_str(if value { "true" } else { "false" });
    }

    /// An instant, in seconds.
    pub(crate) fn time(&mut self, key: &str, value: UnixTime) {
        let out = self.key(key);
        let _ = write!(out, "{}", value.seconds());
    }

    /// An instant, or `null`.
    pub(crate) fn time_or_null(&mut self, key: &str, value: Option<UnixTime>) {
        match value {
            Some(value) => self.time(key, value),
            None => self.null(key),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&mut self, key: &str, value: &[u8]) {
        let out = self.key(key);
        out.push('"');
        hex(out, value);
        out.push('"');
    }

    /// Nothing.
    pub(crate) fn null(&mut self, key: &str) {
        self.key(key).push_str("null");
    }

    /// An object.
    pub(crate) fn object(&mut self, key: &str, fields: impl FnOnce(&mut Object<'_>)) {
        Object::write(self.key(key), fields);
    }

    /// A list, each item of which `write` writes.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut String, T),
    ) {
        list(self.key(key), items, write);
    }

    /// A list of objects.
    pub(crate) fn objects<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut fields: impl FnMut(&mut Object<'_>, T),
    ) {
        self.list(key, items, |out, item| {
            Object::write(out, |object| fields(object, item));
        });
    }
}

/// Writes a list.
pub(crate) fn list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Writes a text, with quotes.
pub(crate) fn text(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

/// Reads bytes in hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(digit(high)? * 16 + digit(low)?).ok())
        .collect()
}
