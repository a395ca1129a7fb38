//! How browsers reach the portal: its address, its cookie.

use core::fmt;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{people::PersonId, session::SessionId};

/// The public address, if a proxy in front of the portal serves it: `https://portal.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    https: bool,
}

impl Origin {
    /// Reads scheme, host and optional port, as browsers write them in the header `Origin` (RFC 6454 §6.2).
    ///
    /// # Errors
    /// [`OriginError`] for anything else, such as a path, a trailing slash, or upper case.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let https = text.starts_with("https://");
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or(OriginError)?;
        let plain = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':' | '[' | ']')
        };
        if host.is_empty() || !host.chars().all(plain) {
            return Err(OriginError);
        }
        Ok(Self {
            text: text.to_owned(),
            https,
        })
    }
}

/// An origin was not `http://` or `https://` followed by a host in lower case and, maybe, a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginError;

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an origin looks like `https://portal.example.org`, without a path")
    }
}

impl core::error::Error for OriginError {}

/// What the portal needs to know of the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    origin: Option<Origin>,
}

impl Site {
    pub(crate) const fn new(origin: Option<Origin>) -> Self {
        Self { origin }
    }

    /// Whether browsers come by https.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.https)
    }

    /// The public address, if it was given.
    pub(crate) fn address(&self) -> Option<&str> {
        self.origin.as_ref().map(|origin| origin.text.as_str())
    }

    /// Whether a form came from one of our own pages, as far as the browser says.
    ///
    /// Browsers send `Origin` with every POST and most send `Sec-Fetch-Site`; what is there must be right. A client that
    /// sends neither is no browser, and the token in the form stands alone.
    pub(crate) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let site_fits = single(headers, "sec-fetch-site")
            .is_ok_and(|value| value.is_none_or(|value| matches!(value, "same-origin" | "none")));
        let origin_fits = single(headers, header::ORIGIN.as_str()).is_ok_and(|value| {
            value.is_none_or(|origin| match &self.origin {
                Some(own) => origin == own.text,
                // Not told its address, the portal is where the browser thinks it is.
                None => single(headers, header::HOST.as_str())
                    .ok()
                    .flatten()
                    .is_some_and(|host| origin.strip_prefix("http://") == Some(host)),
            })
        });
        site_fits && origin_fits
    }

    /// The session in the request's cookie. Two of ours are none: one of them was planted.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<SessionId> {
        SessionId::parse(only(headers, self.session_name())?)
    }

    /// The token by which this browser is remembered for a person, if it is.
    ///
    /// Each person has a cookie of their own, so that people who share a browser do not forget each other.
    pub(crate) fn device<'a>(&self, headers: &'a HeaderMap, person: PersonId) -> Option<&'a str> {
        only(headers, &self.device_name(person))
    }

    /// The header that lets the browser be remembered, for some days.
    pub(crate) fn set_device(
        &self,
        person: PersonId,
        token: &str,
        days: u32,
    ) -> Option<HeaderValue> {
        let age = u64::from(days).saturating_mul(24 * 60 * 60);
        self.cookie(
            &self.device_name(person),
            token,
            &format!("; Max-Age={age}"),
        )
    }

    /// The header that gives the browser its session.
    pub(crate) fn set_cookie(&self, id: &SessionId) -> Option<HeaderValue> {
        self.cookie(self.session_name(), &id.cookie_value(), "")
    }

    /// The header that takes the session away.
    pub(crate) fn clear_cookie(&self) -> Option<HeaderValue> {
        self.cookie(self.session_name(), "", "; Max-Age=0")
    }

    /// `Lax`, not `Strict`: after a click on a link in a mail a strict cookie stays at home, the portal would take the
    /// person for a stranger, and its new cookie would end their session. Forms are guarded by their own token.
    ///
    /// `Secure` only over https: browsers drop a secure cookie that a plain `http://127.0.0.1` sets, some for localhost
    /// too. The prefix `__Host-` (RFC 6265bis §4.1.3.2) keeps sibling hosts from planting a session.
    fn cookie(&self, name: &str, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn session_name(&self) -> &'static str {
        if self.is_https() {
            "__Host-portal-session"
        } else {
            "portal-session"
        }
    }

    fn device_name(&self, person: PersonId) -> String {
        let prefix = if self.is_https() { "__Host-" } else { "" };
        format!("{prefix}portal-device-{}", person.number())
    }
}

