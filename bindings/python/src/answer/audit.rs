//! The audit trail.

use mfakit::{
    AuditEntry, AuditPage, AuditVerdict, Event, Outcome as _, PruneReport, SettingChange,
};
use mfakit_core::EventField;
use pyo3::{
    prelude::*,
    types::{PyDict, PyTuple},
};

use super::answers;
use crate::{
    arguments::account_text,
    python::{member, record},
    time::to_python,
};

answers! {
    AuditPage = |page, py, _| {
        let entries = page.entries.iter().map(|it| entry(py, it));
        let entries = PyTuple::new(py, entries.collect::<PyResult<Vec<_>>>()?)?;
        record!(py, AuditPage(entries, page.next, page.cursor))
    };
    AuditVerdict = |verdict, py, _| {
        let name = member(py, "AuditVerdictName", verdict.outcome())?;
        let (events, sequence) = match verdict {
            AuditVerdict::Whole { events } => (Some(events), None),
            AuditVerdict::Incomplete { sequence } | AuditVerdict::Broken { sequence } => {
                (None, Some(sequence))
            }
        };
        record!(py, AuditVerdict(name, events, sequence))
    };
    PruneReport = |it, py, _| {
        record!(py, PruneReport(it.documents, it.events, it.broken, it.unavailable))
    };
}

fn entry<'py>(py: Python<'py>, it: &AuditEntry) -> PyResult<Bound<'py, PyAny>> {
    let account = it
        .account
        .as_ref()
        .map(|it| account_text(py, it))
        .transpose()?;
    let event = it.event.as_ref().map(|it| event(py, it)).transpose()?;
    let fault = it
        .fault
        .map(|fault| member(py, "AuditFault", fault.name()))
        .transpose()?;
    record!(
        py,
        AuditEntry(
            it.position,
            it.id.to_string(),
            account,
            it.activation.map(|it| it.to_string()),
            event,
            fault,
        )
    )
}

fn event<'py>(py: Python<'py>, it: &Event) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    for (name, field) in it.kind.fields() {
        match field {
            EventField::Text(text) => fields.set_item(name, text)?,
            EventField::Number(number) => fields.set_item(name, number)?,
            EventField::Time(time) => fields.set_item(name, to_python(py, time)?)?,
            EventField::Changes(changes) => {
                let changes = changes.iter().map(
                    |SettingChange {
                         setting, from, to, ..
                     }| {
                        record!(py, SettingChange(setting.name(), from, to))
                    },
                );
                let changes = changes.collect::<PyResult<Vec<_>>>()?;
                fields.set_item(name, PyTuple::new(py, changes)?)?;
            }
            _ => (),
        }
    }
    record!(
        py,
        Event(
            to_python(py, it.at)?,
            it.kind.name(),
            it.kind.to_string(),
            fields,
            it.actor.as_ref().map(|it| it.as_str()),
            it.reason.as_ref().map(|it| it.as_str()),
            it.kind.must_be_told(),
        )
    )
}
