//! A commit as its script takes it.

use mfakit_core::{Commit, DocumentKind, TenantId, Write};

use crate::{
    keys::{Layout, Part, field},
    records::head,
    script::{self, Call},
    store::revision,
};

/// The writes of a commit, and the buckets they are in.
pub(crate) struct Batch<'a> {
    layout: &'a Layout,
    /// Every write is of this tenant, as [`check_commit`](mfakit_store::check_commit) has seen.
    tenant: Option<&'a TenantId>,
    writes: &'a [Write],
    buckets: Vec<u16>,
}

/// Where the registry of buckets and the list of tenants are kept up to date.
pub(crate) enum Places {
    /// By the commit's own script: everything is on one server.
    Inside,
    /// By [`Batch::notes`], before it; new buckets begin above `floor`.
    Before { floor: u64 },
}

impl<'a> Batch<'a> {
    pub(crate) fn new(layout: &'a Layout, commit: &'a Commit) -> Self {
        let mut buckets = Vec::new();
        for write in &commit.writes {
            let bucket = layout.bucket(&write.key.id);
            if !buckets.contains(&bucket) {
                buckets.push(bucket);
            }
        }
        Self {
            layout,
            tenant: commit.writes.first().map(|write| &write.key.tenant),
            writes: &commit.writes,
            buckets,
        }
    }

    /// Whether the documents are in several buckets.
    pub(crate) const fn is_apart(&self) -> bool {
        self.buckets.len() > 1
    }

    /// What has to be stored elsewhere before this commit is, on a cluster: the bucket, if it may be new, and the name of
    /// the tenant, if its policy is.
    pub(crate) fn notes(&self) -> Vec<Call> {
        let mut notes = Vec::new();
        let Some(tenant) = self.tenant else {
            return notes;
        };
        let new = |write: &Write| write.expected.number() == 0;
        let policy =
            |write: &Write| write.key.kind == DocumentKind::Policy && write.key.id.is_empty();
        if self.writes.iter().any(|write| new(write) && policy(write)) {
            let name = tenant.as_str().as_bytes().to_vec();
            notes.push(script::ENLIST.call(vec![self.layout.tenants()], vec![name]));
        }
        for bucket in &self.buckets {
            // A bucket with a document is in the registry, so one that is to have one already is no new one.
            if self
                .writes
                .iter()
                .filter(|write| self.layout.bucket(&write.key.id) == *bucket)
                .all(new)
            {
                let key = self.layout.registry(tenant);
                notes.push(script::REGISTER.call(vec![key], vec![bucket.to_string().into_bytes()]));
            }
        }
        notes
    }

    /// The call that commits.
    pub(crate) fn call(&self, places: Places) -> Call {
        let number = |number: usize| number.to_string().into_bytes();
        let mut keys = Vec::with_capacity(5 * self.buckets.len() + 2);
        let mut arguments = vec![number(self.buckets.len()), number(self.writes.len())];
        if let Some(tenant) = self.tenant {
            for bucket in &self.buckets {
                keys.extend(Part::ALL.map(|part| self.layout.of_bucket(tenant, *bucket, part)));
            }
            let floor = match places {
                Places::Inside => {
                    keys.push(self.layout.registry(tenant));
                    keys.push(self.layout.tenants());
                    0
                }
                Places::Before { floor } => floor,
            };
            arguments.push(floor.to_string().into_bytes());
            arguments.push(tenant.as_str().as_bytes().to_vec());
        }
        arguments.extend(self.buckets.iter().map(|bucket| number((*bucket).into())));
        for write in self.writes {
            let bucket = self.layout.bucket(&write.key.id);
            let place = self.buckets.iter().position(|known| *known == bucket);
            arguments.push(number(place.map_or(0, |place| place + 1)));
            arguments.push(field(&write.key));
            arguments.push(revision(write.expected).to_vec());
            arguments.push(head(write.revision, &write.index));
            arguments.push(write.body.clone());
            arguments.push(number(write.events.len()));
            for event in &write.events {
                arguments.push(event.sequence.to_be_bytes().to_vec());
                arguments.push(event.body.clone());
            }
        }
        script::COMMIT.call(keys, arguments)
    }
}
