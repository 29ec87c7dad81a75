//! Menus, and what callers press in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::keypad::Key;
use crate::pbx::Config;
use crate::pbx::config::QueueConfig;
use crate::pbx::menu::Branch;
use crate::pbx::menu::MenuConfig;
use crate::pbx::menu::SelfService;
use crate::pbx::menu::Target;
use crate::random::Distribution;
use crate::scenario::document::BranchDocument;
use crate::scenario::document::CallerDocument;
use crate::scenario::document::MenuDocument;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::TargetValue;
use crate::scenario::document::TargetWord;
use crate::scenario::document::TrafficDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::traffic::Traffic;
use crate::traffic::habits::Benefit;
use crate::traffic::habits::Habits;
use crate::traffic::habits::MenuHabit;
use crate::traffic::habits::MessageHabit;
use crate::units::Period;
use crate::units::Ratio;

const PROMPT: Duration = Duration::from_secs(8);
const TIMEOUT: Duration = Duration::from_secs(5);
/// A menu that waits for less than this could be gone round in no time at all.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
const REPEATS: u32 = 2;
const REPEATS_MAX: u32 = 20;
/// For those who press nothing.
const NEVER: Distribution = Distribution::Constant { seconds: 0.0 };
const THINK: Period = Period(Duration::from_secs(5));

/// The names that a branch may lead to.
#[derive(Clone, Copy)]
struct Known<'a> {
    queues: &'a [QueueConfig],
    menus: &'a [&'a str],
    extensions: &'a [&'a str],
}

