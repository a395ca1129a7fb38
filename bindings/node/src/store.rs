//! A store written in JavaScript: each call is a message to the thread it lives on, and waits for the answer there.
//!
//! What the contract refuses is refused here, before JavaScript is asked, as by every store. An answer that is not what
//! was asked for is a failure of the store: of a commit nobody knows then whether it is stored.

use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicU32, Ordering};
use std::{collections::HashMap, sync::Mutex};

use mfakit::{DocumentKey, DocumentKind, KeyId, TenantId};
use mfakit_core::{
    Commit, CommitOutcome, IndexField, IndexValues, Revision, SealedEvent, StoreError,
    StoredDocument, StoredEvent,
};
use mfakit_store::{
    EventOrder, EventQuery, ScanQuery, ScanRow, Store, StoreFuture, check_commit, check_keys,
};
use napi_derive::napi;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use crate::{
    answer::kind_name,
    json::{self, Object, unhex},
    port::{Port, Shared, locked},
    text::Big,
};

/// Questions to stores that wait for their answers.
#[derive(Default)]
pub(crate) struct Waiting {
    last: AtomicU32,
    open: Mutex<HashMap<u32, oneshot::Sender<Reply>>>,
}

type Reply = Result<String, StoreError>;

#[napi]
impl Port {
    /// Answers what a store was asked: with JSON, or with the name of the failure.
    #[napi(catch_unwind)]
    pub fn answer(&self, question: u32, answer: Option<String>, failure: Option<String>) {
        let Some(sender) = locked(&self.shared.waiting.open).remove(&question) else {
            return;
        };
        let reply = match (answer, failure.as_deref()) {
            (Some(answer), _) => Ok(answer),
            (None, Some("unclear")) => Err(StoreError::Unclear),
            (None, Some("corrupt")) => Err(StoreError::Corrupt),
            (None, Some("refused")) => Err(StoreError::Refused),
            (None, _) => Err(StoreError::Unavailable),
        };
        // Whoever asked may have given up.
        let _ = sender.send(reply);
    }
}

/// A store that lives on a thread of JavaScript.
pub(crate) struct ScriptStore {
    shared: Weak<Shared>,
    /// The number by which JavaScript knows the store.
    script: u32,
}

impl ScriptStore {
    pub(crate) fn new(shared: &Arc<Shared>, script: u32) -> Self {
        Self {
            shared: Arc::downgrade(shared),
            script,
        }
    }

    /// Asks the store. `lost` is what is not known after an answer that did not come or can't be read.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        lost: StoreError,
        arguments: impl FnOnce(&mut Object<'_>),
    ) -> Result<T, StoreError> {
        let answer = {
            let shared = self.shared.upgrade().ok_or(StoreError::Unavailable)?;
            let question = shared.waiting.last.fetch_add(1, Ordering::Relaxed);
            let (sender, answer) = oneshot::channel();
            locked(&shared.waiting.open).insert(question, sender);
            shared.send(|out| {
                out.push_str("[\"store\",");
                out.push_str(&self.script.to_string());
                out.push(',');
                out.push_str(&question.to_string());
                out.push(',');
                json::text(out, method);
                out.push(',');
                Object::write(out, arguments);
                out.push(']');
            });
            answer
        };
        let answer = answer.await.map_err(|_| lost)??;
        serde_json::from_str(&answer).map_err(|_| match lost {
            StoreError::Unclear => StoreError::Unclear,
            _ => StoreError::Corrupt,
        })
    }
}

