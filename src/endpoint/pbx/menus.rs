//! Menus on the wire: keys in, and word to the generator of what its caller hears.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::decisions::QUEUE_HEADER;
use crate::keypad::Key;
use crate::pbx;
use crate::pbx::CallId;
use crate::pbx::Hears;
use crate::sip::message::Method;
use crate::time::Instant;

/// Header that says what a caller hears in a menu, in order: `prompt MENU`, `branch KEY MENU`, `person`, `transferred`;
/// after this one, how many seconds the caller will talk to the next, where that is not the rest.
pub const MENU_HEADER: &str = "X-Busyhour-Menu";

impl PbxEndpoint {
    /// The caller of this call pressed a key.
    pub(super) fn key_pressed(&mut self, now: Instant, key: usize, pressed: Key, out: &mut Vec<Action>) {
        let call = self.calls[key].id;
        self.decide(now, pbx::Input::KeyPressed { call, key: pressed }, out);
    }

    /// A key came in the RTP stream to this port.
    pub(super) fn media_key(&mut self, now: Instant, port: u16, pressed: Key, out: &mut Vec<Action>) {
        let of_port = |call: &super::Call| call.media.is_some_and(|media| media.port == port);
        let found = self.calls.iter().find(|(_, call)| of_port(call)).map(|(key, _)| key);
        if let Some(key) = found {
            self.key_pressed(now, key, pressed, out);
        }
    }

    pub(super) fn prompt_of(&self, menu: usize) -> String {
        format!("prompt {}", self.pbx.pbx().menu_name(menu))
    }

    /// Keeps what a caller will hear until the decision core has said all of it: one INFO tells it in order.
    pub(super) fn will_hear(&mut self, now: Instant, call: CallId, what: Hears, out: &mut Vec<Action>) {
        if let (Hears::Transferred { .. }, Some(peer)) = (what, self.peer_of(self.caller_of(call))) {
            // An agent's call is sent on by the core itself.
            self.step_aside(now, peer, None, out);
            self.start_sound(self.caller_of(call), Sound::Tone, out);
        }
        if let Some(key) = self.key_of(call) {
            if self.calls[key].untold.is_empty() {
                self.to_tell.push(call);
            }
            self.calls[key].agent_named = false;
            self.calls[key].untold.push(what);
        }
    }

    pub(super) fn tell_what_callers_hear(&mut self, now: Instant, out: &mut Vec<Action>) {
        for call in std::mem::take(&mut self.to_tell) {
            let Some(key) = self.key_of(call).filter(|key| !self.calls[*key].handed_over) else { continue };
            if self.calls[key].untold.is_empty() {
                // An agent who picked up at once has been named in the same breath.
                continue;
            }
            let extra = self.words_for(key);
            self.request_in_dialog(now, key, Method::Info, &extra, out);
        }
    }

    /// What this caller has not been told yet: it counts as told now.
    pub(super) fn words_for(&mut self, key: usize) -> Extra {
        let untold = std::mem::take(&mut self.calls[key].untold);
        let mut extra = Extra::default();
        let mut words = Vec::with_capacity(untold.len());
        for what in &untold {
            match what {
                Hears::Prompt { menu } => words.push(self.prompt_of(*menu)),
                Hears::Branch { menu, key } => {
                    words.push(format!("branch {key} {}", self.pbx.pbx().menu_name(*menu)));
                }
                Hears::Queue(queue) => {
                    extra.header(QUEUE_HEADER, &**self.pbx.pbx().queue_name(*queue));
                }
                Hears::Transferred { talk: None } => words.push("transferred".to_owned()),
                Hears::Transferred { talk: Some(talk) } => {
                    words.push(format!("transferred {}", talk.as_secs_f64()));
                }
                Hears::CallbackOffer { key } => words.push(format!("callback {key}")),
                Hears::Voicemail => words.push("voicemail".to_owned()),
                Hears::Person => words.push("person".to_owned()),
            }
        }
        if !words.is_empty() {
            extra.header(MENU_HEADER, words.join(", "));
        }
        extra
    }
}
