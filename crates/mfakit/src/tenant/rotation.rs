//! Sealing a tenant's documents with the active key, a page at a time.

use alloc::sync::Arc;

use mfakit_core::{
    Administrator, DocumentKey, DocumentKind, Error, Flow, IndexField, KeyId, Keyring, Operation,
    Resealing, Setting, Unavailable,
};
use mfakit_store::ScanQuery;

use crate::{
    engine::KeyUsage,
    observe::Watch,
    tenant::{MAX_PAGE, Tenant},
};

impl Tenant {
    /// Seals a page of documents with the active key that another key has sealed.
    ///
    /// Every document is a commit of its own. So the pages may stop at any point, and what was sealed anew stays so:
    /// go on from [`RotationPage::next`], or begin again, which finds what is left. Several processes may do so at once.
    /// People sign in meanwhile; a document that one of them writes is sealed with the active key by that.
    ///
    /// # Errors
    /// [`Error`], if the store or the randomness fails; then ask for the same page again. A document that alone is in
    /// the way is none: [`RotationPage::failed`] tells of it, and the others go on.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: how many
    /// documents are left, and which do not open.
    ///
    /// Each document gets an event that names `by`. What a copy of the store from before holds stays sealed with the
    /// old key, and opens to whoever has that.
    pub async fn rotate_keys(
        &self,
        query: RotationQuery,
        by: &Administrator,
    ) -> Result<RotationPage, Error> {
        let mut watch = self.engine.watch(Operation::RotateKeys);
        let ended = self.page_of_rotation(query, by, &mut watch).await;
        watch.end(ended)
    }

    async fn page_of_rotation(
        &self,
        query: RotationQuery,
        by: &Administrator,
        watch: &mut Watch<'_>,
    ) -> Result<RotationPage, Error> {
        if query.limit == 0 || query.limit > MAX_PAGE {
            return Err(mfakit_core::Misuse::PageSize.into());
        }
        let keyring = self.engine.keyring();
        self.token_lifetime(&keyring, watch).await?;
        let active = keyring.active();
        // A place in a rotation to another key is none in this one.
        let place = query.after.filter(|place| place.active == active);
        let mut place = place.unwrap_or_else(|| RotationCursor::start(active));
        let mut page = RotationPage {
            resealed: 0,
            failed: Vec::new(),
            left: 0,
            next: None,
        };
        let mut room = query.limit;
        while let Some((kind, (low, high))) = place.part() {
            let mut scan = ScanQuery::new(self.id.clone(), kind, room);
            scan = scan.within(IndexField::KeyId, low, high);
            if let Some(after) = &place.after {
                scan = scan.after(after.clone());
            }
            let rows = self.engine.store().scan(&scan).await?;
            let found = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            for row in rows {
                let document = DocumentKey::new(self.id.clone(), kind, row.id);
                place.after = Some(document.id.clone());
                self.reseal(&keyring, document, by, (&mut page, watch))
                    .await?;
            }
            room = room.saturating_sub(found);
            if room == 0 {
                page.next = Some(place);
                break;
            }
            place.part += 1;
            place.after = None;
        }
        page.left = self.documents_left(active).await?;
        Ok(page)
    }

    /// How many documents of this tenant each key of the keyring has sealed.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: which keys are
    /// used, and how often.
    pub async fn key_usage(&self) -> Result<KeyUsage, Error> {
        let mut watch = self.engine.watch(Operation::KeyUsage);
        let ended = self.usage_of(&self.engine.keyring(), &mut watch).await;
        watch.end(ended)
    }

    /// The same by a keyring that several tenants are counted by.
    pub(crate) async fn usage_of(
        &self,
        keyring: &Arc<Keyring>,
        watch: &mut Watch<'_>,
    ) -> Result<KeyUsage, Error> {
        let mut usage = KeyUsage::none(keyring);
        usage.token_lifetime = self.token_lifetime(keyring, watch).await?;
        let mut known: u64 = 0;
        for counted in &mut usage.keys {
            counted.documents = self.documents_under(counted.key).await?;
            known = known.saturating_add(counted.documents);
        }
        let all = self.documents_within(ALL_KEYS).await?;
        usage.unknown = all.saturating_sub(known);
        Ok(usage)
    }

    pub(crate) async fn documents_under(&self, key: KeyId) -> Result<u64, Error> {
        let number = i64::from(key.number());
        self.documents_within((number, number)).await
    }

