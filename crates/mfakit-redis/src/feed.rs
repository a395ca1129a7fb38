//! The events of a tenant, from all its buckets.
//!
//! # Positions
//! An event's position is its clock and, below that, the number of its bucket. Within a bucket clocks grow with each
//! event, and are the server's time in microseconds unless that is behind; so no two events have one position, those
//! of one document are in the order of their sequence, and those of a tenant nearly in the order of time.
//!
//! # Why the feed is complete behind its cursor
//! Buckets are on different nodes, so nothing can be atomic over all of them, and clocks of nodes differ and jump. A
//! page is read in these steps:
//!
//! 1. The registry says which buckets there are, and each of them its clock. Let X be the highest.
//! 2. The registry's floor is raised to X, and the registry says once more which buckets there are.
//! 3. In each of these, by one script: the clock is raised to X, and events with clocks up to X are read.
//!
//! Let an event with clock q <= X be committed to some bucket after step 3 read it or without step 3 reading it.
//! *If step 3 read the bucket*, its clock was at least X from then on, and a commit gives its events clocks above the
//! bucket's: q > X. *If it did not*, the bucket was not in the registry at step 2. A commit that makes a bucket enters it
//! there first and takes the floor it finds as the clock to begin above, in one script; so it came after step 2, found
//! at least X, and q > X. Either way there is no such event: whatever appears later is behind the page.
//!
//! With no trust in any time: a server whose clock jumps back continues from its bucket's clock.

use mfakit_core::{DocumentKey, StoredEvent, TenantId};
use mfakit_store::{EventOrder, EventQuery};
use redis::Value;
use tokio::time::Instant;

use crate::{
    error::Trouble,
    keys::{Layout, Part, name},
    records::{self, CLOCKS, bucket_bits, clock_of},
    script::{self, Call},
    servers::Servers,
};

/// Reads pages of events.
pub(crate) struct Feed<'a> {
    pub(crate) servers: &'a Servers,
    pub(crate) layout: &'a Layout,
    pub(crate) tenant: &'a TenantId,
    pub(crate) end: Option<Instant>,
}

/// A bucket, as far as it was read.
struct Lane {
    bucket: u16,
    /// The next clock to look at; `None` if there is no more.
    next: Option<u64>,
    /// The place of the last event that was read.
    last: u64,
}

