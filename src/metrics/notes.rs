//! What the PBX told of its work, counted by queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metrics::passed::PassedCounts;
use crate::metrics::passed::VisitCounts;
use crate::outcome::note::CallbackStep;
use crate::outcome::note::Contracted;
use crate::outcome::note::Flow;
use crate::outcome::note::Handling;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::outcome::note::OwnerMet;
use crate::outcome::note::Passed;

/// Counts of what was noted in the measured time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Queue → its callers who have owners.
    pub owners: BTreeMap<Arc<str>, OwnerCounts>,
    /// Queue of the firm → where its callers went.
    pub flows: BTreeMap<Arc<str>, FlowCounts>,
    /// Queue → callers whom it did not keep and sent on, in the order of [`Unkept::ALL`].
    pub sent_on: BTreeMap<Arc<str>, [u64; 3]>,
    /// Queue of a contractor → the contractor's work.
    pub contractors: BTreeMap<Arc<str>, ContractorCounts>,
    /// Queue → those who asked its agents to be called back.
    pub callbacks: BTreeMap<Arc<str>, CallbackCounts>,
    /// Kind of contacts → what became of them.
    pub contacts: BTreeMap<Arc<str>, ContactCounts>,
    /// Queue whose agents send callers on → how often they do.
    pub passed: BTreeMap<Arc<str>, PassedCounts>,
    /// Queue → its callers' waits, where any agents send callers on.
    pub visits: BTreeMap<Arc<str>, VisitCounts>,
}

/// Those who asked to be called back. Who was requested is done, failed, or still pending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackCounts {
    /// By origin, in the order of [`CallbackOrigin::ALL`].
    pub requested: [u64; 3],
    /// Calls to customers, further tries included.
    pub calls: u64,
    pub done: u64,
    pub failed: u64,
    /// Seconds until the first call, begun ones in full → customers.
    pub waits: BTreeMap<u64, u64>,
}

impl CallbackCounts {
    /// Requests from anywhere.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.requested.iter().sum()
    }

    /// Customers who were first called within whole seconds, the last one included.
    #[must_use]
    pub fn called_within(&self, seconds: u64) -> u64 {
        self.waits.range(..=seconds).map(|(_, customers)| customers).sum()
    }

    /// Customers who have been called at all.
    #[must_use]
    pub fn called(&self) -> u64 {
        self.waits.values().sum()
    }

    fn add(&mut self, step: CallbackStep) {
        match step {
            CallbackStep::Requested(origin) => self.requested[origin as usize] += 1,
            CallbackStep::Called { attempt, wait } => {
                self.calls += 1;
                if attempt == 1 {
                    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                    *self.waits.entry(seconds).or_default() += 1;
                }
            }
            CallbackStep::Reached => self.done += 1,
            CallbackStep::GivenUp => self.failed += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.requested.iter_mut().zip(other.requested).for_each(|(mine, theirs)| *mine += theirs);
        self.calls += other.calls;
        self.done += other.done;
        self.failed += other.failed;
        for (seconds, customers) in &other.waits {
            *self.waits.entry(*seconds).or_default() += customers;
        }
    }
}

/// Contacts of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContactCounts {
    pub arrived: u64,
    pub answered: u64,
    pub in_time: u64,
    pub resolved: u64,
    pub waited_ns: u128,
    /// From arrival to the end.
    pub resolution_ns: u128,
    pub work_ns: u128,
}

impl ContactCounts {
    const fn add(&mut self, handling: Handling) {
        match handling {
            Handling::Arrived => self.arrived += 1,
            Handling::Answered { wait, in_time } => {
                self.answered += 1;
                self.in_time += in_time as u64;
                self.waited_ns += wait.as_nanos();
            }
            Handling::Resolved { after, work } => {
                self.resolved += 1;
                self.resolution_ns += after.as_nanos();
                self.work_ns += work.as_nanos();
            }
        }
    }

    const fn merge(&mut self, other: &Self) {
        self.arrived += other.arrived;
        self.answered += other.answered;
        self.in_time += other.in_time;
        self.resolved += other.resolved;
        self.waited_ns += other.waited_ns;
        self.resolution_ns += other.resolution_ns;
        self.work_ns += other.work_ns;
    }
}

/// Where the callers of one queue went. Those who have entered and whose wait is over add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlowCounts {
    pub entered: u64,
    pub own: u64,
    pub outsourced: u64,
    pub lost: u64,
}

