//! The transactions of a socket: a slab with a capacity, an index by key, and their timers.
//!
//! The index is a chained hash table over slab positions, without the standard library's random state: the same
//! messages find the same places in every run. Timers wait in one queue per *duration*. Since time does not go back,
//! each queue is in order by itself: starting a timer is a push, the next deadline is the least of a dozen heads,
//! and stopping one leaves an entry behind that is dropped when it comes to the head.

use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::hash::Hasher as _;

use crate::sip::hop::Hop;
use crate::time::Duration;
use crate::time::Instant;

use super::Machine;
use super::Timers;
use super::layer::Bytes;
use super::timers::Pace;

/// No slab position.
const NONE: u32 = u32::MAX;

/// A place in the table, and which of its successive tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    slot: u32,
    generation: u32,
}

/// Which of a transaction's two timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    Retransmit,
    Expiry,
}

/// One transaction.
#[derive(Debug)]
pub(super) struct Transaction {
    pub machine: Machine,
    pub user: u64,
    /// Where its messages go.
    pub peer: Hop,
    /// What would be sent again.
    pub message: Option<Bytes>,
    /// Which start of each timer is the one that counts; `None` when it does not run.
    retransmit: Option<u64>,
    expiry: Option<u64>,
}

impl Transaction {
    pub const fn new(machine: Machine, user: u64, peer: Hop) -> Self {
        Self { machine, user, peer, message: None, retransmit: None, expiry: None }
    }

    /// The timers as this transaction has them.
    pub const fn pace(&self, timers: Timers) -> Pace {
        Pace { timers, reliable: self.peer.transport.is_reliable() }
    }

    const fn running(&mut self, timer: Timer) -> &mut Option<u64> {
        match timer {
            Timer::Retransmit => &mut self.retransmit,
            Timer::Expiry => &mut self.expiry,
        }
    }
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    /// The next slot in the same bucket.
    next: u32,
    hash: u64,
    /// Kept when the slot is vacated: the next tenant writes over it.
    key: Vec<u8>,
    transaction: Option<Transaction>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    at: Instant,
    /// Which start this was: one timer may be started twice in one instant.
    start: u64,
    id: Id,
    timer: Timer,
}

#[derive(Debug)]
pub(super) struct Table {
    capacity: usize,
    slots: Vec<Slot>,
    vacant: Vec<u32>,
    buckets: Vec<u32>,
    queues: Vec<(Duration, VecDeque<Waiting>)>,
    waiting: usize,
    starts: u64,
}

