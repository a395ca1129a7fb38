//! What administrators are answered: states, lists, the audit trail, keys, activation codes.

use mfakit::{
    AccountPage, AccountStatus, AccountSummary, ActivationAct, ActivationPage, ActivationState,
    ActivationStatus, AuditEntry, AuditPage, AuditVerdict, DocumentKey, DocumentKind, Error, Event,
    EventField, ExemptionEnd, IssuedActivation, KeyUsage, Outcome as _, PasswordLockPage,
    PruneReport, Reissue, Resynchronization, Revocation, RotationPage, Setting, TokenBinding,
    Unavailable,
};

use super::{camel, locked_out, mismatch, write_lock};
use crate::{
    held::Held,
    json::{Answer, Object},
    port::{Shared, locked},
};

/// Why a stored state can't be read, by its stable name.
fn fault(to: &mut Object<'_>, fault: Option<Unavailable>) {
    match fault {
        Some(fault) => to.text("fault", Error::from(fault).outcome()),
        None => to.null("fault"),
    }
}

fn end(to: &mut Object<'_>, key: &str, end: ExemptionEnd) {
    match end {
        ExemptionEnd::At(end) => to.time(key, end),
        ExemptionEnd::Open => to.null(key),
    }
}

fn status(to: &mut Object<'_>, status: &AccountStatus) {
    to.bytes("account", status.account.as_bytes());
    to.objects("authenticators", &status.authenticators, |to, it| {
        to.plain("id", it.id);
        to.text("type", it.kind.name());
        to.text("strength", it.strength.name());
        to.text("label", it.label.as_str());
        to.time("boundAt", it.bound_at);
    });
    to.flag("setupPending", status.setup_pending);
    to.number("backupCodesLeft", status.backup_codes_left);
    to.flag("backupCodesLow", status.backup_codes_low);
    to.flag("backupCodesAcknowledged", status.backup_codes_acknowledged);
    match &status.lock {
        Some(lock) => to.object("lock", |to| write_lock(to, lock)),
        None => to.null("lock"),
    }
    to.flag("failureBudgetSpent", status.failure_budget_spent);
    to.flag("yearBudgetSpent", status.year_budget_spent);
    match &status.exemption {
        Some(exemption) => to.object("exemption", |to| {
            to.time("grantedAt", exemption.granted_at);
            end(to, "until", exemption.end);
            to.text("actor", exemption.by.actor.as_str());
            to.text("reason", exemption.by.reason.as_str());
        }),
        None => to.null("exemption"),
    }
    to.flag("required", status.required);
    to.objects("devices", &status.devices, |to, it| {
        to.plain("id", it.id);
        to.text("label", it.label.as_str());
        to.time("createdAt", it.created_at);
        to.time("usedAt", it.used_at);
        to.time("expires", it.expires);
    });
    to.time_or_null("setupDueAt", status.setup_due_at);
    fault(to, status.fault);
    to.flag("overdue", status.overdue);
    to.flag("erased", status.erased);
}

impl Answer for Vec<AccountStatus> {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", self, status);
    }
}

impl Answer for AccountPage {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", &self.entries, status);
        next_account(to, self.next.as_ref());
    }
}

fn next_account(to: &mut Object<'_>, next: Option<&mfakit::AccountId>) {
    match next {
        Some(account) => to.bytes("afterId", account.as_bytes()),
        None => to.null("afterId"),
    }
}

impl Answer for AccountSummary {
    fn write(&self, to: &mut Object<'_>) {
        for (name, count) in [
            ("accounts", self.accounts),
            ("notSetUp", self.not_set_up),
            ("setUp", self.set_up),
            ("setupPending", self.setup_pending),
            ("overdue", self.overdue),
            ("locked", self.locked),
            ("hardLocked", self.hard_locked),
            ("exempt", self.exempt),
            ("fewBackupCodes", self.few_backup_codes),
            ("unreadable", self.unreadable),
            ("erased", self.erased),
            ("passwordsLocked", self.passwords_locked),
            ("passwordsUnreadable", self.passwords_unreadable),
        ] {
            to.number(name, small(count));
        }
    }
}

