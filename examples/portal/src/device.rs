//! What a browser calls itself, in words by which its owner knows it again.

use axum::http::{HeaderMap, header};
use mfakit::{Label, TextError};

/// A name such as `Firefox on Linux`, from the header `User-Agent`.
///
/// It is a help to the eye and proves nothing: the header is whatever the client says.
pub(crate) fn name(headers: &HeaderMap) -> Result<Label, TextError> {
    let said = headers.get(header::USER_AGENT);
    let said = said
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let among = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(mark, _)| said.contains(mark));
        found.map(|(_, name)| *name)
    };
    let browser = among(&BROWSERS).unwrap_or("A browser");
    match among(&SYSTEMS) {
        Some(system) => Label::new(&format!("{browser} on {system}")),
        None => Label::new(browser),
    }
}

/// In this order, since most call themselves by the names of others too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::name;

    #[test]
    fn browsers_are_told_apart_and_anything_else_is_a_browser() {
        for (said, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("<script>alert(1)</script>", "A browser"),
            ("", "A browser"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("user-agent", HeaderValue::from_str(said).unwrap());
            assert_eq!(name(&headers).unwrap().as_str(), expected);
        }
        assert_eq!(name(&HeaderMap::new()).unwrap().as_str(), "A browser");
    }
}
