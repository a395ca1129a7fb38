//! Where calls go: to the one server, or to the nodes of a cluster by the slots of their keys.
//!
//! A node that does not have a slot says who does, and has done nothing: such a call goes there. So does one whose script
//! the server does not know, with the script before it. No other call is sent twice.

use alloc::sync::Arc;
use core::{
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::sync::{PoisonError, RwLock};

use redis::{Client, Cmd, ConnectionAddr, ServerErrorKind, Value};
use tokio::{runtime::Handle, task::JoinSet, time::Instant};

use crate::{
    error::{CallError, Failure},
    link::Link,
    script::Call,
};

/// The servers of a store.
pub(crate) struct Servers {
    runtime: Handle,
    patience: Duration,
    place: Place,
}

enum Place {
    One(Arc<Link>),
    Cluster(Cluster),
}

/// The nodes of a cluster, as one of them told.
struct Cluster {
    map: RwLock<Arc<Map>>,
    /// Whether a call failed in a way that lets us ask anew before the next.
    stale: AtomicBool,
}

#[derive(Default)]
struct Map {
    /// First and last slot, and who has them.
    slots: Vec<(u16, u16, Arc<Link>)>,
    /// Every primary by its address.
    nodes: Vec<(String, Arc<Link>)>,
}

/// An answer to a call, or why there is none.
pub(crate) type Answer = Result<Value, Failure>;

/// What is to be done about a call.
enum Next {
    /// Send it where the map says, or by this detour.
    Send(Option<Detour>),
    Done(Answer),
}

/// Where a call goes that was refused, and how.
struct Detour {
    link: Arc<Link>,
    /// The server is asked to answer for a slot that it is about to get.
    asking: bool,
    /// The server is given the script first.
    script: bool,
}

/// Calls that go to one server at once.
struct Batch {
    link: Arc<Link>,
    commands: Vec<Arc<Cmd>>,
    /// For each command whose answer counts, its place among the commands and that of its call.
    places: Vec<(usize, usize)>,
}

impl Servers {
    /// The server of this link.
    pub(crate) fn one(link: Link, runtime: Handle, patience: Duration) -> Self {
        Self {
            runtime,
            patience,
            place: Place::One(Arc::new(link)),
        }
    }

    /// The cluster that the node of this link is part of.
    pub(crate) async fn cluster(
        link: Link,
        runtime: Handle,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let link = Arc::new(link);
        let map = Map::ask(&link, &Map::default(), Instant::now().checked_add(patience)).await?;
        Ok(Self {
            runtime,
            patience,
            place: Place::Cluster(Cluster {
                map: RwLock::new(Arc::new(map)),
                stale: AtomicBool::new(false),
            }),
        })
    }

    /// Every server that takes writes.
    pub(crate) fn primaries(&self) -> Vec<Arc<Link>> {
        match &self.place {
            Place::One(link) => vec![Arc::clone(link)],
            Place::Cluster(cluster) => {
                let map = cluster.map();
                map.nodes.iter().map(|(_, link)| Arc::clone(link)).collect()
            }
        }
    }

    /// Whether keys of different slots can be part of one call.
    pub(crate) const fn is_one(&self) -> bool {
        matches!(self.place, Place::One(_))
    }

    /// Runs a future of this crate under any executor: the driver asks for the runtime it belongs to.
    pub(crate) async fn enter<T>(&self, call: impl Future<Output = T> + Send) -> T {
        let mut call = pin!(call);
        poll_fn(move |context| {
            let _entered = self.runtime.enter();
            call.as_mut().poll(context)
        })
        .await
    }

    /// When a call that begins now is given up; a patience beyond the end of time is none.
    pub(crate) fn end(&self) -> Option<Instant> {
        Instant::now().checked_add(self.patience)
    }

    /// Makes one call.
    pub(crate) async fn call(&self, call: Call, end: Option<Instant>) -> Answer {
        let unanswered = || Err(Failure::Lost(CallError::Value { part: "answer" }));
        let first = match &self.place {
            // What nearly every call comes to: sent, answered, done.
            Place::One(link) => match link.send(&[call.command()], end).await?.pop() {
                Some(value) => self.settle(link, value),
                None => return unanswered(),
            },
            Place::Cluster(_) => Next::Send(None),
        };
        if let Next::Done(answer) = first {
            return answer;
        }
        let mut answers = self.answers(&[call], vec![first], end).await;
        answers.pop().unwrap_or_else(unanswered)
    }

    /// Makes calls in one round trip to each server; the first failure is that of all.
    pub(crate) async fn calls(
        &self,
        calls: &[Call],
        end: Option<Instant>,
    ) -> Result<Vec<Value>, Failure> {
        let next = calls.iter().map(|_| Next::Send(None)).collect();
        self.answers(calls, next, end).await.into_iter().collect()
    }

    async fn answers(
        &self,
        calls: &[Call],
        mut next: Vec<Next>,
        end: Option<Instant>,
    ) -> Vec<Answer> {
        if let Place::Cluster(cluster) = &self.place {
            cluster.freshen(end).await;
        }
        for _ in 0..HOPS {
            let batches = self.batches(calls, &mut next);
            if batches.is_empty() {
                break;
            }
            for (link, places, sent) in self.send(batches, end).await {
                match sent {
                    Ok(mut values) => {
                        for (command, call) in places {
                            let value = values.get_mut(command).map_or(Value::Nil, core::mem::take);
                            set(&mut next, call, self.settle(&link, value));
                        }
                    }
                    Err(failure) => {
                        self.doubt();
                        let mut calls = places.into_iter().map(|(_, call)| call);
                        // The first tells why, and one that may have been carried out makes that true of all.
                        let others = matches!(failure, Failure::Lost(_));
                        if let Some(call) = calls.next() {
                            set(&mut next, call, Next::Done(Err(failure)));
                        }
                        for call in calls {
                            let failure = if others {
                                Failure::Lost
                            } else {
                                Failure::Unsent
                            };
                            set(
                                &mut next,
                                call,
                                Next::Done(Err(failure(CallError::TimedOut))),
                            );
                        }
                    }
                }
            }
        }
        next.into_iter()
            .zip(calls)
            .map(|(next, call)| match next {
                Next::Done(answer) => answer,
                // Sent around in a circle: everybody refused it.
                Next::Send(_) => Err(Failure::Unsent(CallError::NoNode { slot: call.slot() })),
            })
            .collect()
    }

    /// The calls that are to be sent, by the server they go to.
    fn batches(&self, calls: &[Call], next: &mut [Next]) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        for (place, (call, next)) in calls.iter().zip(next).enumerate() {
            let Next::Send(detour) = next else {
                continue;
            };
            let detour = detour.take();
            let link = match &detour {
                Some(detour) => Arc::clone(&detour.link),
                None => match self.link_of(call.slot()) {
                    Some(link) => link,
                    None => {
                        self.doubt();
                        let slot = call.slot();
                        *next = Next::Done(Err(Failure::Unsent(CallError::NoNode { slot })));
                        continue;
                    }
                },
            };
            let known = batches
                .iter()
                .position(|batch| Arc::ptr_eq(&batch.link, &link));
            let known = known.unwrap_or_else(|| {
                batches.push(Batch {
                    link,
                    commands: Vec::new(),
                    places: Vec::new(),
                });
                batches.len() - 1
            });
            let Some(batch) = batches.get_mut(known) else {
                continue;
            };
            if detour.as_ref().is_some_and(|detour| detour.script) {
                batch.commands.push(Arc::new(call.script.load()));
            }
            if detour.is_some_and(|detour| detour.asking) {
                batch.commands.push(Arc::new(redis::cmd("ASKING")));
            }
            batch.places.push((batch.commands.len(), place));
            batch.commands.push(call.command());
        }
        batches
    }

    /// Sends batches at the same time. Dropped half-way, what was sent is carried out all the same.
    async fn send(&self, batches: Vec<Batch>, end: Option<Instant>) -> Vec<Sent> {
        let one = |batch: Batch| async move {
            let Batch {
                link,
                commands,
                places,
            } = batch;
            let values = link.send(&commands, end).await;
            (link, places, values)
        };
        let mut sent = Vec::with_capacity(batches.len());
        let mut running = JoinSet::new();
        let mut batches = batches.into_iter();
        let last = batches.next_back();
        for batch in batches {
            running.spawn_on(one(batch), &self.runtime);
        }
        if let Some(batch) = last {
            sent.push(one(batch).await);
        }
        while let Some(joined) = running.join_next().await {
            // A task of ours neither panics nor is aborted; if it were, its calls would stay without an answer.
            sent.extend(joined);
        }
        sent
    }

    /// What an answer makes of its call.
    fn settle(&self, link: &Arc<Link>, value: Value) -> Next {
        let Value::ServerError(error) = value else {
            return Next::Done(Ok(value));
        };
        let detour = match error.kind() {
            Some(ServerErrorKind::NoScript) => Some(Detour {
                link: Arc::clone(link),
                asking: false,
                script: true,
            }),
            Some(kind @ (ServerErrorKind::Moved | ServerErrorKind::Ask)) => {
                let asking = kind == ServerErrorKind::Ask;
                if !asking {
                    self.doubt();
                }
                self.node_named_by(&error).map(|link| Detour {
                    link,
                    asking,
                    script: asking,
                })
            }
            _ => None,
        };
        match detour {
            Some(detour) => Next::Send(Some(detour)),
            None => Next::Done(Err(Failure::Answer(error))),
        }
    }

    fn link_of(&self, slot: u16) -> Option<Arc<Link>> {
        match &self.place {
            Place::One(link) => Some(Arc::clone(link)),
            Place::Cluster(cluster) => cluster.map().link_of(slot),
        }
    }

    /// The node whose address is in an error of the kind `MOVED 3999 127.0.0.1:6381`.
    fn node_named_by(&self, error: &redis::ServerError) -> Option<Arc<Link>> {
        let Place::Cluster(cluster) = &self.place else {
            return None;
        };
        let address = error.details()?.split_ascii_whitespace().nth(1)?;
        let map = cluster.map();
        if let Some((_, link)) = map.nodes.iter().find(|(known, _)| known == address) {
            return Some(Arc::clone(link));
        }
        let (host, port) = address.rsplit_once(':')?;
        let (_, some) = map.nodes.first()?;
        let client = neighbour(some.client(), host, port.parse().ok()?)?;
        Some(Arc::new(Link::new(client)))
    }

    /// Lets the map be asked for anew before the next call.
    fn doubt(&self) {
        if let Place::Cluster(cluster) = &self.place {
            cluster.stale.store(true, Ordering::Relaxed);
        }
    }
}