impl Feed<'_> {
    pub(crate) async fn page(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, Trouble> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        if let Some(key) = &query.document {
            return self.chain(key, query, limit).await;
        }
        let (top, buckets) = match query.order {
            EventOrder::NewestFirst => (CLOCKS, self.buckets(None).await?),
            EventOrder::OldestFirst => {
                let Some(top) = self.highest_clock().await? else {
                    return Ok(Vec::new());
                };
                (top, self.buckets(Some(top)).await?)
            }
        };
        let lanes = buckets
            .into_iter()
            .map(|bucket| Lane {
                bucket,
                next: first_clock(query, bucket).filter(|first| *first <= top),
                last: 0,
            })
            .collect();
        self.merge(lanes, query.order, top, limit).await
    }

    /// The highest clock of all buckets, if the tenant has any.
    async fn highest_clock(&self) -> Result<Option<u64>, Trouble> {
        let buckets = self.buckets(None).await?;
        let calls: Vec<_> = buckets
            .into_iter()
            .map(|bucket| {
                let key = self.layout.of_bucket(self.tenant, bucket, Part::Clock);
                script::CLOCK.call(vec![key], Vec::new())
            })
            .collect();
        let mut highest = None;
        for clock in self.servers.calls(&calls, self.end).await? {
            // A bucket is in the registry before it has a clock.
            if clock != Value::Nil {
                highest = highest.max(Some(records::clock(clock)?));
            }
        }
        Ok(highest)
    }

    /// The buckets there are, once the floor is at `floor`.
    async fn buckets(&self, floor: Option<u64>) -> Result<Vec<u16>, Trouble> {
        let floor = floor.map(decimal).into_iter().collect();
        let call = script::ANNOUNCE.call(vec![self.layout.registry(self.tenant)], floor);
        Ok(records::buckets(self.servers.call(call, self.end).await?)?)
    }

    /// The first `limit` events of all lanes together.
    async fn merge(
        &self,
        mut lanes: Vec<Lane>,
        order: EventOrder,
        top: u64,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, Trouble> {
        let place = |event: &StoredEvent| match order {
            EventOrder::OldestFirst => event.position,
            EventOrder::NewestFirst => u64::MAX - event.position,
        };
        let mut events: Vec<StoredEvent> = Vec::new();
        // Every clock is raised, also where there is nothing to read.
        let mut reading: Vec<usize> = (0..lanes.len()).collect();
        // A fair share of the page from each bucket, and one to see that there is more.
        let mut share = (limit / lanes.len().max(1)).saturating_add(2).min(limit);
        while !reading.is_empty() {
            let chosen = lanes
                .iter()
                .enumerate()
                .filter(|(i, _)| reading.contains(i));
            let calls: Vec<_> = chosen
                .map(|(_, lane)| self.read(lane, order, top, share))
                .collect();
            let answers = self.servers.calls(&calls, self.end).await?;
            for (place_of_lane, answer) in reading.iter().zip(answers) {
                let Some(lane) = lanes.get_mut(*place_of_lane) else {
                    continue;
                };
                let read = records::events(answer, self.tenant, lane.bucket)?;
                let full = read.len() >= share;
                lane.next = read.last().filter(|_| full).and_then(|last| {
                    lane.last = place(last);
                    let (clock, _) = clock_of(last.position);
                    match order {
                        EventOrder::OldestFirst => Some(clock.saturating_add(1)),
                        EventOrder::NewestFirst => clock.checked_sub(1),
                    }
                });
                events.extend(read);
            }
            events.sort_unstable_by_key(place);
            events.truncate(limit);
            // A lane matters as long as what it may still have comes before the end of the page.
            let end = events.get(limit.saturating_sub(1)).map_or(u64::MAX, place);
            let matters = |lane: &Lane| lane.next.is_some() && lane.last < end;
            reading = (0..lanes.len())
                .filter(|i| lanes.get(*i).is_some_and(matters))
                .collect();
            share = share.saturating_mul(2).min(limit);
        }
        Ok(events)
    }

    /// The call that reads the next events of a lane, and that raises its clock to `top` if the oldest are asked for.
    fn read(&self, lane: &Lane, order: EventOrder, top: u64, share: usize) -> Call {
        let key = |part| self.layout.of_bucket(self.tenant, lane.bucket, part);
        let share = decimal(
            u64::try_from(share)
                .unwrap_or(u64::MAX)
                .min(u64::from(u32::MAX)),
        );
        let arguments = match order {
            EventOrder::OldestFirst => {
                // Beyond the top there is nothing to read.
                let from = lane.next.unwrap_or(CLOCKS);
                vec![decimal(from), decimal(top), share, decimal(top)]
            }
            EventOrder::NewestFirst => {
                let from = lane.next.map_or_else(|| b"-1".to_vec(), decimal);
                vec![from, b"0".to_vec(), share, b"REV".to_vec()]
            }
        };
        script::PAGE.call(vec![key(Part::Events), key(Part::Clock)], arguments)
    }

    /// Events of one document. They are in one bucket, whose clock only grows, so they need none of the above.
    async fn chain(
        &self,
        key: &DocumentKey,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, Trouble> {
        let bucket = self.layout.bucket(&key.id);
        let Some(first) = first_clock(query, bucket) else {
            return Ok(Vec::new());
        };
        let of_bucket = |part| self.layout.of_bucket(self.tenant, bucket, part);
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut arguments = vec![name(key), decimal(first), decimal(limit)];
        if query.order == EventOrder::NewestFirst {
            arguments.push(b"REV".to_vec());
        }
        let keys = vec![of_bucket(Part::Events), of_bucket(Part::Chains)];
        let answer = self
            .servers
            .call(script::CHAIN.call(keys, arguments), self.end)
            .await?;
        Ok(records::events(answer, self.tenant, bucket)?)
    }
}

/// The first clock in a bucket that lies beyond the cursor of the query.
fn first_clock(query: &EventQuery, bucket: u16) -> Option<u64> {
    let bucket = bucket_bits(bucket);
    match (query.order, query.after.map(clock_of)) {
        (EventOrder::OldestFirst, None) => Some(0),
        (EventOrder::OldestFirst, Some((clock, passed))) if bucket > passed => Some(clock),
        (EventOrder::OldestFirst, Some((clock, _))) => clock.checked_add(1),
        (EventOrder::NewestFirst, None) => Some(CLOCKS),
        (EventOrder::NewestFirst, Some((clock, passed))) if bucket < passed => Some(clock),
        (EventOrder::NewestFirst, Some((clock, _))) => clock.checked_sub(1),
    }
    // Beyond all clocks there is nothing; the driver's numbers end there.
    .map(|clock| clock.min(CLOCKS))
}

fn decimal(number: u64) -> Vec<u8> {
    number.to_string().into_bytes()
}
