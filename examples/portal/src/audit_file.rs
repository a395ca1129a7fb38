//! The audit list as a file: CSV for spreadsheets (RFC 4180), JSON for programs (RFC 8259).

use core::fmt::Write as _;

use mfakit::AuditEntry;

use crate::when::When;

/// What the file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Json,
}

impl Format {
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "seaside-library-audit.csv",
            Self::Json => "seaside-library-audit.json",
        }
    }

    pub(crate) const fn head(self) -> &'static str {
        match self {
            Self::Csv => {
                "id,position,time,event,text,person,account,service,actor,reason,fault\r\n"
            }
            Self::Json => "[\n",
        }
    }

    pub(crate) const fn tail(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "\n]\n",
        }
    }

    /// Adds an entry.
    pub(crate) fn write(
        self,
        text: &mut String,
        entry: &AuditEntry,
        person: Option<&str>,
        is_first: bool,
    ) {
        let event = entry.event.as_ref();
        let account = entry.account.as_ref();
        let account =
            account.map(|account| String::from_utf8_lossy(account.as_bytes()).into_owned());
        let fields: [(&str, Option<String>); 11] = [
            ("id", Some(entry.id.to_string())),
            ("position", Some(entry.position.to_string())),
            ("time", event.map(|event| When::exactly(event.at).machine)),
            ("event", event.map(|event| event.kind.name().to_owned())),
            ("text", event.map(|event| event.kind.to_string())),
            ("person", person.map(str::to_owned)),
            ("account", account),
            ("service", entry.activation.map(|handle| handle.to_string())),
            (
                "actor",
                event
                    .and_then(|event| event.actor.as_ref())
                    .map(|actor| actor.as_str().to_owned()),
            ),
            (
                "reason",
                event
                    .and_then(|event| event.reason.as_ref())
                    .map(|reason| reason.as_str().to_owned()),
            ),
            ("fault", entry.fault.map(|fault| format!("{fault:?}"))),
        ];
        match self {
            Self::Csv => {
                let cells = fields.map(|(_, value)| csv(&value.unwrap_or_default()));
                text.push_str(&cells.join(","));
                text.push_str("\r\n");
            }
            Self::Json => {
                if !is_first {
                    text.push_str(",\n");
                }
                let members = fields.map(|(name, value)| {
                    let value = value.map_or_else(|| "null".to_owned(), |value| json(&value));
                    format!("{}:{value}", json(name))
                });
                text.push('{');
                text.push_str(&members.join(","));
                text.push('}');
            }
        }
    }
}

/// A cell, quoted always. Spreadsheets run what begins like a formula, quoted or not: an apostrophe before it keeps it
/// a text (OWASP, CSV injection).
fn csv(value: &str) -> String {
    let runs = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guard = if runs { "'" } else { "" };
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}

/// A string (RFC 8259 §7), with what would end a script or a line escaped too.
fn json(value: &str) -> String {
    let mut text = String::with_capacity(value.len().saturating_add(2));
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            '\u{0}'..='\u{1f}' | '<' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::{csv, json};

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(csv(formula), format!("\"'{formula}\""));
        }
        assert_eq!(csv("a \"quoted\", text"), "\"a \"\"quoted\"\", text\"");
        assert_eq!(csv(""), "\"\"");
        assert_eq!(csv("1=1"), "\"1=1\"");
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(
            json("a\"b\\c\n<\u{2028}é"),
            "\"a\\\"b\\\\c\\u000a\\u003c\\u2028é\""
        );
    }
}