impl Resolver<'_> {
    pub(super) fn menus(&mut self, document: &mut PbxDocument, queues: &[QueueConfig]) -> Vec<MenuConfig> {
        let extensions: Vec<String> =
            document.extensions.iter().flatten().map(|(number, _)| number.clone()).collect();
        let extensions: Vec<&str> = extensions.iter().map(String::as_str).collect();
        let has_voicemail = document.voicemail.is_some();
        let Some(written) = document.ivr.as_mut() else { return Vec::new() };
        let names: Vec<String> = written.keys().cloned().collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let known = Known { queues, menus: &names, extensions: &extensions };
        let mut menus = Vec::with_capacity(names.len());
        for (name, menu) in written.iter_mut() {
            menus.push(self.menu(name, menu, known));
        }
        let leads_to_voicemail = |menu: &MenuConfig| {
            let targets = menu.branches.values().map(|branch| &branch.target).chain([&menu.otherwise]);
            targets.into_iter().any(|target| *target == Target::Voicemail)
        };
        if !has_voicemail && menus.iter().any(leads_to_voicemail) {
            self.wrong("pbx.ivr", "a key leads to the voicemail, and there is none; write pbx.voicemail: {}");
        }
        self.find_entrance(&mut menus);
        menus
    }

    fn menu(&mut self, name: &str, menu: &mut MenuDocument, known: Known<'_>) -> MenuConfig {
        let path = format!("pbx.ivr.{name}");
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            self.wrong(&path, "a menu's name travels in SIP headers; write letters, digits, - and _ only");
        }
        let timeout = or_default(&mut menu.timeout, TIMEOUT);
        if timeout < SHORTEST_TIMEOUT {
            self.wrong(&format!("{path}.timeout"), "nobody presses a key that fast; write for example 5s");
        }
        let repeats = *menu.repeats.get_or_insert(REPEATS);
        if repeats > REPEATS_MAX {
            let message = format!("nobody listens to a prompt that often; write at most {REPEATS_MAX}");
            self.wrong(&format!("{path}.repeats"), &message);
        }
        let mut branches = BTreeMap::new();
        for (text, value) in menu.digits.get_or_insert_default().iter_mut() {
            let path = format!("{path}.digits.{text}");
            let branch = self.branch(value, known, &path);
            match Key::from_text(text) {
                Some(key) => drop(branches.insert(key, branch)),
                None => self.wrong(&path, &format!("`{text}` is no key; write 0 to 9, *, # or A to D")),
            }
        }
        let otherwise = menu.otherwise.get_or_insert(Written::Text(TargetWord::HangUp));
        let otherwise_path = format!("{path}.otherwise");
        let way_out = self.branch(otherwise, known, &otherwise_path);
        if way_out.self_service.is_some() || way_out.talk_factor < 1.0 {
            self.wrong(&otherwise_path, "whoever pressed nothing has asked nothing; write only where to go");
        }
        MenuConfig {
            name: name.into(),
            numbers: menu.numbers.iter().flatten().map(|number| number.as_str().into()).collect(),
            takes_the_rest: false,
            prompt: or_default(&mut menu.prompt, PROMPT),
            timeout,
            repeats,
            branches,
            otherwise: way_out.target,
        }
    }

    fn branch(&mut self, value: &mut TargetValue, known: Known<'_>, path: &str) -> Branch {
        match value {
            Written::Text(TargetWord::Voicemail) => {
                Branch { self_service: None, target: Target::Voicemail, talk_factor: 1.0 }
            }
            Written::Text(TargetWord::HangUp) => {
                Branch { self_service: None, target: Target::HangUp, talk_factor: 1.0 }
            }
            Written::List(never) => match *never {},
            Written::Keys(keys) => self.branch_with_keys(keys, known, path),
        }
    }

    fn branch_with_keys(&mut self, keys: &mut BranchDocument, known: Known<'_>, path: &str) -> Branch {
        let targets = [keys.queue.is_some(), keys.menu.is_some(), keys.extension.is_some()];
        if targets.into_iter().filter(|given| *given).count() > 1 {
            self.wrong(path, "a key leads to one place; keep one of queue, menu and extension");
        }
        let target = if let Some(name) = &keys.queue {
            let names: Vec<&str> = known.queues.iter().map(|queue| &*queue.name).collect();
            Target::Queue(self.place(name, &names, "queue", &format!("{path}.queue")))
        } else if let Some(name) = &keys.menu {
            Target::Menu(self.place(name, known.menus, "menu", &format!("{path}.menu")))
        } else if let Some(number) = &keys.extension {
            self.place(number, known.extensions, "extension", &format!("{path}.extension"));
            Target::Extension(number.as_str().into())
        } else {
            Target::HangUp
        };
        if keys.containment.is_some() && keys.self_service.is_none() {
            let message = "only an answer can be enough; write self_service: 40s";
            self.wrong(&format!("{path}.containment"), message);
        }
        let self_service = keys.self_service.map(|lasts| SelfService {
            lasts: lasts.0,
            containment: keys.containment.get_or_insert(Ratio(0.0)).0,
        });
        let talk_factor = keys.talk_factor.map_or(1.0, |factor| factor.0);
        Branch { self_service, target, talk_factor }
    }

    /// The place of a name among those that exist; 0 if it is unknown, which is then said.
    pub(super) fn place(&mut self, name: &str, known: &[&str], what: &str, path: &str) -> usize {
        let found = known.iter().position(|candidate| *candidate == name);
        if found.is_none() {
            self.unknown_name(name, known, what, path);
        }
        found.unwrap_or(0)
    }

    /// A single menu that neither a number nor a key leads to takes every number that nothing else claims.
    fn find_entrance(&mut self, menus: &mut [MenuConfig]) {
        let mut led_to = vec![false; menus.len()];
        for menu in &*menus {
            let targets = menu.branches.values().map(|branch| &branch.target).chain([&menu.otherwise]);
            for target in targets {
                if let Target::Menu(index) = target
                    && *menus[*index].name != *menu.name
                {
                    led_to[*index] = true;
                }
            }
        }
        let is_entrance = |index: &usize| menus[*index].numbers.is_empty() && !led_to[*index];
        let mut entrances: Vec<usize> = (0..menus.len()).filter(is_entrance).collect();
        if entrances.is_empty() && menus.iter().all(|menu| menu.numbers.is_empty()) {
            // They lead to each other in a circle: the first is as good as any.
            entrances.extend((!menus.is_empty()).then_some(0));
        }
        if let [only] = entrances[..]
            && menus.iter().all(|menu| menu.numbers.is_empty())
        {
            menus[only].takes_the_rest = true;
        } else if entrances.len() > 1 && menus.iter().all(|menu| menu.numbers.is_empty()) {
            self.wrong("pbx.ivr", "several menus could answer; give the first one its `numbers`");
        }
    }

    /// What each class of callers does in the menus.
    pub(super) fn habits(
        &mut self,
        document: Option<&mut TrafficDocument>,
        pbx: &Config,
        message: Option<&MessageHabit>,
        traffic: &mut Traffic,
    ) {
        let callers = document.and_then(|document| document.callers.as_mut());
        let classes = &mut traffic.callers;
        for (place, (caller, class)) in callers.into_iter().flatten().zip(classes).enumerate() {
            let path = format!("traffic.callers[{place}]");
            let habits = self.habits_of(caller, pbx, &path);
            let silent = || Habits { digits: Vec::new(), menus: Vec::new(), think: NEVER, message: None };
            let habits = habits.or_else(|| message.map(|_| silent()));
            class.habits = habits.map(|habits| Arc::new(Habits { message: message.cloned(), ..habits }));
        }
    }

    fn habits_of(&mut self, caller: &mut CallerDocument, pbx: &Config, path: &str) -> Option<Habits> {
        let says_keys = caller.digits.is_some() || caller.choices.is_some();
        if pbx.menus.is_empty() && caller.digits.is_none() {
            if let Some(key) = [("choices", caller.choices.is_some()), ("think", caller.think.is_some())]
                .into_iter()
                .find_map(|(key, given)| given.then_some(key))
            {
                self.wrong(&format!("{path}.{key}"), "no menu asks for a key; add pbx.ivr, or remove it");
            }
            return None;
        }
        if caller.digits.is_some() && caller.choices.is_some() {
            self.wrong(
                &format!("{path}.digits"),
                "`digits` and `choices` both say what is pressed; remove one",
            );
        }
        if !says_keys {
            let menu = pbx.menus.first().map_or("main", |menu| &*menu.name);
            let message =
                format!("the PBX has menus; write choices: {{{menu}: {{\"1\": 100%}}}}, or digits: \"1\"");
            self.wrong(&format!("{path}.choices"), &message);
        }
        let digits = self.digits(caller.digits.as_deref().unwrap_or_default(), &format!("{path}.digits"));
        let think = self.law_or(&mut caller.think, THINK, &format!("{path}.think"));
        let choices = caller.choices.clone().unwrap_or_default();
        let names: Vec<&str> = pbx.menus.iter().map(|menu| &*menu.name).collect();
        for name in choices.keys().filter(|name| !names.contains(&name.as_str())) {
            self.unknown_name(name, &names, "menu", &format!("{path}.choices.{name}"));
        }
        let menus = pbx.menus.iter().map(|menu| MenuHabit {
            name: Arc::clone(&menu.name),
            choices: choices
                .get(&*menu.name)
                .map(|shares| self.shares(shares, &format!("{path}.choices.{}", menu.name)))
                .unwrap_or_default(),
            branches: menu.branches.iter().map(|(key, branch)| (*key, benefit(branch))).collect(),
        });
        Some(Habits { digits, menus: menus.collect(), think, message: None })
    }

    fn digits(&mut self, text: &str, path: &str) -> Vec<Key> {
        let mut keys = Vec::new();
        for character in text.chars().filter(|character| *character != ' ') {
            match Key::from_character(character) {
                Some(key) => keys.push(key),
                None => self.wrong(path, &format!("`{character}` is no key; write 0 to 9, *, # or A to D")),
            }
        }
        keys
    }

    fn shares(&mut self, shares: &BTreeMap<String, Ratio>, path: &str) -> Vec<(Key, f64)> {
        let mut choices = Vec::with_capacity(shares.len());
        for (text, share) in shares {
            match Key::from_text(text) {
                Some(key) => choices.push((key, share.0)),
                None => self.wrong(path, &format!("`{text}` is no key; write 0 to 9, *, # or A to D")),
            }
        }
        let total: f64 = choices.iter().map(|(_, share)| share).sum();
        if total > 1.0 + 1e-9 {
            let message =
                format!("the shares sum to {}; whoever presses nothing is the rest up to 100%", Ratio(total));
            self.wrong(path, &message);
        }
        choices
    }
}

fn benefit(branch: &Branch) -> Benefit {
    Benefit {
        self_service: branch.self_service.map(|service| (service.lasts, service.containment)),
        talk_factor: branch.talk_factor,
    }
}