impl Table {
    /// An empty table for `capacity` transactions, at least 1.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, NONE as usize);
        Self {
            capacity,
            slots: Vec::new(),
            vacant: Vec::new(),
            buckets: vec![NONE; capacity.next_power_of_two()],
            queues: Vec::new(),
            waiting: 0,
            starts: 0,
        }
    }

    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn len(&self) -> usize {
        self.slots.len() - self.vacant.len()
    }

    /// Lets `transaction` in under `key`, which nobody else has; `None` if all places are taken.
    pub fn insert(&mut self, key: &[u8], transaction: Transaction) -> Option<Id> {
        let slot = match self.vacant.pop() {
            Some(slot) => slot,
            None if self.slots.len() < self.capacity => self.add_slot(),
            None => return None,
        };
        let hash = hash(key);
        let bucket = self.bucket(hash);
        let place = &mut self.slots[slot as usize];
        place.hash = hash;
        place.key.clear();
        place.key.extend_from_slice(key);
        place.transaction = Some(transaction);
        place.next = self.buckets[bucket];
        self.buckets[bucket] = slot;
        Some(Id { slot, generation: place.generation })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the capacity fits 32 bits")]
    fn add_slot(&mut self) -> u32 {
        self.slots.push(Slot { generation: 0, next: NONE, hash: 0, key: Vec::new(), transaction: None });
        (self.slots.len() - 1) as u32
    }

    /// The transaction that has this key.
    pub fn find(&self, key: &[u8]) -> Option<Id> {
        let hash = hash(key);
        let mut slot = self.buckets[self.bucket(hash)];
        while slot != NONE {
            let place = &self.slots[slot as usize];
            if place.hash == hash && place.key == key {
                return Some(Id { slot, generation: place.generation });
            }
            slot = place.next;
        }
        None
    }

    /// Every client transaction with this peer, in the order of their places.
    pub fn clients_of(&self, peer: Hop) -> Vec<Id> {
        let tenants = (0..).zip(&self.slots).filter_map(|(slot, place)| {
            let transaction = place.transaction.as_ref()?;
            let wanted = transaction.peer == peer && transaction.machine.is_client();
            wanted.then_some(Id { slot, generation: place.generation })
        });
        tenants.collect()
    }

    pub fn get(&self, id: Id) -> Option<&Transaction> {
        let place = self.slots.get(id.slot as usize)?;
        place.transaction.as_ref().filter(|_| place.generation == id.generation)
    }

    pub fn get_mut(&mut self, id: Id) -> Option<&mut Transaction> {
        let place = self.slots.get_mut(id.slot as usize)?;
        place.transaction.as_mut().filter(|_| place.generation == id.generation)
    }

    /// Lets the transaction go; its id will never be valid again.
    pub fn remove(&mut self, id: Id) {
        if self.get(id).is_none() {
            return;
        }
        let bucket = self.bucket(self.slots[id.slot as usize].hash);
        let mut link = self.buckets[bucket];
        let next = self.slots[id.slot as usize].next;
        if link == id.slot {
            self.buckets[bucket] = next;
        } else {
            while self.slots[link as usize].next != id.slot {
                link = self.slots[link as usize].next;
            }
            self.slots[link as usize].next = next;
        }
        let place = &mut self.slots[id.slot as usize];
        place.transaction = None;
        place.generation = place.generation.wrapping_add(1);
        self.vacant.push(id.slot);
    }

    /// Lets `timer` of the transaction fire `after` from `now`, instead of whenever it would have.
    pub fn start_timer(&mut self, now: Instant, id: Id, timer: Timer, after: Duration) {
        let start = self.starts;
        let Some(transaction) = self.get_mut(id) else { return };
        *transaction.running(timer) = Some(start);
        self.starts += 1;
        let waiting = Waiting { at: now + after, start, id, timer };
        match self.queues.iter_mut().find(|(duration, _)| *duration == after) {
            Some((_, queue)) => queue.push_back(waiting),
            None => self.queues.push((after, VecDeque::from([waiting]))),
        }
        self.waiting += 1;
        if self.waiting > 4 * self.capacity + 64 {
            self.drop_stopped();
        }
    }

    /// Stops `timer` of the transaction, if it runs.
    pub fn stop_timer(&mut self, id: Id, timer: Timer) {
        if let Some(transaction) = self.get_mut(id) {
            *transaction.running(timer) = None;
        }
    }

    /// When [`Table::next_due`] should next be asked: never too late, too early after a timer was stopped.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.queues.iter().filter_map(|(_, queue)| queue.front()).map(|waiting| waiting.at).min()
    }

    /// Takes out the earliest timer that is due at `now`; ties in the order in which they were started.
    pub fn next_due(&mut self, now: Instant) -> Option<(Id, Timer)> {
        self.drop_stopped_heads();
        let heads = self.queues.iter().enumerate();
        let heads =
            heads.filter_map(|(index, (_, queue))| queue.front().map(|head| (head.at, head.start, index)));
        let (at, _, index) = heads.min()?;
        if at > now {
            return None;
        }
        let waiting = self.queues[index].1.pop_front().expect("the earliest head is there");
        self.waiting -= 1;
        self.stop_timer(waiting.id, waiting.timer);
        Some((waiting.id, waiting.timer))
    }

    fn drop_stopped_heads(&mut self) {
        let mut queues = std::mem::take(&mut self.queues);
        for (_, queue) in &mut queues {
            while queue.front().is_some_and(|waiting| !self.runs(waiting)) {
                queue.pop_front();
                self.waiting -= 1;
            }
        }
        self.queues = queues;
    }

    /// At most two timers run for each transaction, so this frees at least half of the entries.
    fn drop_stopped(&mut self) {
        let mut queues = std::mem::take(&mut self.queues);
        for (_, queue) in &mut queues {
            queue.retain(|waiting| self.runs(waiting));
        }
        self.waiting = queues.iter().map(|(_, queue)| queue.len()).sum();
        self.queues = queues;
    }

    /// True unless the timer was stopped, started anew, or its transaction is gone.
    fn runs(&self, waiting: &Waiting) -> bool {
        self.get(waiting.id).is_some_and(|transaction| {
            let running = match waiting.timer {
                Timer::Retransmit => transaction.retransmit,
                Timer::Expiry => transaction.expiry,
            };
            running == Some(waiting.start)
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps less than 32 bits")]
    const fn bucket(&self, hash: u64) -> usize {
        hash as usize & (self.buckets.len() - 1)
    }
}

pub(super) fn hash(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::ServerNonInvite;
    use super::*;

    fn transaction(user: u64) -> Transaction {
        let machine = Machine::ServerNonInvite(ServerNonInvite::start());
        Transaction::new(machine, user, Hop::udp("127.0.0.1:5060".parse().unwrap()))
    }

    #[test]
    fn a_place_that_was_let_again_is_not_reached_by_the_old_id() {
        let mut table = Table::new(1);
        let first = table.insert(b"a", transaction(1)).unwrap();
        assert_eq!(table.insert(b"b", transaction(2)), None, "the table is full");
        table.remove(first);
        let second = table.insert(b"b", transaction(2)).unwrap();
        assert!(table.get(first).is_none());
        assert_eq!(table.get(second).unwrap().user, 2);
        table.remove(first);
        assert_eq!(table.find(b"b"), Some(second), "a stale id removes nobody");
    }

    #[test]
    fn many_keys_in_few_buckets_are_all_found_and_all_lost() {
        let mut table = Table::new(300);
        let ids: Vec<Id> =
            (0..300_u64).map(|user| table.insert(&user.to_be_bytes(), transaction(user)).unwrap()).collect();
        for (user, id) in (0_u64..).zip(&ids) {
            assert_eq!(table.find(&user.to_be_bytes()), Some(*id));
        }
        for (user, id) in (0_u64..).zip(&ids).filter(|(user, _)| user % 3 == 0) {
            table.remove(*id);
            assert_eq!(table.find(&user.to_be_bytes()), None);
        }
        for (user, id) in (0_u64..).zip(&ids).filter(|(user, _)| user % 3 != 0) {
            assert_eq!(table.find(&user.to_be_bytes()), Some(*id));
        }
        assert_eq!(table.len(), 200);
    }

    #[test]
    fn timers_fire_in_order_of_their_deadlines_whatever_their_durations() {
        let mut table = Table::new(3);
        let seconds = |s| Instant::ZERO + Duration::from_secs(s);
        let ids: Vec<Id> = (0..3).map(|user| table.insert(&[user], transaction(0)).unwrap()).collect();
        table.start_timer(seconds(0), ids[0], Timer::Expiry, Duration::from_secs(32));
        table.start_timer(seconds(1), ids[1], Timer::Retransmit, Duration::from_secs(4));
        table.start_timer(seconds(2), ids[2], Timer::Retransmit, Duration::from_secs(4));
        table.start_timer(seconds(3), ids[1], Timer::Retransmit, Duration::from_secs(1));
        assert_eq!(table.next_due(seconds(3)), None);
        assert_eq!(table.next_due(seconds(4)), Some((ids[1], Timer::Retransmit)));
        assert_eq!(table.next_due(seconds(5)), None, "the timer set at 1 s was set anew");
        assert_eq!(table.next_due(seconds(6)), Some((ids[2], Timer::Retransmit)));
        assert_eq!(table.next_due(seconds(99)), Some((ids[0], Timer::Expiry)));
        assert_eq!(table.next_deadline(), None);
    }

    #[test]
    fn timers_set_anew_for_ever_take_no_more_memory() {
        let mut table = Table::new(2);
        let id = table.insert(b"a", transaction(0)).unwrap();
        for _ in 0..100_000 {
            table.start_timer(Instant::ZERO, id, Timer::Expiry, Duration::from_secs(32));
        }
        assert!(table.waiting <= 4 * 2 + 64 + 1);
    }
}
