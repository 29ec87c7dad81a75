//! The machine's menus: prompting, taking keys, leading on.

use std::sync::Arc;

use crate::keypad::Key;
use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::action::Hears;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::menu::Exit;
use crate::pbx::menu::MenuEvent;
use crate::pbx::menu::MenuEventKind;
use crate::pbx::menu::PROMPTS_MAX;
use crate::pbx::menu::Target;
use crate::pbx::rows::End;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::time::Instant;

/// A caller in a menu.
#[derive(Debug, Clone, Copy)]
pub(in crate::pbx) struct InMenu {
    pub(in crate::pbx) menu: usize,
    pub(in crate::pbx) answered: Instant,
    pub(in crate::pbx) timer: TimerId,
    /// Prompts of this menu that led nowhere.
    failed: u32,
    /// Prompts of any menu in this call.
    prompts: u32,
    /// The branch whose answer plays, and when it will have been played.
    listening: Option<(Key, Instant)>,
}

impl Pbx {
    /// The menu answers, unless something has answered already, and plays its prompt.
    pub(in crate::pbx) fn enter_menu(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        menu: usize,
        actions: &mut Vec<Action>,
    ) {
        self.trace(&mut call, &Destination::Menu(menu));
        let prompts = match call.state {
            State::Menu(before) => before.prompts,
            _ => 0,
        };
        let before = call.answered();
        let (answered, asked) = (before.unwrap_or(now), call.asked());
        let timer = self.timers.set(now, Owner::Call(id));
        call.state = State::Menu(InMenu { menu, answered, timer, failed: 0, prompts, listening: None });
        self.calls.insert(id, call);
        self.admission.sound_begins(now, id);
        self.log_menu(now, id, menu, MenuEventKind::Entered, actions);
        let what = match before {
            Some(_) => Action::Hear { call: id, what: Hears::Prompt { menu } },
            None => Action::Answer { call: id, by: AnsweredBy::Menu { menu }, queue: asked },
        };
        self.prompt(now, id, what, actions);
    }

    /// Plays the prompt, and tells the caller so by `what`.
    fn prompt(&mut self, now: Instant, id: CallId, what: Action, actions: &mut Vec<Action>) {
        let Some(State::Menu(mut at)) = self.calls.get(&id).map(|call| call.state) else { return };
        if at.prompts >= PROMPTS_MAX {
            self.log_menu(now, id, at.menu, MenuEventKind::Left(Exit::CutShort), actions);
            return self.end_in_menu(now, id, cause::MENU_FAILED, actions);
        }
        let config = &self.config.menus[at.menu];
        at.prompts += 1;
        at.listening = None;
        at.timer = self.timers.set(now + config.prompt + config.timeout, Owner::Call(id));
        self.put_in_menu(id, at);
        actions.push(what);
    }

    fn put_in_menu(&mut self, id: CallId, at: InMenu) {
        self.calls.get_mut(&id).expect("a call in a menu is in the table").state = State::Menu(at);
    }

    /// A caller pressed a key. While people talk, and where nothing listens, keys mean nothing to the PBX.
    pub(in crate::pbx) fn key_pressed(
        &mut self,
        now: Instant,
        id: CallId,
        key: Key,
        actions: &mut Vec<Action>,
    ) {
        match self.calls.get(&id).map(|call| call.state) {
            Some(State::Menu(at)) => self.key_in_menu(now, id, at, key, actions),
            Some(State::Queued(queued)) => self.key_in_queue(now, id, queued, key, actions),
            Some(_) => {}
            None => self.ignore(),
        }
    }

    fn key_in_menu(&mut self, now: Instant, id: CallId, mut at: InMenu, key: Key, actions: &mut Vec<Action>) {
        let Some(branch) = self.config.menus[at.menu].branches.get(&key) else {
            return self.nothing_useful(now, id, at, Exit::InvalidInput, actions);
        };
        let (self_service, target) = (branch.self_service, branch.target.clone());
        actions.push(Action::Hear { call: id, what: Hears::Branch { menu: at.menu, key } });
        let Some(service) = self_service else {
            return self.lead_on(now, id, at, Exit::Chose(key), &target, actions);
        };
        let timeout = self.config.menus[at.menu].timeout;
        at.listening = Some((key, now + service.lasts));
        at.timer = self.timers.set(now + service.lasts + timeout, Owner::Call(id));
        self.put_in_menu(id, at);
    }

    /// Time is up: nothing was pressed, or the answer was not enough.
    pub(in crate::pbx) fn menu_deadline(
        &mut self,
        now: Instant,
        id: CallId,
        at: InMenu,
        actions: &mut Vec<Action>,
    ) {
        match at.listening {
            Some((key, _)) => {
                let target = self.config.menus[at.menu].branches[&key].target.clone();
                self.lead_on(now, id, at, Exit::Chose(key), &target, actions);
            }
            None => self.nothing_useful(now, id, at, Exit::NoInput, actions),
        }
    }

