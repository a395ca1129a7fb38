//! A store that makes everybody wait before and after each call, so that a test can stop anywhere.

use core::future::poll_fn;
use core::task::Poll;

use mfakit_core::{Commit, CommitOutcome, DocumentKey, StoredDocument, StoredEvent, TenantId};
use mfakit_store::{EventQuery, ScanQuery, ScanRow, Store, StoreFuture};

pub(crate) struct SlowStore<S>(pub(crate) S);

/// Is not ready the first time it is asked.
async fn pause() {
    let mut asked = false;
    poll_fn(move |context| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<S: Store> Store for SlowStore<S> {
    fn load<'a>(&'a self, keys: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        slowly(self.0.load(keys))
    }

    fn commit<'a>(&'a self, commit: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        slowly(self.0.commit(commit))
    }

    fn scan<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        slowly(self.0.scan(query))
    }

    fn count<'a>(&'a self, query: &'a ScanQuery) -> StoreFuture<'a, u64> {
        slowly(self.0.count(query))
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        slowly(self.0.events(query))
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a TenantId>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<TenantId>> {
        slowly(self.0.tenants(after, limit))
    }

    fn prune_events<'a>(&'a self, key: &'a DocumentKey, before: u64) -> StoreFuture<'a, u64> {
        slowly(self.0.prune_events(key, before))
    }
}

fn slowly<'a, T: Send + 'a>(call: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
    Box::pin(async move {
        pause().await;
        let answer = call.await;
        pause().await;
        answer
    })
}
