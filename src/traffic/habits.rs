//! What callers do when a machine answers: which keys they press, and after how long.
//!
//! Everything is drawn with the plan, from a stream of its own, so that the simulation and the wire meet the same
//! callers, and so that scenarios without menus draw nothing.

use std::sync::Arc;

use crate::keypad::Key;
use crate::random::Distribution;
use crate::random::Stream;
use crate::time::Duration;

/// Prompts of one call at which a caller still has a mind to press anything.
pub const PROMPTS: usize = 12;

/// Nobody says anything in less.
const SHORTEST_MESSAGE: Duration = Duration::from_secs(1);

/// Habits of a class of callers.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// Pressed one at each prompt, whatever the menu; afterwards nothing. Empty: chosen by `menus`.
    pub digits: Vec<Key>,
    /// What is pressed in each menu of the PBX, in the PBX's order.
    pub menus: Vec<MenuHabit>,
    /// From the beginning of a prompt to the key.
    pub think: Distribution,
    /// What they do at the voicemail, if there is one.
    pub message: Option<MessageHabit>,
}

/// What callers do at the voicemail.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageHabit {
    /// Share of callers who leave a message, 0 to 1; the rest hang up on the greeting.
    pub leave: f64,
    /// How long the greeting lasts, which they hear first.
    pub greeting: Duration,
    /// How long they then speak.
    pub length: Distribution,
}

/// What a class of callers does in one menu, and what that menu offers them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MenuHabit {
    pub name: Arc<str>,
    /// Key → share of callers who press it, 0 to 1; the rest press nothing.
    pub choices: Vec<(Key, f64)>,
    /// What the keys of the menu do for the caller.
    pub branches: Vec<(Key, Benefit)>,
}

/// What a branch of a menu does for the caller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benefit {
    /// How long the machine's answer lasts, and for which share of callers it is enough.
    pub self_service: Option<(Duration, f64)>,
    /// Share of the talk that remains to be said to an agent who has been told.
    pub talk_factor: f64,
}

impl Habits {
    /// The menu of this name.
    #[must_use]
    pub fn menu(&self, name: &str) -> Option<usize> {
        self.menus.iter().position(|menu| *menu.name == *name)
    }
}

/// What one caller will do at each prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub habits: Arc<Habits>,
    prompts: [Prompt; PROMPTS],
    /// From the beginning of the voicemail's greeting to the end of the message; absent: the caller leaves none.
    pub message: Option<Duration>,
}

/// The draws for one prompt.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Prompt {
    /// Uniform in [0, 1): which key.
    choice: f64,
    think: Duration,
    /// Uniform in [0, 1): whether the machine's answer is enough.
    contentment: f64,
}

impl Intent {
    /// Draws a caller's intent.
    #[must_use]
    pub fn draw(habits: &Arc<Habits>, stream: &mut Stream) -> Self {
        let mut prompts = [Prompt::default(); PROMPTS];
        for prompt in &mut prompts {
            prompt.choice = stream.unit();
            prompt.think = habits.think.sample(stream);
            prompt.contentment = stream.unit();
        }
        let message = habits.message.as_ref().and_then(|habit| {
            let leaves = stream.chance(habit.leave);
            let length = habit.length.sample(stream).max(SHORTEST_MESSAGE);
            leaves.then(|| habit.greeting + length)
        });
        Self { habits: Arc::clone(habits), prompts, message }
    }

    /// What the caller presses at prompt number `prompt` of the call, counted from 0, in this menu, and after how long;
    /// `None`: nothing.
    #[must_use]
    pub fn key(&self, prompt: usize, menu: Option<usize>) -> Option<(Key, Duration)> {
        let drawn = self.prompts.get(prompt)?;
        let key = if self.habits.digits.is_empty() {
            choose(&self.habits.menus.get(menu?)?.choices, drawn.choice)?
        } else {
            *self.habits.digits.get(prompt)?
        };
        Some((key, drawn.think))
    }

    /// What the branch of `key` does for the caller who pressed it at prompt number `prompt`: how long they listen to
    /// an answer that is enough, if it is; and the factor on their talk.
    #[must_use]
    pub fn benefit(&self, prompt: usize, menu: usize, key: Key) -> (Option<Duration>, f64) {
        let branches = self.habits.menus.get(menu).map_or(&[][..], |menu| &menu.branches);
        let Some((_, benefit)) = branches.iter().find(|(known, _)| *known == key) else { return (None, 1.0) };
        let contentment = self.prompts.get(prompt).map_or(1.0, |drawn| drawn.contentment);
        let contained = benefit.self_service.filter(|(_, containment)| contentment < *containment);
        (contained.map(|(lasts, _)| lasts), benefit.talk_factor)
    }
}

fn choose(choices: &[(Key, f64)], mut point: f64) -> Option<Key> {
    for (key, share) in choices {
        if point < *share {
            return Some(*key);
        }
        point -= share;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    fn key(character: char) -> Key {
        Key::from_character(character).unwrap()
    }

    fn habits(digits: &str) -> Arc<Habits> {
        let self_service = Some((Duration::from_secs(40), 0.7));
        let main = MenuHabit {
            name: "main".into(),
            choices: vec![(key('1'), 0.6), (key('0'), 0.1)],
            branches: vec![(key('1'), Benefit { self_service, talk_factor: 0.5 })],
        };
        let think = Distribution::Constant { seconds: 2.0 };
        Arc::new(Habits {
            digits: digits.chars().map(key).collect(),
            menus: vec![main],
            think,
            message: None,
        })
    }

    #[test]
    fn keys_and_contentment_come_in_their_shares() {
        let habits = habits("");
        let (mut ones, mut zeros, mut silent, mut contained) = (0, 0, 0, 0);
        for index in 0..10_000 {
            let intent = Intent::draw(&habits, &mut Seed(3).stream(Purpose::Keys, index));
            match intent.key(0, Some(0)).map(|(key, _)| key.character()) {
                Some('1') => ones += 1,
                Some('0') => zeros += 1,
                _ => silent += 1,
            }
            contained += u32::from(intent.benefit(0, 0, key('1')).0.is_some());
        }
        // Four standard deviations of each binomial.
        assert!((5_804..=6_196).contains(&ones) && (880..=1_120).contains(&zeros), "{ones} {zeros} {silent}");
        assert!((6_816..=7_184).contains(&contained), "{contained}");
    }

    #[test]
    fn digits_are_pressed_one_at_each_prompt_and_then_no_more() {
        let intent = Intent::draw(&habits("2#"), &mut Seed(3).stream(Purpose::Keys, 0));
        let pressed =
            |prompt| intent.key(prompt, None).map(|(key, after)| (key.character(), after.as_secs()));
        assert_eq!([pressed(0), pressed(1), pressed(2)], [Some(('2', 2)), Some(('#', 2)), None]);
    }
}
