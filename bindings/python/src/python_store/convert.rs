//! What crosses the line to a store written in Python, both ways.

use mfakit::{DocumentKey, DocumentKind, KeyId, TenantId};
use mfakit_core::{
    Commit, IndexField, IndexValues, Revision, SealedEvent, StoredDocument, StoredEvent,
};
use mfakit_store::{EventOrder, EventQuery, ScanQuery, ScanRow};
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyBytes, PyTuple},
};

use crate::{
    answer::kind_name,
    python::{member, store_class},
};

type Object<'py> = PyResult<Bound<'py, PyAny>>;

pub(super) fn keys<'py>(py: Python<'py>, keys: &[DocumentKey]) -> Object<'py> {
    let keys = keys.iter().map(|it| key(py, it));
    Ok(PyTuple::new(py, keys.collect::<PyResult<Vec<_>>>()?)?.into_any())
}

pub(super) fn key<'py>(py: Python<'py>, key: &DocumentKey) -> Object<'py> {
    store_class(py, "DocumentKey")?.call1((
        key.tenant.as_str(),
        member(py, "DocumentKind", kind_name(key.kind))?,
        PyBytes::new(py, &key.id),
    ))
}

pub(super) fn commit<'py>(py: Python<'py>, commit: &Commit) -> Object<'py> {
    let writes = commit.writes.iter().map(|write| {
        let events = write.events.iter().map(|event| {
            store_class(py, "SealedEvent")?.call1((event.sequence, PyBytes::new(py, &event.body)))
        });
        store_class(py, "Write")?.call1((
            key(py, &write.key)?,
            write.expected.number(),
            write.revision.number(),
            PyBytes::new(py, &write.body),
            write.index.key_id.number(),
            PyTuple::new(py, events.collect::<PyResult<Vec<_>>>()?)?,
        ))
    });
    store_class(py, "Commit")?.call1((
        PyBytes::new(py, commit.id.as_bytes()),
        PyTuple::new(py, writes.collect::<PyResult<Vec<_>>>()?)?,
    ))
}

pub(super) fn scan_query<'py>(py: Python<'py>, query: &ScanQuery) -> Object<'py> {
    let key_ids = match query.within {
        Some((IndexField::KeyId, low, high)) => Some((low, high)),
        Some(_) => return Err(PyValueError::new_err("an index value that is not known")),
        None => None,
    };
    store_class(py, "ScanQuery")?.call1((
        query.tenant.as_str(),
        member(py, "DocumentKind", kind_name(query.kind))?,
        key_ids,
        query.after.as_ref().map(|after| PyBytes::new(py, after)),
        query.limit,
    ))
}

pub(super) fn event_query<'py>(py: Python<'py>, query: &EventQuery) -> Object<'py> {
    let document = query.document.as_ref().map(|it| key(py, it)).transpose()?;
    let order = match query.order {
        EventOrder::OldestFirst => "oldest_first",
        EventOrder::NewestFirst => "newest_first",
    };
    store_class(py, "EventQuery")?.call1((
        query.tenant.as_str(),
        document,
        member(py, "EventOrder", order)?,
        query.after,
        query.limit,
    ))
}

pub(super) fn documents(answer: &Bound<'_, PyAny>) -> PyResult<Vec<Option<StoredDocument>>> {
    each(answer, |it| match it.is_none() {
        true => Ok(None),
        false => document(it).map(Some),
    })
}

pub(super) fn rows(answer: &Bound<'_, PyAny>) -> PyResult<Vec<ScanRow>> {
    each(answer, |row| {
        let py = row.py();
        let key_id: u32 = row.getattr(intern!(py, "key_id"))?.extract()?;
        Ok(ScanRow::new(
            row.getattr(intern!(py, "id"))?.extract()?,
            document(&row.getattr(intern!(py, "document"))?)?,
            IndexValues::new(KeyId::new(key_id)),
        ))
    })
}

pub(super) fn events(answer: &Bound<'_, PyAny>) -> PyResult<Vec<StoredEvent>> {
    each(answer, |stored| {
        let py = stored.py();
        let event = stored.getattr(intern!(py, "event"))?;
        let event = SealedEvent::new(
            event.getattr(intern!(py, "sequence"))?.extract()?,
            event.getattr(intern!(py, "body"))?.extract()?,
        );
        let position = stored.getattr(intern!(py, "position"))?.extract()?;
        Ok(StoredEvent::new(
            position,
            read_key(&stored.getattr(intern!(py, "key"))?)?,
            event,
        ))
    })
}

pub(super) fn tenants(answer: &Bound<'_, PyAny>) -> PyResult<Vec<TenantId>> {
    each(answer, tenant)
}

pub(super) fn number(answer: &Bound<'_, PyAny>) -> PyResult<u64> {
    answer.extract()
}

/// Whether a commit is stored: `True` or `False`, and nothing that merely counts as such.
pub(super) fn truth(answer: &Bound<'_, PyAny>) -> PyResult<bool> {
    answer.extract()
}

fn document(it: &Bound<'_, PyAny>) -> PyResult<StoredDocument> {
    let py = it.py();
    let revision: u64 = it.getattr(intern!(py, "revision"))?.extract()?;
    let body = it.getattr(intern!(py, "body"))?.extract()?;
    Ok(StoredDocument::new(Revision::new(revision), body))
}

fn read_key(it: &Bound<'_, PyAny>) -> PyResult<DocumentKey> {
    let py = it.py();
    let name = it.getattr(intern!(py, "kind"))?;
    let name: String = name.extract()?;
    let kind = DocumentKind::ALL
        .into_iter()
        .find(|kind| kind_name(*kind) == name);
    let kind = kind.ok_or_else(|| PyValueError::new_err("there is no such kind of document"))?;
    let id: Vec<u8> = it.getattr(intern!(py, "id"))?.extract()?;
    Ok(DocumentKey::new(
        tenant(&it.getattr(intern!(py, "tenant"))?)?,
        kind,
        id,
    ))
}

fn tenant(it: &Bound<'_, PyAny>) -> PyResult<TenantId> {
    let text: String = it.extract()?;
    TenantId::new(&text).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn each<T>(
    answer: &Bound<'_, PyAny>,
    read: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    answer.try_iter()?.map(|it| read(&it?)).collect()
}