impl Answer for PasswordLockPage {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", &self.entries, |to, lock| {
            to.bytes("account", lock.account.as_bytes());
            to.time_or_null("until", lock.until);
            fault(to, lock.fault);
        });
        next_account(to, self.next.as_ref());
    }
}

impl Answer for AuditPage {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", &self.entries, entry);
        position(to, "next", self.next);
        position(to, "cursor", self.cursor);
    }
}

fn position(to: &mut Object<'_>, key: &str, position: Option<u64>) {
    match position {
        Some(position) => to.plain(key, position),
        None => to.null(key),
    }
}

fn entry(to: &mut Object<'_>, entry: &AuditEntry) {
    to.plain("id", &entry.id);
    to.plain("position", entry.position);
    match &entry.account {
        Some(account) => to.bytes("account", account.as_bytes()),
        None => to.null("account"),
    }
    match &entry.activation {
        Some(handle) => to.plain("activation", handle),
        None => to.null("activation"),
    }
    match &entry.event {
        Some(it) => to.object("event", |to| event(to, it)),
        None => to.null("event"),
    }
    match entry.fault {
        Some(fault) => to.text("fault", fault.name()),
        None => to.null("fault"),
    }
}

fn event(to: &mut Object<'_>, event: &Event) {
    to.text("name", event.kind.name());
    to.time("at", event.at);
    match &event.actor {
        Some(actor) => to.text("actor", actor.as_str()),
        None => to.null("actor"),
    }
    match &event.reason {
        Some(reason) => to.text("reason", reason.as_str()),
        None => to.null("reason"),
    }
    to.text("text", &event.kind.to_string());
    to.flag("mustBeTold", event.kind.must_be_told());
    to.object("fields", |to| fields(to, event));
}

/// What an event says beside its name.
fn fields(to: &mut Object<'_>, event: &Event) {
    for (name, field) in event.kind.fields() {
        let name = camel(name);
        match field {
            EventField::Text(text) => to.text(&name, text),
            // Sequences alone are of 64 bits, and a document has no thousand million events.
            EventField::Number(number) => to.number(&name, small(number)),
            EventField::Time(time) => to.time(&name, time),
            EventField::Changes(changes) => to.objects(&name, changes, |to, change| {
                to.text("setting", &setting(change.setting));
                to.number("from", change.from);
                to.number("to", change.to);
            }),
            _ => to.null(&name),
        }
    }
}

fn setting(setting: Setting) -> String {
    camel(setting.name())
}

pub(super) fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Answer for AuditVerdict {
    fn write(&self, to: &mut Object<'_>) {
        to.text("kind", self.outcome());
        match self {
            Self::Whole { events } => to.number("count", small(*events)),
            Self::Incomplete { sequence } | Self::Broken { sequence } => {
                to.plain("sequence", sequence);
            }
        }
    }
}

impl Answer for PruneReport {
    fn write(&self, to: &mut Object<'_>) {
        for (name, count) in [
            ("documents", self.documents),
            ("events", self.events),
            ("broken", self.broken),
            ("unavailable", self.unavailable),
        ] {
            to.number(name, small(count));
        }
    }
}

/// A page of a rotation, whose cursor JavaScript holds.
pub(crate) struct CursorPage {
    page: RotationPage,
    held: Option<u32>,
}

/// Holds the cursor of a page.
pub(crate) fn cursor_page(shared: &Shared, mut page: RotationPage) -> CursorPage {
    let next = page.next.take();
    let held = next.map(|cursor| locked(&shared.shelf).hold(Held::Cursor(cursor)));
    CursorPage { page, held }
}

impl Answer for CursorPage {
    fn write(&self, to: &mut Object<'_>) {
        to.number("resealed", self.page.resealed);
        to.objects("failed", &self.page.failed, |to, failure| {
            document(to, &failure.document);
            to.text("fault", failure.error.outcome());
        });
        to.number("left", small(self.page.left));
        match self.held {
            Some(held) => to.number("held", held),
            None => to.null("held"),
        }
    }
}

