//! Forms as browsers send them (`application/x-www-form-urlencoded`), read strictly.
//!
//! Fields are pairs `name=value` between `&`; `+` is a space, `%XX` a byte; the result is UTF-8 without NUL.
//! Anything else is refused whole, since no form of the portal sends it.

use core::fmt;

use zeroize::Zeroizing;

/// The fields of a form, in order. Values may be passwords and codes: they are wiped when dropped.
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// Reads a form's body, or the query of an address.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut fields = Vec::new();
        for pair in body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            if fields.len() == MAX_FIELDS {
                return Err(FormError::Malformed);
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(parts.next().unwrap_or_default())?;
            let value = decode(parts.next().unwrap_or_default())?;
            fields.push((name.to_string(), value));
        }
        Ok(Self(fields))
    }

    /// The value of a field that is there exactly once.
    pub(crate) fn one(&self, name: &'static str) -> Result<&str, FormError> {
        self.maybe(name)?.ok_or(FormError::Missing { name })
    }

    /// The value of a field that is there at most once.
    pub(crate) fn maybe(&self, name: &'static str) -> Result<Option<&str>, FormError> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(FormError::Repeated { name }),
        }
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// Why a form was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormError {
    /// The body is no form, is not UTF-8, holds NUL, or has too many fields.
    Malformed,
    /// A field is not there.
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A field is there more than once.
    Repeated {
        /// Its name.
        name: &'static str,
    },
}

fn decode(text: &[u8]) -> Result<Zeroizing<String>, FormError> {
    // Reserved whole, so that growing leaves no copy behind.
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        let byte = match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let digit = char::from(*bytes.next()?).to_digit(16)?;
                    u8::try_from(digit).ok()
                };
                let (high, low) = (digit(), digit());
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(FormError::Malformed);
                };
                high << 4 | low
            }
            byte => byte,
        };
        if byte == 0 {
            return Err(FormError::Malformed);
        }
        decoded.push(byte);
    }
    let text = core::str::from_utf8(&decoded).map_err(|_| FormError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// More than any form of the portal has.
const MAX_FIELDS: usize = 64;

#[cfg(test)]
mod tests {
    use super::{Form, FormError};

    fn form(body: &str) -> Form {
        Form::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn reads_what_browsers_send() {
        let form = form("name=ann+lee&code=12%203&empty=&s=%C3%A9%26%3D&&alone");
        assert_eq!(form.one("name"), Ok("ann lee"));
        assert_eq!(form.one("code"), Ok("12 3"));
        assert_eq!(form.one("empty"), Ok(""));
        assert_eq!(form.one("s"), Ok("é&="));
        assert_eq!(form.one("alone"), Ok(""));
    }

    #[test]
    fn missing_and_repeated_fields_are_named() {
        let form = form("a=1&a=2&b=3");
        assert_eq!(form.one("a"), Err(FormError::Repeated { name: "a" }));
        assert_eq!(form.maybe("a"), Err(FormError::Repeated { name: "a" }));
        assert_eq!(form.one("c"), Err(FormError::Missing { name: "c" }));
        assert_eq!(form.maybe("c"), Ok(None));
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn refuses_nul_broken_escapes_invalid_utf8_and_crowds() {
        let crowd = "a=1&".repeat(65);
        for body in [
            "a=%00", "a=\0", "a=%", "a=%4", "a=%zz", "a=%+1", "a=%ff", "%ff=a", "a=%C3", &crowd,
        ] {
            assert_eq!(
                Form::parse(body.as_bytes()).err(),
                Some(FormError::Malformed)
            );
        }
    }

    #[test]
    fn values_stay_out_of_debug_output() {
        assert_eq!(format!("{:?}", form("password=hunter2")), r#"{"password"}"#);
    }
}
