//! Callers in front of a menu: what they hear of it, and the keys that they press.

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Role;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::dtmf;
use crate::endpoint::dtmf::Dtmf;
use crate::endpoint::pbx::MENU_HEADER;
use crate::endpoint::pbx::QUEUE_HEADER;
use crate::keypad::Key;
use crate::party::caller::Input;
use crate::sip::dialog::Outgoing;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::time::Duration;
use crate::time::Instant;

impl Callers {
    /// What the far side says that the caller hears now, in order.
    pub(super) fn hear_menu(
        &mut self,
        now: Instant,
        key: usize,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        // A response names the queue that has sent the caller on to what it tells.
        let queued = message.header(QUEUE_HEADER).is_some() && message.status().is_none();
        let words = message.header(MENU_HEADER).map(|words| String::from_utf8_lossy(words).into_owned());
        for word in words.iter().flat_map(|words| words.split(',')) {
            if let Some(input) = self.menu_input(key, word.trim()) {
                if matches!(input, Input::Transferred { .. }) {
                    self.is_transferred(now, key);
                }
                if !matches!(input, Input::CallbackOffered { .. }) {
                    self.calls[key].in_menu = !matches!(input, Input::Connected);
                    self.calls[key].at_voicemail = input == Input::Recording;
                }
                if matches!(input, Input::Recording | Input::Prompt { .. })
                    && self.calls[key].heard.queue.is_some()
                {
                    self.calls[key].sent_on.get_or_insert(now);
                }
                if input == Input::Connected {
                    self.calls[key].connected.get_or_insert(now);
                }
                self.tell(now, key, input, out);
            }
        }
        if queued && self.calls[key].progress == Progress::Answered {
            let call = &mut self.calls[key];
            call.in_menu = false;
            // Word of the agent may overtake that of the queue: nobody enters a queue after its agent has picked up.
            call.queued.get_or_insert(call.connected.unwrap_or(now));
            call.sent_on = None;
        }
    }

    /// Nobody talks to the caller any more.
    fn is_transferred(&mut self, now: Instant, key: usize) {
        let call = &mut self.calls[key];
        let Some(connected) = call.connected.take() else { return };
        let (_, talked) = call.before.get_or_insert((connected, Duration::ZERO));
        *talked += now - connected;
    }

    fn menu_input(&self, key: usize, word: &str) -> Option<Input> {
        let class = &self.settings.classes[self.calls[key].plan.class];
        let menu = |name: &str| class.habits.as_ref().and_then(|habits| habits.menu(name));
        let mut parts = word.split(' ');
        match (parts.next()?, parts.next(), parts.next()) {
            ("prompt", Some(name), None) => Some(Input::Prompt { menu: menu(name) }),
            ("branch", Some(pressed), Some(name)) => {
                Some(Input::Branch { menu: menu(name)?, key: Key::from_text(pressed)? })
            }
            ("callback", Some(pressed), None) => Some(self.offer_of(key, Key::from_text(pressed)?)),
            ("voicemail", None, None) => Some(Input::Recording),
            ("transferred", seconds, None) => {
                let talk = seconds.and_then(|text| text.parse().ok());
                let talk = talk.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                Some(Input::Transferred { talk })
            }
            ("person", None, None) => Some(Input::Connected),
            _ => None,
        }
    }

    /// The caller has heard what they wanted to know.
    pub(super) fn leave_content(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        self.calls[key].content = true;
        self.hang_up(now, key, out);
    }

    /// The caller presses a key: in the RTP stream where there is one that takes it, in an INFO otherwise.
    pub(super) fn press(&mut self, now: Instant, key: usize, pressed: Key, out: &mut Vec<Action>) {
        let call = &self.calls[key];
        if call.progress != Progress::Answered {
            return;
        }
        if let (Dtmf::TelephoneEvent, Some(port), Some(_)) =
            (self.settings.dtmf, call.media_port.filter(|_| call.media_flows), call.events)
        {
            return out.push(Action::SendKey { port, key: pressed });
        }
        self.press_by_info(now, key, pressed, out);
    }

    fn press_by_info(&mut self, now: Instant, key: usize, pressed: Key, out: &mut Vec<Action>) {
        let (content_type, body) = dtmf::write(pressed, self.settings.dtmf);
        let transport = self.destination(key).transport;
        let call = &mut self.calls[key];
        call.infos += 1;
        let branch = format!("z9hG4bK-{}-i{}", call.from_tag, call.infos);
        let Some(dialog) = call.dialog.as_mut() else { return };
        let mut bytes = Vec::with_capacity(384);
        let outgoing = Outgoing {
            transport,
            sent_by: self.texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            body: Some(Body { content_type, bytes: body.as_bytes() }),
            ..Outgoing::default()
        };
        dialog.write_request(Method::Info, &outgoing, &mut bytes);
        self.send_request(now, key, bytes, Method::Info, branch.as_bytes(), Role::Info, out);
    }
}