fn document(to: &mut Object<'_>, key: &DocumentKey) {
    to.text("tenant", key.tenant.as_str());
    to.text("type", kind_name(key.kind));
    to.bytes("documentId", &key.id);
}

pub(crate) const fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Account => "account",
        DocumentKind::Gate => "gate",
        DocumentKind::Policy => "policy",
        DocumentKind::Activation => "activation",
        _ => "unknown",
    }
}

/// How often keys are used; JavaScript holds it, to ask about times.
pub(crate) struct UsageAt {
    usage: KeyUsage,
    held: u32,
}

impl UsageAt {
    pub(crate) fn hold(shared: &Shared, usage: KeyUsage) -> Self {
        let held = locked(&shared.shelf).hold(Held::Usage(usage.clone()));
        Self { usage, held }
    }
}

impl Answer for UsageAt {
    fn write(&self, to: &mut Object<'_>) {
        to.number("held", self.held);
        to.objects("keys", &self.usage.keys, |to, key| {
            to.number("keyId", key.key.number());
            to.flag("active", key.active);
            to.number("documents", small(key.documents));
        });
        to.number("unknown", small(self.usage.unknown));
        to.number("tokenLifetimeSeconds", self.usage.token_lifetime);
    }
}

impl Answer for TokenBinding {
    fn write(&self, to: &mut Object<'_>) {
        to.text("kind", self.outcome());
        if let Self::Bound(bound) = self {
            to.plain("authenticator", bound.id);
            to.text("strength", bound.strength.name());
        }
    }
}

impl Answer for Resynchronization {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Resynchronized(id) => {
                to.text("kind", "resynchronized");
                to.plain("authenticator", id);
            }
            Self::Mismatch(it) => mismatch(to, it),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Replayed => to.text("kind", "replayed"),
            Self::NoFactor => to.text("kind", "no_factor"),
            Self::Declined => {
                to.text("kind", "declined");
                to.text("what", "two_codes");
            }
        }
    }
}

/// Who did something with an activation code, and when.
pub(super) fn act(to: &mut Object<'_>, act: &ActivationAct) {
    to.time("at", act.at);
    to.text("by", act.by.as_str());
}

impl Answer for IssuedActivation {
    fn write(&self, to: &mut Object<'_>) {
        to.text("code", &self.code.expose());
        to.plain("handle", self.handle);
        to.time("expires", self.expires);
    }
}

impl Answer for Reissue {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Reissued(replaced) => {
                to.text("kind", "reissued");
                replaced.issued.write(to);
                to.object("old", |to| state(to, &replaced.old));
            }
            Self::Unknown => to.text("kind", "unknown"),
        }
    }
}

fn state(to: &mut Object<'_>, state: &ActivationState) {
    to.text("kind", state.name());
    if let ActivationState::Redeemed(it) | ActivationState::Revoked(it) = state {
        act(to, it);
    }
}

impl Answer for Revocation {
    fn write(&self, to: &mut Object<'_>) {
        to.text("kind", self.outcome());
        if let Self::AlreadyRedeemed(it) = self {
            act(to, it);
        }
    }
}

fn activation(to: &mut Object<'_>, status: &ActivationStatus) {
    to.plain("handle", status.handle);
    match &status.record {
        Some(record) => to.object("record", |to| {
            to.text("purpose", record.purpose.as_str());
            to.time("expires", record.expires);
            to.number("triesLeft", record.tries_left);
            to.object("issued", |to| act(to, &record.issued));
            to.object("state", |to| state(to, &record.state));
        }),
        None => to.null("record"),
    }
    fault(to, status.fault);
}

impl Answer for Vec<ActivationStatus> {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", self, activation);
    }
}

impl Answer for ActivationPage {
    fn write(&self, to: &mut Object<'_>) {
        to.objects("entries", &self.entries, activation);
        match self.next {
            Some(handle) => to.plain("after", handle),
            None => to.null("after"),
        }
    }
}