impl Store for ScriptStore {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(async move {
            check_keys(keys)?;
            let asked = self.ask("load", StoreError::Unavailable, |to| {
                to.objects("keys", keys, write_key);
            });
            let documents: Vec<Option<Document>> = asked.await?;
            if documents.len() != keys.len() {
                return Err(StoreError::Corrupt);
            }
            documents
                .into_iter()
                .map(|document| document.map(Document::read).transpose())
                .collect()
        })
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(async move {
            check_commit(commit)?;
            let asked = self.ask("commit", StoreError::Unclear, |to| write_commit(to, commit));
            let outcome: String = asked.await?;
            match outcome.as_str() {
                "committed" => Ok(CommitOutcome::Committed),
                "conflict" => Ok(CommitOutcome::Conflict),
                _ => Err(StoreError::Unclear),
            }
        })
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(async move {
            query.check()?;
            let asked = self.ask("scan", StoreError::Unavailable, |to| write_scan(to, query));
            let rows: Vec<Row> = asked.await?;
            rows.into_iter().map(Row::read).collect()
        })
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            query.check()?;
            let asked = self.ask("count", StoreError::Unavailable, |to| write_scan(to, query));
            let Big(count) = asked.await?;
            Ok(count)
        })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(async move {
            query.check()?;
            let asked = self.ask("events", StoreError::Unavailable, |to| {
                to.text("tenant", query.tenant.as_str());
                match &query.document {
                    Some(key) => to.object("document", |to| write_key(to, key)),
                    None => to.null("document"),
                }
                to.text(
                    "order",
                    match query.order {
                        EventOrder::OldestFirst => "oldest",
                        EventOrder::NewestFirst => "newest",
                    },
                );
                match query.after {
                    Some(after) => to.plain("position", after),
                    None => to.null("position"),
                }
                to.number("limit", query.limit);
            });
            let events: Vec<Event> = asked.await?;
            events.into_iter().map(Event::read).collect()
        })
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(async move {
            if limit == 0 {
                return Err(StoreError::Refused);
            }
            let asked = self.ask("tenants", StoreError::Unavailable, |to| {
                match after {
                    Some(after) => to.text("tenant", after.as_str()),
                    None => to.null("tenant"),
                }
                to.number("limit", limit);
            });
            let tenants: Vec<String> = asked.await?;
            tenants.iter().map(|it| tenant(it)).collect()
        })
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            check_keys(core::slice::from_ref(key))?;
            let asked = self.ask("pruneEvents", StoreError::Unclear, |to| {
                to.object("key", |to| write_key(to, key));
                to.plain("before", before);
            });
            let Big(removed) = asked.await?;
            Ok(removed)
        })
    }
}

fn write_key(to: &mut Object<'_>, key: &DocumentKey) {
    to.text("tenant", key.tenant.as_str());
    to.text("type", kind_name(key.kind));
    to.bytes("documentId", &key.id);
}

fn write_commit(to: &mut Object<'_>, commit: &Commit) {
    to.bytes("commitId", commit.id.as_bytes());
    to.objects("writes", &commit.writes, |to, write| {
        to.object("key", |to| write_key(to, &write.key));
        to.plain("expected", write.expected.number());
        to.plain("revision", write.revision.number());
        to.bytes("body", &write.body);
        to.object("index", |to| {
            to.number("keyId", write.index.key_id.number());
        });
        to.objects("events", &write.events, |to, event| {
            to.plain("sequence", event.sequence);
            to.bytes("body", &event.body);
        });
    });
}

fn write_scan(to: &mut Object<'_>, query: &ScanQuery) {
    to.text("tenant", query.tenant.as_str());
    to.text("type", kind_name(query.kind));
    match query.within {
        Some((IndexField::KeyId, low, high)) => to.object("within", |to| {
            to.text("field", "keyId");
            to.plain("low", low);
            to.plain("high", high);
        }),
        _ => to.null("within"),
    }
    match &query.after {
        Some(after) => to.bytes("afterId", after),
        None => to.null("afterId"),
    }
    to.number("limit", query.limit);
}

#[derive(Deserialize)]
struct Document {
    revision: Big,
    body: String,
}

impl Document {
    fn read(self) -> Result<StoredDocument, StoreError> {
        let Big(revision) = self.revision;
        let body = unhex(&self.body).ok_or(StoreError::Corrupt)?;
        Ok(StoredDocument::new(Revision::new(revision), body))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    key_id: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    document_id: String,
    document: Document,
    index: Index,
}

impl Row {
    fn read(self) -> Result<ScanRow, StoreError> {
        let id = unhex(&self.document_id).ok_or(StoreError::Corrupt)?;
        let index = IndexValues::new(KeyId::new(self.index.key_id));
        Ok(ScanRow::new(id, self.document.read()?, index))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    tenant: String,
    r#type: String,
    document_id: String,
}

impl Key {
    fn read(self) -> Result<DocumentKey, StoreError> {
        let kind = DocumentKind::ALL
            .into_iter()
            .find(|&kind| kind_name(kind) == self.r#type)
            .ok_or(StoreError::Corrupt)?;
        let id = unhex(&self.document_id).ok_or(StoreError::Corrupt)?;
        Ok(DocumentKey::new(tenant(&self.tenant)?, kind, id))
    }
}

#[derive(Deserialize)]
struct Event {
    position: Big,
    key: Key,
    sequence: Big,
    body: String,
}

impl Event {
    fn read(self) -> Result<StoredEvent, StoreError> {
        let (Big(position), Big(sequence)) = (self.position, self.sequence);
        let body = unhex(&self.body).ok_or(StoreError::Corrupt)?;
        let event = SealedEvent::new(sequence, body);
        Ok(StoredEvent::new(position, self.key.read()?, event))
    }
}

fn tenant(text: &str) -> Result<TenantId, StoreError> {
    TenantId::new(text).map_err(|_| StoreError::Corrupt)
}