/// A link, the places of its calls, and its answers.
type Sent = (Arc<Link>, Vec<(usize, usize)>, Result<Vec<Value>, Failure>);

impl Cluster {
    fn map(&self) -> Arc<Map> {
        Arc::clone(&self.map.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks for the map if there is reason to: each node in turn, until one answers.
    async fn freshen(&self, end: Option<Instant>) {
        if !self.stale.swap(false, Ordering::Relaxed) {
            return;
        }
        let old = self.map();
        for (_, link) in &old.nodes {
            // A node that does not answer must not take all of the patience.
            let soon = Instant::now().checked_add(MAP_PATIENCE);
            let soon = match (soon, end) {
                (Some(soon), Some(end)) => Some(soon.min(end)),
                (soon, end) => soon.or(end),
            };
            if let Ok(map) = Map::ask(link, &old, soon).await {
                *self.map.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(map);
                return;
            }
        }
        self.stale.store(true, Ordering::Relaxed);
    }
}

impl Map {
    fn link_of(&self, slot: u16) -> Option<Arc<Link>> {
        self.slots
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&slot))
            .map(|(_, _, link)| Arc::clone(link))
    }

    /// The map as the node of `link` has it, with the links of `old`.
    async fn ask(link: &Arc<Link>, old: &Self, end: Option<Instant>) -> Result<Self, Failure> {
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        let mut answer = link.send(&[Arc::new(command)], end).await?;
        let ranges: Vec<(u16, u16, Option<String>, u16)> = match answer.pop() {
            Some(Value::ServerError(error)) => return Err(Failure::Answer(error)),
            Some(Value::Array(ranges)) => ranges.into_iter().filter_map(range).collect(),
            _ => Vec::new(),
        };
        let mut map = Self::default();
        for (first, last, host, port) in ranges {
            // A node that does not know its own name is where it was asked.
            let host = host.filter(|host| !host.is_empty());
            let Some(client) = neighbour_or_same(link.client(), host.as_deref(), port) else {
                continue;
            };
            let address = client.get_connection_info().addr().to_string();
            let known = |nodes: &[(String, Arc<Link>)]| {
                let node = nodes.iter().find(|(known, _)| *known == address);
                node.map(|(_, link)| Arc::clone(link))
            };
            let node = match known(&map.nodes) {
                Some(node) => node,
                None => {
                    let node = known(&old.nodes).unwrap_or_else(|| Arc::new(Link::new(client)));
                    map.nodes.push((address, Arc::clone(&node)));
                    node
                }
            };
            map.slots.push((first, last, node));
        }
        if map.slots.is_empty() {
            return Err(Failure::Unsent(CallError::NoNode { slot: 0 }));
        }
        Ok(map)
    }
}

