//! What callers need, and which agents have it.

use std::sync::Arc;

use crate::pbx::config::CallerType;
use crate::pbx::config::Config;
use crate::pbx::config::Qualification;
use crate::pbx::config::QueueConfig;
use crate::pbx::queue::config::Needs;

/// Which agents of a queue will do for callers of which type, looked up once.
#[derive(Debug)]
pub(super) struct Requirements {
    /// By the callers' type and the agents' position. A single row where the PBX knows no types.
    fits: Vec<Vec<bool>>,
}

impl Requirements {
    pub(super) fn new(config: &Config, queue: &QueueConfig) -> Self {
        let own = &queue.policy.needs;
        let row = |needs: &Needs| {
            let meets = |agent: &usize| config.agents[*agent].qualification.meets(needs);
            queue.agents.iter().map(meets).collect::<Vec<bool>>()
        };
        let fits = if config.callers.is_empty() {
            vec![row(own)]
        } else {
            config.callers.iter().map(|caller| row(&own.and(caller))).collect()
        };
        Self { fits }
    }

    /// Whether the agent at `position` has all that a caller of type `class` needs.
    pub(super) fn fits(&self, class: usize, position: usize) -> bool {
        self.fits[class.min(self.fits.len() - 1)][position]
    }
}

impl Needs {
    /// Both; a caller's own language goes before the queue's.
    fn and(&self, caller: &CallerType) -> Self {
        Self {
            skills: self.skills.iter().chain(&caller.skill).cloned().collect(),
            language: caller.language.clone().or_else(|| self.language.clone()),
        }
    }
}

impl Qualification {
    fn meets(&self, needs: &Needs) -> bool {
        let speaks = |language: &Arc<str>| self.languages.contains(language);
        needs.skills.iter().all(|skill| self.skills.contains(skill)) && needs.language.iter().all(speaks)
    }
}