/// The cookie of this name. Two of them are none: one was planted.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut ours = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(cookie, _)| *cookie == name);
    match (ours.next(), ours.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// A header's value; an error if it is there twice or is no text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Origin, Site};
    use crate::{people::PersonId, session::SessionId};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        let plain = Site::new(None);
        let proxied = Site::new(Some(Origin::parse("https://portal.example").unwrap()));
        let host = ("host", "127.0.0.1:8080");
        for (own, site, pairs) in [
            (true, &plain, vec![host]),
            (
                true,
                &plain,
                vec![host, ("origin", "http://127.0.0.1:8080")],
            ),
            (true, &plain, vec![host, ("sec-fetch-site", "same-origin")]),
            (
                false,
                &plain,
                vec![host, ("origin", "http://127.0.0.1:8081")],
            ),
            (
                false,
                &plain,
                vec![host, ("origin", "https://127.0.0.1:8080")],
            ),
            (false, &plain, vec![host, ("origin", "null")]),
            (false, &plain, vec![("origin", "http://127.0.0.1:8080")]),
            (false, &plain, vec![host, ("sec-fetch-site", "cross-site")]),
            (false, &plain, vec![host, ("sec-fetch-site", "same-site")]),
            (
                true,
                &proxied,
                vec![host, ("origin", "https://portal.example")],
            ),
            (
                false,
                &proxied,
                vec![host, ("origin", "http://portal.example")],
            ),
            (
                false,
                &proxied,
                vec![host, ("origin", "http://127.0.0.1:8080")],
            ),
        ] {
            assert_eq!(site.is_own_page(&headers(&pairs)), own, "{pairs:?}");
        }
        let mut twice = headers(&[host, ("origin", "http://127.0.0.1:8080")]);
        twice.append("origin", HeaderValue::from_static("http://evil.example"));
        assert!(!plain.is_own_page(&twice));
    }

    #[test]
    fn cookies_say_what_they_must() {
        let id = SessionId::generate().unwrap();
        let value = id.cookie_value();
        let plain = Site::new(None);
        assert_eq!(
            plain.set_cookie(&id).unwrap(),
            format!("portal-session={value}; Path=/; HttpOnly; SameSite=Lax").as_str()
        );
        let https = Site::new(Some(Origin::parse("https://portal.example").unwrap()));
        assert_eq!(
            https.set_cookie(&id).unwrap(),
            format!("__Host-portal-session={value}; Path=/; HttpOnly; SameSite=Lax; Secure")
                .as_str()
        );
    }

    #[test]
    fn a_device_is_remembered_for_one_person() {
        let (me, other) = (PersonId::parse("3").unwrap(), PersonId::parse("4").unwrap());
        let https = Site::new(Some(Origin::parse("https://portal.example").unwrap()));
        assert_eq!(
            https.set_device(me, "token", 30).unwrap(),
            "__Host-portal-device-3=token; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000"
        );
        let sent = headers(&[("cookie", "portal-device-3=token; portal-device-33=else")]);
        let plain = Site::new(None);
        assert_eq!(plain.device(&sent, me), Some("token"));
        assert_eq!(plain.device(&sent, other), None);
        assert_eq!(https.device(&sent, me), None);
        // What no header can hold is no cookie.
        assert_eq!(plain.set_device(me, "a\nb", 1), None);
    }

    #[test]
    fn two_session_cookies_are_no_session() {
        let site = Site::new(None);
        let id = SessionId::generate().unwrap();
        let pair = format!("portal-session={}", id.cookie_value());
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", HeaderValue::from_str(text).unwrap());
            site.session(&headers)
        };
        assert!(read(&format!("a=b; {pair}; c=d")) == Some(id));
        assert!(read(&format!("{pair}; {pair}")).is_none());
        assert!(read("portal-session=").is_none());
        assert!(read("x=y").is_none());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for good in [
            "https://a.example",
            "http://localhost:8080",
            "http://[::1]:80",
        ] {
            assert!(Origin::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://",
            "a.example",
            "https://a.example/",
            "https://A",
            "ftp://a",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
