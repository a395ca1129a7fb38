//! A slot: one document of an operation, as loaded, and what the operation makes of it.
//!
//! The only way to a mutable document is [`Slot::change`] or [`Slot::create`], and both take an event:
//! so every change has its event in the same commit, and a document without an event is not written.

use alloc::vec::Vec;

use crate::{
    CommitId, DocumentKey, Event, IndexValues, KeyId, Revision, StoredDocument, Unavailable,
    UnixTime,
    desk::Unreadable,
    document::{self, Document},
    keyring::{Key, Keyring},
    random::Random,
    seal::{self, OpenError},
    storage::Write,
};

pub(crate) struct Slot<D> {
    key: DocumentKey,
    revision: Revision,
    document: Option<D>,
    /// The key that sealed the stored document.
    sealed_with: Option<KeyId>,
    /// Why the stored document does not open, where that is no reason to stop.
    fault: Option<Unavailable>,
    events: Vec<Event>,
}

impl<D: Document> Slot<D> {
    /// Opens what a store returned for `key`.
    pub(crate) fn open(
        keyring: &Keyring,
        key: DocumentKey,
        stored: Option<StoredDocument>,
    ) -> Result<Self, Unavailable> {
        let Some(StoredDocument { revision, body }) = stored else {
            return Ok(Self {
                key,
                revision: Revision::ABSENT,
                document: None,
                sealed_with: None,
                fault: None,
                events: Vec::new(),
            });
        };
        if revision == Revision::ABSENT {
            return Err(Unavailable::Damaged);
        }
        let (sealed_with, plain) = seal::open_document(keyring, &key, revision, &body)?;
        let document = document::decode(&plain).ok_or(Unavailable::NewerFormat)?;
        Ok(Self {
            key,
            revision,
            document: Some(document),
            sealed_with: Some(sealed_with),
            fault: None,
            events: Vec::new(),
        })
    }

    /// Opens what a store returned, or says in the slot why it does not open.
    pub(crate) fn open_as(
        unreadable: Unreadable,
        keyring: &Keyring,
        key: DocumentKey,
        stored: Option<StoredDocument>,
    ) -> Result<Self, Unavailable> {
        let place = key.clone();
        match Self::open(keyring, key, stored) {
            Err(fault) if unreadable == Unreadable::Listed => Ok(Self {
                key: place,
                revision: Revision::ABSENT,
                document: None,
                sealed_with: None,
                fault: Some(fault),
                events: Vec::new(),
            }),
            opened => opened,
        }
    }

    pub(crate) const fn fault(&self) -> Option<Unavailable> {
        self.fault
    }

    /// The key that sealed the document as it was loaded, if there is one and it opens.
    pub(crate) const fn sealed_with(&self) -> Option<KeyId> {
        self.sealed_with
    }

    pub(crate) const fn key(&self) -> &DocumentKey {
        &self.key
    }

    pub(crate) const fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) const fn get(&self) -> Option<&D> {
        self.document.as_ref()
    }

    /// The document, to be changed because of `event`.
    pub(crate) fn change(&mut self, event: Event) -> Option<&mut D> {
        let document = self.document.as_mut()?;
        self.events.push(event);
        Some(document)
    }

    /// The document, where it is being changed already.
    pub(crate) const fn changing(&mut self) -> Option<&mut D> {
        if self.events.is_empty() {
            None
        } else {
            self.document.as_mut()
        }
    }

    /// Records one more event of a change.
    pub(crate) fn also(&mut self, event: Event) {
        if self.document.is_some() {
            self.events.push(event);
        }
    }

    /// The first document, because of `event`; to be called where there is none.
    pub(crate) fn create(&mut self, document: D, event: Event) -> &mut D {
        self.events.push(event);
        self.document.insert(document)
    }

    pub(crate) const fn is_changed(&self) -> bool {
        !self.events.is_empty()
    }

    /// The revision the document has once this operation is committed.
    pub(crate) fn revision_after(&self) -> Option<Revision> {
        if self.is_changed() {
            self.revision.next()
        } else {
            Some(self.revision)
        }
    }

    /// The latest time the document has seen.
    pub(crate) fn seen(&self) -> Option<UnixTime> {
        self.document.as_ref().map(|document| document.meta().seen)
    }

    /// The write that stores the changed document with its events; `None` if nothing changed.
    pub(crate) fn write(
        &mut self,
        sealing: &Key,
        commit: CommitId,
        now: UnixTime,
        random: &mut Random<'_>,
    ) -> Result<Option<Write>, Unavailable> {
        let Some(document) = self.document.as_mut().filter(|_| !self.events.is_empty()) else {
            return Ok(None);
        };
        let revision = self.revision.next().ok_or(Unavailable::Damaged)?;
        let mut events = Vec::with_capacity(self.events.len());
        let meta = document.meta_mut();
        for event in &self.events {
            events.push(meta.chain.append(&self.key, event, random)?);
        }
        meta.commit = commit;
        meta.seen = meta.seen.max(now);
        let plain = document::encode(document).ok_or(Unavailable::TooLarge)?;
        let body = seal::seal_document(sealing, &self.key, revision, &plain, random)?;
        let index = IndexValues::new(sealing.id);
        Ok(Some(Write::new(
            self.key.clone(),
            self.revision,
            revision,
            body,
            index,
            events,
        )))
    }
}

impl From<OpenError> for Unavailable {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NewerFormat => Self::NewerFormat,
            OpenError::UnknownKey(id) => Self::UnknownKey(id),
            OpenError::Damaged => Self::Damaged,
        }
    }
}
