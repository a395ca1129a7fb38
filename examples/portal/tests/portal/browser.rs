//! A browser without a screen: one connection per request, a few cookies, and forms read off the page.

use alloc::collections::BTreeMap;
use core::{net::SocketAddr, time::Duration};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

/// A browser at one portal.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    /// `name=value` of the session.
    pub(crate) cookie: Option<String>,
    /// All other cookies.
    pub(crate) others: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            cookie: None,
            others: BTreeMap::new(),
        }
    }

    /// The same browser at a portal that was started again.
    pub(crate) fn moved_to(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> Page {
        self.try_get(path).unwrap()
    }

    pub(crate) fn try_get(&mut self, path: &str) -> io::Result<Page> {
        self.send("GET", path, &[], b"")
    }

    /// Sends a form with exactly these fields.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.try_post(path, fields).unwrap()
    }

    pub(crate) fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Page> {
        self.send("POST", path, &[FORM], encode(fields).as_bytes())
    }

    /// Sends a form as a page of the portal would: with the fields hidden in `page`.
    pub(crate) fn submit(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        self.try_submit(page, path, fields).unwrap()
    }

    pub(crate) fn try_submit(
        &mut self,
        page: &Page,
        path: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Page> {
        let hidden = ["form_token", "ticket", "version"]
            .map(|name| page.hidden(name).map(|value| (name, value)));
        let hidden: Vec<_> = hidden.into_iter().flatten().collect();
        let mut all: Vec<_> = hidden
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .filter(|(name, _)| fields.iter().all(|(given, _)| given != name))
            .collect();
        all.extend_from_slice(fields);
        self.try_post(path, &all)
    }

    /// Sends bytes as they are.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Page> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        let others = self.others.iter();
        let others = others.map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<_> = self.cookie.clone().into_iter().chain(others).collect();
        if !cookies.is_empty() {
            head.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let page = Page::read(&answer)
            .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the answer broke off"))?;
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            if name.ends_with("portal-session") {
                self.cookie = (!value.is_empty()).then(|| pair.to_owned());
            } else {
                self.others.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(page)
    }
}

impl Page {
    fn read(answer: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        if let Some((_, length)) = length
            && length.parse() != Ok(body.len())
        {
            return None;
        }
        let is_chunked = headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if is_chunked {
            unchunked(body)?
        } else {
            body.to_owned()
        };
        Some(Self {
            status,
            headers,
            body,
        })
    }

    /// The hidden fields of these names that stand in the page's form to `path`.
    pub(crate) fn hidden_in(&self, path: &str, name: &str) -> Option<String> {
        let form = self.body.split_once(&format!("action=\"{path}\""))?.1;
        let form = form.split("</form>").next()?;
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let value = form.split_once(&start)?.1.split('"').next()?;
        Some(value.to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "the header {name} is there twice");
        value
    }

    /// The address a redirect leads to.
    pub(crate) fn leads_to(&self) -> Option<&str> {
        (self.status == 303).then(|| self.header("location").unwrap())
    }

    /// The first hidden field of this name.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        self.all_hidden(name).into_iter().next()
    }

    pub(crate) fn all_hidden(&self, name: &str) -> Vec<String> {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        self.body
            .split(&start)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    }

    /// The text between the tag that starts so and the next tag.
    pub(crate) fn text_of(&self, tag: &str) -> Option<&str> {
        let rest = self.body.split_once(tag)?.1;
        rest.split_once('>')?.1.split('<').next()
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        assert!(
            self.body.contains(text),
            "{} without `{text}`: {}",
            self.status,
            self.body
        );
    }

    /// The page with this status and heading.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, heading: &str) {
        let shown = self.text_of("<h1");
        assert_eq!((self.status, shown), (status, Some(heading)));
    }
}

/// A body sent in chunks (RFC 9112 §7.1), put together; none if it broke off.
fn unchunked(mut rest: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.push_str(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix("\r\n")?;
    }
}

/// Fields as a browser encodes them.
pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut escaped, byte| {
            if byte.is_ascii_alphanumeric() {
                escaped.push(char::from(byte));
            } else {
                escaped.push_str(&format!("%{byte:02X}"));
            }
            escaped
        })
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
