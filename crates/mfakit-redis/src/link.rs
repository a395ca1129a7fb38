//! The connection to one server: made when it is needed, shared by all calls, and dropped when it fails.
//!
//! The driver's own managers send again what they did not hear an answer to; a commit must not be.

use alloc::sync::Arc;

use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisResult, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::error::{CallError, Failure};

/// One server.
pub(crate) struct Link {
    client: Client,
    current: Mutex<Current>,
}

struct Current {
    /// Counts the connections, so that a failure drops the one it happened on.
    number: u64,
    connection: Option<MultiplexedConnection>,
}

impl Link {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            current: Mutex::new(Current {
                number: 0,
                connection: None,
            }),
        }
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Sends commands in one go and gives the answer to each, errors of the server included.
    ///
    /// Dropped half-way, this leaves a connection that is good for others: the driver reads what is left.
    pub(crate) async fn send(
        &self,
        commands: &[Arc<Cmd>],
        end: Option<Instant>,
    ) -> Result<Vec<Value>, Failure> {
        let (number, mut connection) = match by(end, self.connection()).await {
            Some(connected) => connected.map_err(Failure::connect)?,
            None => return Err(Failure::Unsent(CallError::TimedOut)),
        };
        let answers = async {
            match commands {
                [command] => connection
                    .send_packed_command(command)
                    .await
                    .map(|one| vec![one]),
                several => {
                    let mut pipeline = Pipeline::with_capacity(several.len());
                    for command in several {
                        pipeline.add_command((**command).clone());
                    }
                    connection
                        .send_packed_commands(&pipeline, 0, several.len())
                        .await
                }
            }
        };
        let failure = match by(end, answers).await {
            Some(Ok(answers)) if answers.len() == commands.len() => return Ok(answers),
            Some(Ok(_)) => Failure::Lost(CallError::Value { part: "answer" }),
            Some(Err(source)) => Failure::lost(source),
            None => Failure::Lost(CallError::TimedOut),
        };
        self.drop_connection(number);
        Err(failure)
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut current = self.current.lock().await;
        if let Some(connection) = &current.connection {
            return Ok((current.number, connection.clone()));
        }
        // How long to wait is said once, by the patience.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(WAITING);
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        current.number += 1;
        current.connection = Some(connection.clone());
        Ok((current.number, connection))
    }

    /// Nobody else shall wait behind an answer that does not come.
    fn drop_connection(&self, number: u64) {
        // Whoever holds the lock is making a new one.
        if let Ok(mut current) = self.current.try_lock()
            && current.number == number
        {
            current.connection = None;
        }
    }
}

/// What the future gives by `end`.
pub(crate) async fn by<T>(end: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match end {
        Some(end) => timeout_at(end, future).await.ok(),
        None => Some(future.await),
    }
}

/// How many calls may wait to be written.
const WAITING: usize = 1024;