/// What one contractor has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContractorCounts {
    pub offered: u64,
    pub answered: u64,
    /// Of those answered, within the time that was promised.
    pub in_time: u64,
    pub handed_back: u64,
    pub lost: u64,
    /// Conversations that are over, and the steps of the tariff that they took.
    pub charged: u64,
    pub steps: u64,
}

/// Callers of one queue who have an owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnerCounts {
    /// Served by the owner.
    pub reached: u64,
    /// Served by somebody else.
    pub fell_back: u64,
    /// Served by nobody.
    pub gone: u64,
}

impl OwnerCounts {
    /// Callers who have an owner.
    #[must_use]
    pub const fn known(&self) -> u64 {
        self.reached + self.fell_back + self.gone
    }
}

impl ContractorCounts {
    const fn add(&mut self, work: Contracted) {
        match work {
            Contracted::Offered => self.offered += 1,
            Contracted::Answered { in_time } => {
                self.answered += 1;
                self.in_time += in_time as u64;
            }
            Contracted::HandedBack => self.handed_back += 1,
            Contracted::Lost => self.lost += 1,
            Contracted::Charged { steps } => {
                self.charged += 1;
                self.steps += steps;
            }
        }
    }

    const fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.in_time += other.in_time;
        self.handed_back += other.handed_back;
        self.lost += other.lost;
        self.charged += other.charged;
        self.steps += other.steps;
    }
}

impl Notes {
    pub(super) fn add(&mut self, noted: &Noted) {
        match noted.note {
            Note::Owner(met) => {
                let counts = self.owners.entry(Arc::clone(&noted.queue)).or_default();
                match met {
                    OwnerMet::Reached => counts.reached += 1,
                    OwnerMet::FellBack => counts.fell_back += 1,
                    OwnerMet::Gone => counts.gone += 1,
                }
            }
            Note::Flow(flow) => {
                let counts = self.flows.entry(Arc::clone(&noted.queue)).or_default();
                match flow {
                    Flow::Entered => counts.entered += 1,
                    Flow::Own => counts.own += 1,
                    Flow::Outsourced => counts.outsourced += 1,
                    Flow::Lost => counts.lost += 1,
                }
            }
            Note::SentOn(why) => {
                self.sent_on.entry(Arc::clone(&noted.queue)).or_default()[why as usize] += 1;
            }
            Note::Callback(step) => {
                self.callbacks.entry(Arc::clone(&noted.queue)).or_default().add(step);
            }
            Note::Contact(handling) => {
                self.contacts.entry(Arc::clone(&noted.queue)).or_default().add(handling);
            }
            Note::Passed(passed @ (Passed::Conversation | Passed::SentOn { .. })) => {
                self.passed.entry(Arc::clone(&noted.queue)).or_default().add(passed);
            }
            // Of agents: the collector's.
            Note::Passed(Passed::Talked { .. } | Passed::Others { .. }) | Note::AtContacts { .. } => {}
            Note::Visit(visit) => self.visits.entry(Arc::clone(&noted.queue)).or_default().add(visit),
            Note::Contractor(work) => {
                self.contractors.entry(Arc::clone(&noted.queue)).or_default().add(work);
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (queue, theirs) in &other.owners {
            let mine = self.owners.entry(Arc::clone(queue)).or_default();
            mine.reached += theirs.reached;
            mine.fell_back += theirs.fell_back;
            mine.gone += theirs.gone;
        }
        for (queue, theirs) in &other.flows {
            let mine = self.flows.entry(Arc::clone(queue)).or_default();
            mine.entered += theirs.entered;
            mine.own += theirs.own;
            mine.outsourced += theirs.outsourced;
            mine.lost += theirs.lost;
        }
        for (queue, theirs) in &other.sent_on {
            let mine = self.sent_on.entry(Arc::clone(queue)).or_default();
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        for (queue, theirs) in &other.callbacks {
            self.callbacks.entry(Arc::clone(queue)).or_default().merge(theirs);
        }
        for (kind, theirs) in &other.contacts {
            self.contacts.entry(Arc::clone(kind)).or_default().merge(theirs);
        }
        for (queue, theirs) in &other.passed {
            self.passed.entry(Arc::clone(queue)).or_default().merge(theirs);
        }
        for (queue, theirs) in &other.visits {
            self.visits.entry(Arc::clone(queue)).or_default().merge(theirs);
        }
        for (queue, theirs) in &other.contractors {
            self.contractors.entry(Arc::clone(queue)).or_default().merge(theirs);
        }
    }
}