    async fn reseal(
        &self,
        keyring: &Arc<Keyring>,
        document: DocumentKey,
        by: &Administrator,
        (page, watch): (&mut RotationPage, &mut Watch<'_>),
    ) -> Result<(), Error> {
        let flow = Flow::reseal(Arc::clone(keyring), document.clone(), by.clone());
        let error = match self.engine.run(flow, watch).await {
            Ok(Resealing::Resealed { .. }) => {
                page.resealed += 1;
                return Ok(());
            }
            Ok(Resealing::Unreadable(fault)) => Error::Unavailable(fault),
            Ok(_) => return Ok(()),
            // Those of the store are not the document's own.
            Err(error @ Error::Unavailable(Unavailable::Store(_) | Unavailable::Randomness)) => {
                return Err(error);
            }
            Err(error @ (Error::Busy | Error::Unavailable(_))) => error,
            Err(error) => return Err(error),
        };
        page.failed.push(ResealFailure { document, error });
        Ok(())
    }

    async fn documents_left(&self, active: KeyId) -> Result<u64, Error> {
        let mut left: u64 = 0;
        for keys in other_keys(active) {
            left = left.saturating_add(self.documents_within(keys).await?);
        }
        Ok(left)
    }

    /// How many documents keys with numbers in this inclusive range have sealed.
    async fn documents_within(&self, (low, high): (i64, i64)) -> Result<u64, Error> {
        let mut documents: u64 = 0;
        for kind in DocumentKind::ALL {
            let query = ScanQuery::new(self.id.clone(), kind, MAX_PAGE);
            let query = query.within(IndexField::KeyId, low, high);
            documents = documents.saturating_add(self.engine.store().count(&query).await?);
        }
        Ok(documents)
    }

    /// For how long a ticket or an assertion of this tenant can be good.
    async fn token_lifetime(
        &self,
        keyring: &Arc<Keyring>,
        watch: &mut Watch<'_>,
    ) -> Result<u32, Error> {
        let lifetimes = [Setting::TicketLifetime, Setting::AssertionLifetime];
        let flow = Flow::policy(Arc::clone(keyring), self.id.clone());
        let lifetimes = match self.engine.run(flow, watch).await {
            Ok(policy) => lifetimes.map(|setting| policy.get(setting)),
            Err(error @ (Error::Misuse(_) | Error::Unavailable(Unavailable::Store(_)))) => {
                return Err(error);
            }
            // A policy that does not open is put right one day, and then allows no more than this.
            Err(_) => lifetimes.map(|setting| setting.range().1),
        };
        Ok(lifetimes.into_iter().max().unwrap_or_default())
    }
}

/// Which page of a rotation to do.
#[derive(Debug, Clone)]
#[must_use]
pub struct RotationQuery {
    after: Option<RotationCursor>,
    limit: u32,
}

impl RotationQuery {
    /// The first `limit` documents that another key than the active one has sealed; at most 100.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page that follows `next` of the page before.
    pub fn after(mut self, next: RotationCursor) -> Self {
        self.after = Some(next);
        self
    }
}

/// What was done in a page of a rotation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RotationPage {
    /// How many documents were sealed anew.
    pub resealed: u32,
    /// Those that were not, and why; they are as they were.
    pub failed: Vec<ResealFailure>,
    /// How many documents of the tenant are sealed with another key than the active one: the rotation is done
    /// when it is 0.
    pub left: u64,
    /// Where the next page begins, if there may be one.
    pub next: Option<RotationCursor>,
}

/// A document that was not sealed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealFailure {
    /// Where it is kept.
    pub document: DocumentKey,
    /// Why.
    pub error: Error,
}

/// A place in a rotation. One from before another key was made active stands for the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationCursor {
    active: KeyId,
    /// Which kind of document, and whether numbers below or above that of the active key.
    part: usize,
    after: Option<Vec<u8>>,
}

impl RotationCursor {
    const fn start(active: KeyId) -> Self {
        Self {
            active,
            part: 0,
            after: None,
        }
    }

    fn part(&self) -> Option<(DocumentKind, (i64, i64))> {
        let mut parts = DocumentKind::ALL
            .into_iter()
            .flat_map(|kind| other_keys(self.active).map(move |keys| (kind, keys)));
        parts.nth(self.part)
    }
}

/// The numbers of all keys but one, as inclusive ranges.
fn other_keys(active: KeyId) -> impl Iterator<Item = (i64, i64)> {
    let number = i64::from(active.number());
    let (lowest, highest) = ALL_KEYS;
    let ranges = [(lowest, number - 1), (number + 1, highest)];
    ranges.into_iter().filter(|(low, high)| low <= high)
}

const ALL_KEYS: (i64, i64) = (0, 0xffff_ffff);

#[cfg(test)]
mod tests {
    use mfakit_core::KeyId;

    use super::{RotationCursor, other_keys};

    #[test]
    fn every_number_but_one_is_of_another_key() {
        let ranges = |number| other_keys(KeyId::new(number)).collect::<Vec<_>>();
        assert_eq!(ranges(0), [(1, 4_294_967_295)]);
        assert_eq!(ranges(1), [(0, 0), (2, 4_294_967_295)]);
        assert_eq!(ranges(u32::MAX), [(0, 4_294_967_294)]);
    }

    #[test]
    fn a_rotation_goes_through_every_kind_on_both_sides_of_the_key() {
        for (number, sides) in [(0, 1), (7, 2), (u32::MAX, 1)] {
            let mut place = RotationCursor::start(KeyId::new(number));
            let mut parts = Vec::new();
            while let Some(part) = place.part() {
                assert!(!parts.contains(&part));
                parts.push(part);
                place.part += 1;
            }
            assert_eq!(parts.len(), 4 * sides);
        }
    }
}