/// First slot, last slot and primary of an entry of `CLUSTER SLOTS`; the replicas behind are not looked at.
fn range(entry: Value) -> Option<(u16, u16, Option<String>, u16)> {
    let Value::Array(entry) = entry else {
        return None;
    };
    let mut entry = entry.into_iter();
    let mut number = || redis::from_redis_value::<u16>(entry.next()?).ok();
    let (first, last) = (number()?, number()?);
    let Value::Array(primary) = entry.next()? else {
        return None;
    };
    let mut primary = primary.into_iter();
    let host = redis::from_redis_value(primary.next()?).ok()?;
    let port = redis::from_redis_value(primary.next()?).ok()?;
    Some((first, last, host, port))
}

fn neighbour_or_same(client: &Client, host: Option<&str>, port: u16) -> Option<Client> {
    match (host, client.get_connection_info().addr()) {
        (Some(host), _) => neighbour(client, host, port),
        (None, ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. }) => {
            neighbour(client, host, port)
        }
        (None, _) => None,
    }
}

/// A client like this one, for another address.
fn neighbour(client: &Client, host: &str, port: u16) -> Option<Client> {
    let info = client.get_connection_info();
    let host = host.to_owned();
    let address = match info.addr() {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    Client::open(info.clone().set_addr(address)).ok()
}

fn set(list: &mut [Next], place: usize, value: Next) {
    if let Some(entry) = list.get_mut(place) {
        *entry = value;
    }
}

/// How often a call is sent at most: to whom the map names, with the script, and to whom these name.
const HOPS: usize = 5;

/// How long a node may take to say who has which slots, before another is asked.
const MAP_PATIENCE: Duration = Duration::from_secs(2);
