//! Password attempts: ten in a quarter of an hour close the gate for as long.

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Gate {
    pub(super) seen: Option<i64>,
    attempts: u32,
    since: i64,
    until: Option<i64>,
}

impl Gate {
    pub(super) fn locked_until(&self, now: i64) -> Option<i64> {
        self.until.filter(|until| now < *until)
    }

    pub(super) fn charge(&mut self, now: i64) {
        if self.attempts == 0 || self.until.is_some() || now >= self.since + 900 {
            self.attempts = 0;
            self.since = now;
        }
        self.attempts += 1;
        self.until = (self.attempts >= 10).then_some(now + 900);
        self.seen = Some(now);
    }

    /// A right password takes every attempt back; whether there was any.
    pub(super) const fn give_back(&mut self, now: i64) -> bool {
        let charged = self.attempts > 0 || self.until.is_some();
        if charged {
            self.clear(now);
        }
        charged
    }

    pub(super) const fn erase(&mut self, now: i64) {
        if self.seen.is_some() {
            self.clear(now);
        }
    }

    /// A gate from a time to come is opened; whether it was one.
    pub(super) fn repair(&mut self, now: i64) -> bool {
        let ahead = self.seen.is_some_and(|seen| seen > now);
        if ahead {
            self.clear(now);
        }
        ahead
    }

    const fn clear(&mut self, now: i64) {
        self.attempts = 0;
        self.since = now;
        self.until = None;
        self.seen = Some(now);
    }
}
