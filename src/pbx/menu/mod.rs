//! Menus that callers walk through by pressing keys (interactive voice response).
//!
//! A menu answers, plays its prompt and waits for a key. A key takes the caller along a branch: some branches answer
//! the question themselves first ([`SelfService`]), and all of them lead somewhere. Which key a caller presses, and
//! whether the answer was enough, is the caller's business. Not here: speech, and what the prompts say.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::keypad::Key;
pub use crate::outcome::menu::Exit;
pub use crate::outcome::menu::MenuEventKind;
use crate::time::{Duration, Instant};

mod lint;
mod steps;
#[cfg(test)]
mod tests;

pub use lint::Fault;
pub use lint::Finding;
pub use lint::lint;
pub(super) use steps::InMenu;

/// Menus that one call may enter, repeats included: whoever goes round in circles for longer is hung up on.
pub const PROMPTS_MAX: u32 = 50;
/// Levels of menus that callers put up with.
pub const DEPTH_MAX: usize = 3;

/// One menu, `pbx.ivr.*` of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct MenuConfig {
    pub name: Arc<str>,
    /// Numbers that lead here; the menu with `takes_the_rest` also gets every number that nothing else claims.
    pub numbers: Vec<Arc<str>>,
    pub takes_the_rest: bool,
    /// How long the prompt plays; keys are taken while it does.
    pub prompt: Duration,
    /// How long after the prompt a key is awaited. More than zero.
    pub timeout: Duration,
    /// How often the prompt is played again after silence or a key that leads nowhere.
    pub repeats: u32,
    pub branches: BTreeMap<Key, Branch>,
    /// Where callers go whose repeats are used up.
    pub otherwise: Target,
}

/// What a key does.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// What the machine tells the caller before it leads on.
    pub self_service: Option<SelfService>,
    pub target: Target,
    /// What the agent learns from the menu shortens the talk to this share of it; 1 changes nothing.
    pub talk_factor: f64,
}

/// A question that the machine answers itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfService {
    pub lasts: Duration,
    /// Share of callers for whom that is enough, 0 to 1.
    pub containment: f64,
}

/// Where a branch leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The queue with this index.
    Queue(usize),
    /// The menu with this index.
    Menu(usize),
    /// A number with a life of its own.
    Extension(Arc<str>),
    /// The voicemail.
    Voicemail,
    /// The PBX says goodbye.
    HangUp,
}

/// One entry of the log of menus.
#[derive(Debug, Clone, PartialEq)]
pub struct MenuEvent {
    pub at: Instant,
    pub call: Arc<str>,
    pub menu: Arc<str>,
    pub event: MenuEventKind,
}
