//! What the parts of a bucket hold, checked: another program may have written there.

use mfakit_core::{
    DocumentKey, DocumentKind, IndexValues, KeyId, Revision, SealedEvent, StoredDocument,
    StoredEvent, TenantId,
};
use mfakit_store::ScanRow;
use redis::Value;

use crate::{error::CallError, keys::BUCKETS};

/// The head of a record, of which a commit gives all but the last sequence.
pub(crate) fn head(revision: Revision, index: &IndexValues) -> Vec<u8> {
    let mut head = revision.number().to_be_bytes().to_vec();
    head.extend_from_slice(&index.key_id.number().to_be_bytes());
    head
}

/// A document, from its record: 8 bytes of revision, 8 of the last sequence, 4 of the key id, and the body.
pub(crate) fn document(value: Value) -> Result<Option<StoredDocument>, CallError> {
    match value {
        Value::Nil => Ok(None),
        value => stored(&bytes(value, DOCUMENTS)?).map(Some),
    }
}

/// Rows of a scan, from id, key id and record of each.
pub(crate) fn rows(value: Value) -> Result<Vec<ScanRow>, CallError> {
    let unfit = || CallError::Value { part: INDEX };
    let mut values = list(value, INDEX)?.into_iter();
    let mut rows = Vec::with_capacity(values.len() / 3);
    while let Some(id) = values.next() {
        let id = bytes(id, INDEX)?;
        let key_id = bytes(values.next().ok_or_else(unfit)?, INDEX)?;
        let record = bytes(values.next().ok_or_else(unfit)?, DOCUMENTS)?;
        // The index says what the document says, or one of them was tampered with.
        if record.get(16..20) != Some(&key_id) {
            return Err(unfit());
        }
        let key_id = number(&key_id).and_then(|number| u32::try_from(number).ok());
        let index = IndexValues::new(KeyId::new(key_id.ok_or_else(unfit)?));
        rows.push(ScanRow::new(id, stored(&record)?, index));
    }
    Ok(rows)
}

/// Events of a bucket of `tenant`, from an event and its clock each.
pub(crate) fn events(
    value: Value,
    tenant: &TenantId,
    bucket: u16,
) -> Result<Vec<StoredEvent>, CallError> {
    let unfit = || CallError::Value { part: EVENTS };
    let mut values = list(value, EVENTS)?.into_iter();
    let mut events = Vec::with_capacity(values.len() / 2);
    while let Some(member) = values.next() {
        let member = bytes(member, EVENTS)?;
        let clock = clock(values.next().ok_or_else(unfit)?)?;
        let event = event(&member, tenant, position(clock, bucket)).ok_or_else(unfit)?;
        events.push(event);
    }
    Ok(events)
}

/// The clock of an event, or of a bucket.
pub(crate) fn clock(value: Value) -> Result<u64, CallError> {
    let clock = match value {
        Value::Int(clock) => u64::try_from(clock).ok(),
        Value::Double(clock) if clock >= 0.0 && clock.fract() == 0.0 => {
            format!("{clock:.0}").parse().ok()
        }
        Value::BulkString(text) => str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok()),
        _ => None,
    };
    clock
        .filter(|clock| *clock < CLOCKS)
        .ok_or(CallError::Value { part: "clock" })
}

/// The numbers of the buckets that a tenant's registry names, in order; the floor is not one.
pub(crate) fn buckets(value: Value) -> Result<Vec<u16>, CallError> {
    let mut buckets = Vec::new();
    for field in list(value, REGISTRY)? {
        let field = bytes(field, REGISTRY)?;
        if field == b"floor" {
            continue;
        }
        let number = str::from_utf8(&field)
            .ok()
            .and_then(|text| text.parse().ok());
        match number {
            Some(number) if number < BUCKETS => buckets.push(number),
            _ => return Err(CallError::Value { part: REGISTRY }),
        }
    }
    buckets.sort_unstable();
    Ok(buckets)
}

/// Names of tenants.
pub(crate) fn tenants(value: Value) -> Result<Vec<TenantId>, CallError> {
    let unfit = || CallError::Value { part: "tenants" };
    list(value, "tenants")?
        .into_iter()
        .map(|name| {
            let name = String::from_utf8(bytes(name, "tenants")?).map_err(|_| unfit())?;
            TenantId::new(&name).map_err(|_| unfit())
        })
        .collect()
}

/// The position of an event: its clock, then its bucket.
pub(crate) const fn position(clock: u64, bucket: u16) -> u64 {
    (clock << POSITION_BITS) | bucket_bits(bucket)
}

/// Clock and bucket of a position.
pub(crate) const fn clock_of(position: u64) -> (u64, u64) {
    (
        position >> POSITION_BITS,
        position & (bucket_bits(BUCKETS) - 1),
    )
}

#[expect(
    clippy::as_conversions,
    reason = "a widening that `const` knows no other word for"
)]
pub(crate) const fn bucket_bits(bucket: u16) -> u64 {
    bucket as u64
}

fn stored(record: &[u8]) -> Result<StoredDocument, CallError> {
    let body = record.get(HEAD..);
    match (record.get(..8).and_then(number), body) {
        (Some(revision), Some(body)) if revision > 0 && i64::try_from(revision).is_ok() => {
            Ok(StoredDocument::new(Revision::new(revision), body.to_vec()))
        }
        _ => Err(CallError::Value { part: DOCUMENTS }),
    }
}

fn event(member: &[u8], tenant: &TenantId, position: u64) -> Option<StoredEvent> {
    let (length, rest) = member.split_first()?;
    let (field, rest) = rest.split_at_checked(usize::from(*length))?;
    let (kind, id) = field.split_first()?;
    let (sequence, body) = rest.split_at_checked(8)?;
    let sequence = number(sequence).filter(|sequence| i64::try_from(*sequence).is_ok())?;
    Some(StoredEvent::new(
        position,
        DocumentKey::new(tenant.clone(), DocumentKind::from_number(*kind)?, id),
        SealedEvent::new(sequence, body.to_vec()),
    ))
}

/// A number of at most 8 bytes, the highest first.
fn number(bytes: &[u8]) -> Option<u64> {
    let mut number = [0; 8];
    number
        .get_mut(8_usize.checked_sub(bytes.len())?..)?
        .copy_from_slice(bytes);
    Some(u64::from_be_bytes(number))
}

fn list(value: Value, part: &'static str) -> Result<Vec<Value>, CallError> {
    match value {
        Value::Array(values) => Ok(values),
        _ => Err(CallError::Value { part }),
    }
}

fn bytes(value: Value, part: &'static str) -> Result<Vec<u8>, CallError> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        _ => Err(CallError::Value { part }),
    }
}

/// Revision, last sequence and key id.
const HEAD: usize = 20;
const POSITION_BITS: u32 = BUCKETS.trailing_zeros();
/// Clocks are below this: scores are numbers of 53 bits.
pub(crate) const CLOCKS: u64 = 1 << 53;
const DOCUMENTS: &str = "documents";
const EVENTS: &str = "events";
const INDEX: &str = "index";
const REGISTRY: &str = "buckets";
