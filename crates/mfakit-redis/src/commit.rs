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
        let beside = match places {
            Places::Inside => 2,
            Places::Before { .. } => 0,
        };
        let events = self.writes.iter().flat_map(|write| &write.events);
        let (count, size) = self
            .writes
            .iter()
            .map(|write| &write.body)
            .chain(events.map(|event| &event.body))
            .fold((0, 0), |(count, size), body| {
                (count + 1, size + 512 + body.len())
            });
        let arguments = 4 + self.buckets.len() + 6 * count;
        let mut call = script::COMMIT.begin(5 * self.buckets.len() + beside, arguments, size);
        let tenant = self.tenant.map_or("", TenantId::as_str);
        let mut floor = 0;
        if let Some(tenant) = self.tenant {
            for bucket in &self.buckets {
                for part in Part::ALL {
                    call.add(&self.layout.of_bucket(tenant, *bucket, part));
                }
            }
            match places {
                Places::Inside => {
                    call.add(&self.layout.registry(tenant));
                    call.add(&self.layout.tenants());
                }
                Places::Before { floor: given } => floor = given,
            }
        }
        call.add_number(self.buckets.len());
        call.add_number(self.writes.len());
        call.add(floor.to_string().as_bytes());
        call.add(tenant.as_bytes());
        for bucket in &self.buckets {
            call.add_number((*bucket).into());
        }
        for write in self.writes {
            let bucket = self.layout.bucket(&write.key.id);
            let place = self.buckets.iter().position(|known| *known == bucket);
            call.add_number(place.map_or(0, |place| place + 1));
            call.add(&field(&write.key));
            call.add(&revision(write.expected));
            call.add(&head(write.revision, &write.index));
            call.add(&write.body);
            call.add_number(write.events.len());
            for event in &write.events {
                call.add(&event.sequence.to_be_bytes());
                call.add(&event.body);
            }
        }
        call
    }
}
