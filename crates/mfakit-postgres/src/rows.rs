//! What the columns of a row hold, checked: another program may have written there.

use mfakit_core::{
    DocumentKey, DocumentKind, IndexValues, KeyId, Revision, SealedEvent, StoredDocument,
    StoredEvent, TenantId,
};
use mfakit_store::ScanRow;
use tokio_postgres::{Row, types::FromSql};

use crate::error::CallError;

/// A row of `load`, from the columns standby, revision, body.
pub(crate) fn loaded(row: &Row) -> Result<Option<StoredDocument>, CallError> {
    if value(row, 0, "pg_is_in_recovery")? {
        return Err(CallError::Standby);
    }
    let revision: Option<i64> = value(row, 1, "revision")?;
    revision
        .map(|revision| document(revision, value(row, 2, "body")?))
        .transpose()
}

/// A row of a scan, from the columns revision, body, id, key_id.
pub(crate) fn scanned(row: &Row) -> Result<ScanRow, CallError> {
    let key_id = u32::try_from(value::<i64>(row, 3, "key_id")?)
        .map_err(|_| CallError::Value { column: "key_id" })?;
    Ok(ScanRow::new(
        value(row, 2, "id")?,
        document(value(row, 0, "revision")?, value(row, 1, "body")?)?,
        IndexValues::new(KeyId::new(key_id)),
    ))
}

/// An event of `tenant`, from the columns position, kind, id, sequence, body.
pub(crate) fn event(row: &Row, tenant: &TenantId) -> Result<StoredEvent, CallError> {
    let kind = u8::try_from(value::<i16>(row, 1, "kind")?)
        .ok()
        .and_then(DocumentKind::from_number)
        .ok_or(CallError::Value { column: "kind" })?;
    let id: Vec<u8> = value(row, 2, "id")?;
    Ok(StoredEvent::new(
        unsigned(row, 0, "position")?,
        DocumentKey::new(tenant.clone(), kind, id),
        SealedEvent::new(unsigned(row, 3, "sequence")?, value(row, 4, "body")?),
    ))
}

/// The name of a tenant in the first column.
pub(crate) fn tenant(row: &Row) -> Result<TenantId, CallError> {
    TenantId::new(value(row, 0, "tenant")?).map_err(|_| CallError::Value { column: "tenant" })
}

/// A number that is never negative.
pub(crate) fn unsigned(row: &Row, place: usize, column: &'static str) -> Result<u64, CallError> {
    u64::try_from(value::<i64>(row, place, column)?).map_err(|_| CallError::Value { column })
}

/// The value in a column.
pub(crate) fn value<'a, T: FromSql<'a>>(
    row: &'a Row,
    place: usize,
    column: &'static str,
) -> Result<T, CallError> {
    row.try_get(place).map_err(|_| CallError::Value { column })
}

fn document(revision: i64, body: Vec<u8>) -> Result<StoredDocument, CallError> {
    match u64::try_from(revision) {
        Ok(number) if number > 0 => Ok(StoredDocument::new(Revision::new(number), body)),
        _ => Err(CallError::Value { column: "revision" }),
    }
}