    /// Silence, or a key that leads nowhere: once more from the beginning, or the way for such callers.
    fn nothing_useful(
        &mut self,
        now: Instant,
        id: CallId,
        mut at: InMenu,
        exit: Exit,
        actions: &mut Vec<Action>,
    ) {
        at.failed += 1;
        self.put_in_menu(id, at);
        let config = &self.config.menus[at.menu];
        if at.failed <= config.repeats {
            let what = Action::Hear { call: id, what: Hears::Prompt { menu: at.menu } };
            return self.prompt(now, id, what, actions);
        }
        let otherwise = config.otherwise.clone();
        self.lead_on(now, id, at, exit, &otherwise, actions);
    }

    fn lead_on(
        &mut self,
        now: Instant,
        id: CallId,
        at: InMenu,
        exit: Exit,
        target: &Target,
        actions: &mut Vec<Action>,
    ) {
        self.log_menu(now, id, at.menu, MenuEventKind::Left(exit), actions);
        match target {
            Target::Queue(queue) => {
                let call = self.take(id);
                self.enter_queue(now, id, call, *queue, actions);
            }
            Target::Menu(menu) => {
                let call = self.take(id);
                self.enter_menu(now, id, call, *menu, actions);
            }
            Target::Voicemail => {
                let call = self.take(id);
                self.take_message(now, id, call, actions);
            }
            Target::Extension(number) => self.put_through(now, id, number, actions),
            Target::HangUp => {
                let chosen = matches!(exit, Exit::Chose(_));
                let cause = if chosen { cause::CONTAINED } else { cause::MENU_FAILED };
                self.end_in_menu(now, id, cause, actions);
            }
        }
    }

    fn end_in_menu(&mut self, now: Instant, id: CallId, cause: &'static str, actions: &mut Vec<Action>) {
        let refused = Refused::new(None, cause, Refusal::status(480, Some(16)));
        actions.push(hang_up(id, HangUpReason::Menu, &refused));
        self.close(now, id, &End::new(cause, EndedBy::Pbx), actions);
    }

    /// Puts a caller who has been answered through to a number with a life of its own.
    pub(in crate::pbx) fn put_through(
        &mut self,
        now: Instant,
        id: CallId,
        number: &Arc<str>,
        actions: &mut Vec<Action>,
    ) {
        let mut call = self.take(id);
        self.trace(&mut call, &Destination::Extension(Arc::clone(number)));
        self.calls.insert(id, call);
        let extension = self.config.extensions.get(number).cloned();
        let cause = match extension {
            Some(Extension::Queue(queue)) => {
                let call = self.take(id);
                return self.enter_queue(now, id, call, queue, actions);
            }
            Some(Extension::Answer { .. }) => {
                let call = self.calls.get_mut(&id).expect("whoever leads on has the call");
                let at = call.answered().unwrap_or(now);
                call.state = State::Answered { at, by_user: false };
                return actions.push(Action::Hear { call: id, what: Hears::Person });
            }
            Some(Extension::Busy) => cause::BUSY,
            Some(Extension::Declined) => cause::DECLINED,
            // No scenario can lead a menu to a user's phone: the loader refuses it.
            Some(Extension::NoAnswer { .. } | Extension::User(_)) => cause::NO_ANSWER,
            Some(Extension::Unknown) | None => cause::UNKNOWN_NUMBER,
        };
        self.end_in_menu(now, id, cause, actions);
    }

    /// The caller hung up in a menu: content, if the answer has been played to its end.
    pub(in crate::pbx) fn leaves_menu(
        &mut self,
        now: Instant,
        id: CallId,
        at: InMenu,
        actions: &mut Vec<Action>,
    ) {
        let (exit, cause) = match at.listening {
            Some((key, until)) if now >= until => (Exit::Contained(key), cause::CONTAINED),
            _ => (Exit::Abandoned, cause::ABANDONED),
        };
        self.log_menu(now, id, at.menu, MenuEventKind::Left(exit), actions);
        self.close(now, id, &End::new(cause, EndedBy::Caller), actions);
    }

    pub(in crate::pbx) fn log_menu(
        &self,
        at: Instant,
        id: CallId,
        menu: usize,
        event: MenuEventKind,
        actions: &mut Vec<Action>,
    ) {
        let Some(call) = self.calls.get(&id) else { return };
        let (call, menu) = (Arc::clone(&call.name), Arc::clone(&self.config.menus[menu].name));
        actions.push(Action::MenuEvent(Box::new(MenuEvent { at, call, menu, event })));
    }
}
