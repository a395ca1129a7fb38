//! One call: a connection from the pool, one statement, its rows, all within the patience.

use alloc::boxed::Box;
use core::{future::poll_fn, pin::pin, time::Duration};

use deadpool_postgres::{Object, Pool};
use mfakit_core::StoreError;
use tokio::{
    runtime::Handle,
    time::{Instant, timeout_at},
};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    error::{CallError, Meaning, meaning},
    statements::Statement,
};

/// Where statements are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// Prepared once for each connection.
    Named,
    /// Sent anew with each call, so that the next call may go over another session.
    Unnamed,
}

/// The pool, and how it is used.
pub(crate) struct Client {
    pub(crate) pool: Pool,
    pub(crate) runtime: Handle,
    pub(crate) preparation: Preparation,
    pub(crate) patience: Duration,
}

/// A parameter of a statement.
pub(crate) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A call that gave no rows.
pub(crate) struct Failure {
    pub(crate) error: CallError,
    pub(crate) meaning: Meaning,
}

impl Client {
    /// Runs a future of this crate under any executor: the pool and the driver ask for the runtime they belong to.
    pub(crate) async fn enter<T>(&self, call: impl Future<Output = T> + Send) -> T {
        let mut call = pin!(call);
        poll_fn(move |context| {
            let _entered = self.runtime.enter();
            call.as_mut().poll(context)
        })
        .await
    }

    /// Runs one statement in a transaction of its own, in one round trip once it is prepared.
    ///
    /// Dropped half-way, this leaves a connection that goes back into the pool: the driver reads what is left of the
    /// answer before that of the next call.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        // A patience beyond the end of time is none.
        let end = Instant::now().checked_add(self.patience);
        let object = self.connection(end).await?;
        match self.run(&object, statement, parameters, end).await {
            Err(failure) if failure.ends_session() => {
                // Nobody else shall wait behind an answer that does not come, or be given a session that has ended.
                drop(Object::take(object));
                Err(failure)
            }
            answer => answer,
        }
    }

    async fn connection(&self, end: Option<Instant>) -> Result<Object, Failure> {
        match by(end, self.pool.get()).await {
            Some(Ok(object)) => Ok(object),
            Some(Err(source)) => Err(Failure::unsent(CallError::Pool {
                source: Box::new(source),
            })),
            None => Err(Failure::unsent(CallError::TimedOut)),
        }
    }

    async fn run(
        &self,
        object: &Object,
        statement: &Statement,
        parameters: &[Parameter<'_>],
        end: Option<Instant>,
    ) -> Result<Vec<Row>, Failure> {
        let Statement { sql, types } = statement;
        let answer = match self.preparation {
            Preparation::Named => {
                let prepared = match by(end, object.prepare_typed_cached(sql, types)).await {
                    Some(Ok(prepared)) => prepared,
                    Some(Err(source)) => {
                        return Err(Failure::unsent(CallError::Database {
                            source: Box::new(source),
                        }));
                    }
                    None => return Err(Failure::unsent(CallError::TimedOut)),
                };
                by(end, object.query(&prepared, parameters)).await
            }
            Preparation::Unnamed => {
                let typed: Vec<_> = parameters
                    .iter()
                    .copied()
                    .zip(types.iter().cloned())
                    .collect();
                by(end, object.query_typed(sql, &typed)).await
            }
        };
        match answer {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(source)) => Err(Failure {
                meaning: meaning(&source),
                error: CallError::Database {
                    source: Box::new(source),
                },
            }),
            None => Err(Failure {
                meaning: Meaning::UNCLEAR,
                error: CallError::TimedOut,
            }),
        }
    }
}

impl Failure {
    /// The statement was not sent, so nothing came of it.
    const fn unsent(error: CallError) -> Self {
        Self {
            error,
            meaning: Meaning::UNAVAILABLE,
        }
    }

    /// Whether the session is of no more use.
    const fn ends_session(&self) -> bool {
        matches!(self.error, CallError::TimedOut)
            || matches!(self.meaning, Meaning::Error(StoreError::Unclear))
    }
}

/// What the future gives by `end`.
async fn by<T>(end: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match end {
        Some(end) => timeout_at(end, future).await.ok(),
        None => Some(future.await),
    }
}
