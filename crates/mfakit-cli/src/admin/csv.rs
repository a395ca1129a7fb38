//! Comma-separated values (RFC 4180) that a spreadsheet may open.

use crate::text;

/// One record. Texts that a spreadsheet would run as a formula begin with an apostrophe, and what a terminal would
/// obey is escaped.
pub(crate) fn record(fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| harmless(field)).collect();
    format!("{}\r\n", fields.join(","))
}

fn harmless(field: &str) -> String {
    let shown = text::shown(field);
    // Also behind white space, which spreadsheets leave out.
    let formula = shown.trim_start().starts_with(['=', '+', '-', '@']);
    let shown = if formula { format!("'{shown}") } else { shown };
    if shown.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", shown.replace('"', "\"\""))
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        assert_eq!(record(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            record(&["a,b", "say \"x\""]),
            "\"a,b\",\"say \"\"x\"\"\"\r\n"
        );
        assert_eq!(record(&["a\nb"]), "a\\nb\r\n");
    }

    #[test]
    fn formulas_are_texts() {
        for field in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u{3000}=1"] {
            assert_eq!(record(&[field]), format!("'{field}\r\n"));
        }
        assert_eq!(record(&["\t=1"]), "\\t=1\r\n");
        assert_eq!(record(&["=\"a\""]), "\"'=\"\"a\"\"\"\r\n");
    }
}
