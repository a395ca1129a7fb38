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
    // Where fractions have a comma, spreadsheets cut lines at semicolons, and our quotes mean nothing to them.
    let cells: Vec<String> = shown.split(';').map(no_formula).collect();
    let shown = cells.join(";");
    if shown.contains(['"', ',', ';', '\r', '\n']) {
        format!("\"{}\"", shown.replace('"', "\"\""))
    } else {
        shown
    }
}

fn no_formula(cell: &str) -> String {
    // Also behind white space and quotes, which spreadsheets leave out, and in full width.
    let start = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
    match start.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
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
        for field in ["\u{ff1d}1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}A"] {
            assert_eq!(record(&[field]), format!("'{field}\r\n"));
        }
    }

    #[test]
    fn formulas_behind_a_semicolon_are_texts_too() {
        assert_eq!(record(&["a", "b;=1; +2;c"]), "a,\"b;'=1;' +2;c\"\r\n");
        // An empty pair of quotes, and what stands behind it.
        assert_eq!(record(&["b;\"=1"]), "\"b;'\"\"=1\"\r\n");
    }
}
