//! The name of one event, which never changes: the document it belongs to, and its place in the document's chain.

use alloc::vec::Vec;
use core::fmt;

use crate::{DocumentKey, DocumentKind};

/// Names one event of a tenant, for ever: whoever is told of an event twice knows it by this.
///
/// Its text ([`fmt::Display`]) is `account-37-12` or the like: the kind of document, the id of the document in
/// hexadecimal, and the place of the event among those of the document. It takes at most 288 bytes, none of which needs
/// to be escaped anywhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    kind: DocumentKind,
    id: Vec<u8>,
    sequence: u64,
}

impl EventId {
    pub(crate) fn new(key: &DocumentKey, sequence: u64) -> Self {
        Self {
            kind: key.kind,
            id: key.id.clone(),
            sequence,
        }
    }

    /// The place among the events of the document: 1 for the first, then one more with each.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DocumentKind::Account => "account-",
            DocumentKind::Gate => "passwords-",
            DocumentKind::Policy => "policy-",
            DocumentKind::Activation => "activation-",
        })?;
        for byte in &self.id {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "-{}", self.sequence)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, string::ToString};

    use super::EventId;
    use crate::{DocumentKey, DocumentKind, TenantId};

    #[test]
    fn two_events_have_two_texts() {
        let tenant = TenantId::new("acme").unwrap();
        let mut texts = BTreeSet::new();
        let mut events = 0;
        for kind in DocumentKind::ALL {
            for id in [&b""[..], b"1", b"11", b"1-1", b"\x01", &[0xff; 128]] {
                for sequence in [1, 11, 111, u64::MAX] {
                    let key = DocumentKey::new(tenant.clone(), kind, id);
                    let text = EventId::new(&key, sequence).to_string();
                    assert!(text.len() <= 288, "{} bytes", text.len());
                    texts.insert(text);
                    events += 1;
                }
            }
        }
        assert_eq!(texts.len(), events);
        let key = DocumentKey::new(tenant, DocumentKind::Account, *b"7");
        assert_eq!(EventId::new(&key, 12).to_string(), "account-37-12");
    }
}
