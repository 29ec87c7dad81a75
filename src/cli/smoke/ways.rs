//! The ways of a scenario: each number at each hour at which it leads elsewhere, and each row of keys that menus take.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::keypad::Key;
use crate::pbx::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Table;
use crate::pbx::menu::PROMPTS_MAX;
use crate::pbx::menu::Target;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::smoke_words::SmokeWords;
use crate::scenario::Scenario;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::callers::Numbers;

/// Keys that a way may take: as deep as anybody would build.
const KEYS_MAX: usize = 6;
/// Ways of one scenario.
const WAYS_MAX: usize = 1_000;
/// How far ahead hours are looked at: every holiday of a year, and both changes of clocks.
const CALENDAR: Duration = Duration::from_secs(366 * 86_400);
/// Changes of hours and duty that are looked at for an hour at which a queue has somebody.
const CHANGES_MAX: usize = 2_000;

/// One way that a caller can take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    /// When, from the scenario's start on.
    pub(super) at: Instant,
    /// Whether the firm is open then; absent where it has no hours.
    pub(super) open: Option<bool>,
    /// The caller's class, an index.
    pub(super) class: usize,
    /// Its name, where the number leads other callers elsewhere.
    caller: Option<Arc<str>>,
    pub(super) number: Arc<str>,
    /// Pressed one at each prompt.
    pub(super) keys: Vec<Key>,
    /// At the last menu nothing is pressed.
    silent: bool,
    /// Where it should lead; to no place if the menu says goodbye.
    leads_to: Option<Destination>,
    pub(super) end: End,
}

/// What should become of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Somebody or something serves the caller; in this queue, if there is one.
    Served { queue: Option<Arc<str>> },
    /// The number refuses on purpose, or the menu says goodbye.
    Refused,
}

/// What no call is placed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Untested {
    /// Numbers of this template, but for one.
    Template(Arc<str>),
    /// Callers of this class ask on a web page.
    Web(Arc<str>),
    /// What lies behind more keys than anybody presses.
    Deep,
    /// More ways than one test has time for.
    Many,
}

/// Every way, and what is left out.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) ways: Vec<Way>,
    pub(super) untested: Vec<Untested>,
}

impl Way {
    /// The number and the keys pressed, in the words of a person.
    pub(super) fn path(&self, language: Language) -> String {
        let caller = self.caller.as_ref().map_or_else(String::new, |caller| format!(" ({caller})"));
        let mut steps = vec![format!("{}{caller}", self.number)];
        steps.extend(self.keys.iter().map(ToString::to_string));
        steps.extend(self.silent.then(|| SmokeWords::of(language).nothing.to_owned()));
        steps.join(" › ")
    }

    pub(super) fn leads_to(&self, pbx: &Config, language: Language) -> String {
        let words = SmokeWords::of(language);
        let named = |template: &'static str, name: &str| fill(template, &[("name", name)]);
        match &self.leads_to {
            None => words.goodbye.to_owned(),
            Some(Destination::Pbx) => words.answer.to_owned(),
            Some(Destination::Menu(menu)) => named(words.menu, &pbx.menus[*menu].name),
            Some(Destination::Queue(queue)) => named(words.queue, &pbx.queues[*queue].name),
            Some(Destination::Extension(number)) => named(words.extension, number),
            Some(Destination::Voicemail) => words.voicemail.to_owned(),
            Some(Destination::Callback) => words.callback.to_owned(),
            Some(Destination::Refuse(_)) => words.refusal.to_owned(),
            Some(Destination::Unknown) => words.unknown.to_owned(),
            Some(Destination::Ask) => words.hook.to_owned(),
        }
    }
}

impl Untested {
    pub(super) fn in_words(&self, language: Language) -> String {
        let words = SmokeWords::of(language);
        match self {
            Self::Template(template) => fill(words.untested_template, &[("template", template)]),
            Self::Web(class) => fill(words.untested_web, &[("class", class)]),
            Self::Deep => fill(words.untested_deep, &[("keys", &KEYS_MAX.to_string())]),
            Self::Many => fill(words.untested_many, &[("ways", &WAYS_MAX.to_string())]),
        }
    }
}

impl Ways {
    /// Those of a scenario from its start on, or only those of its start.
    pub(super) fn of(scenario: &Scenario, at_start_only: bool) -> Self {
        let mut found = Self::default();
        let classes = found.classes(scenario);
        for number in found.numbers(scenario) {
            found.number(scenario, &classes, &number, at_start_only);
        }
        if found.ways.len() > WAYS_MAX {
            found.ways.truncate(WAYS_MAX);
            found.untested.push(Untested::Many);
        }
        // One state after the other, as a person would go about it.
        found.ways.sort_by_key(|way| way.at);
        found
    }

    /// Classes of callers who may be led differently. Whom the blacklist turns away gets nowhere else.
    fn classes(&mut self, scenario: &Scenario) -> Vec<usize> {
        let callers = &scenario.traffic.callers;
        let on_web = callers.iter().filter(|class| class.callback.on_web);
        self.untested.extend(on_web.map(|class| Untested::Web(Arc::clone(&class.name))));
        let listed = |class: usize| {
            let list = scenario.pbx.blacklist.as_ref();
            list.is_some_and(|list| list.callers.holds(&callers[class].from.number(0)))
        };
        let by_phone: Vec<usize> =
            (0..callers.len()).filter(|class| !callers[*class].callback.on_web).collect();
        let mut heard: Vec<usize> = by_phone.iter().copied().filter(|class| !listed(*class)).collect();
        if scenario.pbx.table.is_none() {
            heard.truncate(1);
        }
        for class in by_phone.into_iter().filter(|class| listed(*class)) {
            let refusal = scenario.pbx.blacklist.as_ref().map(|list| list.refusal.clone());
            self.ways.push(Way {
                at: Instant::ZERO,
                open: open(&scenario.pbx, Instant::ZERO),
                class,
                caller: Some(Arc::clone(&callers[class].name)),
                number: callers[class].to.number(0),
                keys: Vec::new(),
                silent: false,
                leads_to: refusal.map(Destination::Refuse),
                end: End::Refused,
            });
        }
        if heard.is_empty() && self.ways.is_empty() {
            heard.extend((0..callers.len()).next());
        }
        heard
    }

    fn numbers(&mut self, scenario: &Scenario) -> BTreeSet<Arc<str>> {
        let pbx = &scenario.pbx;
        let mut numbers: BTreeSet<Arc<str>> = pbx.extensions.keys().cloned().collect();
        numbers.extend(pbx.queues.iter().flat_map(|queue| queue.numbers.iter().cloned()));
        numbers.extend(pbx.menus.iter().flat_map(|menu| menu.numbers.iter().cloned()));
        numbers.extend(pbx.table.iter().flat_map(Table::cells).map(|cell| Arc::clone(cell.number)));
        for class in &scenario.traffic.callers {
            match &class.to {
                Numbers::List(list) => numbers.extend(list.iter().cloned()),
                Numbers::Template(template) => {
                    if template.contains('{') {
                        self.untested.push(Untested::Template(Arc::clone(template)));
                    }
                    numbers.insert(class.to.number(0));
                }
            }
        }
        numbers
    }

    /// The ways from one number: for each place that it leads to, at some hour and for somebody.
    fn number(&mut self, scenario: &Scenario, classes: &[usize], number: &Arc<str>, at_start_only: bool) {
        let pbx = &scenario.pbx;
        let mut places: Vec<(Instant, usize, Destination)> = Vec::new();
        let mut at = Instant::ZERO;
        loop {
            for class in classes {
                let place = entrance(pbx, at, *class, number);
                if !places.iter().any(|(_, _, known)| *known == place) {
                    places.push((at, *class, place));
                }
            }
            let next = pbx.next_change_of_hours(at).filter(|next| *next < Instant::ZERO + CALENDAR);
            match next {
                Some(next) if !at_start_only && self.ways.len() <= WAYS_MAX => at = next,
                _ => break,
            }
        }
        let told_apart = places.iter().any(|(_, class, _)| Some(class) != classes.first());
        for (at, class, place) in places {
            let first = self.ways.len();
            if let Destination::Menu(menu) = place {
                self.walk(pbx, number, menu, &mut (Vec::new(), BTreeSet::new()));
            } else {
                let end = end_of(pbx, &place, true);
                self.ways.push(blank(number, Vec::new(), false, Some(place.clone()), end));
            }
            for way in &mut self.ways[first..] {
                way.class = class;
                way.caller = told_apart.then(|| Arc::clone(&scenario.traffic.callers[class].name));
                way.at = if at_start_only { at } else { staffed(pbx, (at, class, &place), way) };
                way.open = open(pbx, way.at);
            }
        }
    }

    /// The ways on from a menu.
    fn walk(
        &mut self,
        pbx: &Config,
        number: &Arc<str>,
        menu: usize,
        (keys, seen): &mut (Vec<Key>, BTreeSet<usize>),
    ) {
        if self.ways.len() > WAYS_MAX {
            return;
        }
        debug_assert!(KEYS_MAX < PROMPTS_MAX as usize, "a way ends before the PBX loses patience");
        // Whoever is led back to where they were says nothing there.
        if seen.insert(menu) {
            if keys.len() < KEYS_MAX {
                for (key, branch) in &pbx.menus[menu].branches {
                    keys.push(*key);
                    if let Target::Menu(next) = branch.target {
                        self.walk(pbx, number, next, &mut (keys.clone(), seen.clone()));
                    } else {
                        self.ways.push(way(pbx, number, keys, false, &branch.target));
                    }
                    keys.pop();
                }
            } else if !self.untested.contains(&Untested::Deep) {
                self.untested.push(Untested::Deep);
            }
        }
        self.ways.push(way(pbx, number, keys, true, &pbx.menus[menu].otherwise));
    }
}

fn open(pbx: &Config, at: Instant) -> Option<bool> {
    pbx.opening.as_ref().map(|opening| opening.hours.is_open(at))
}

/// Where a number leads a caller of this class at an instant.
fn entrance(pbx: &Config, at: Instant, class: usize, number: &Arc<str>) -> Destination {
    let tabled = pbx.table.as_ref().and_then(|table| table.target(at, class, number));
    if let Some(destination) = tabled {
        return destination.clone();
    }
    if pbx.extensions.contains_key(number) {
        return Destination::Extension(Arc::clone(number));
    }
    let closed = pbx.opening.as_ref().filter(|opening| !opening.hours.is_open(at));
    if let Some(destination) = closed.and_then(|opening| opening.closed.as_ref()) {
        return destination.clone();
    }
    if pbx.table.is_none() && pbx.hook.is_some() {
        return Destination::Ask;
    }
    let listed = |numbers: &[Arc<str>]| numbers.contains(number);
    if let Some(menu) = pbx.menus.iter().position(|menu| listed(&menu.numbers)) {
        return Destination::Menu(menu);
    }
    if let Some(queue) = pbx.queues.iter().position(|queue| listed(&queue.numbers)) {
        return Destination::Queue(queue);
    }
    let rest = pbx.menus.iter().position(|menu| menu.takes_the_rest).map(Destination::Menu);
    let queue = || pbx.queues.iter().position(|queue| queue.numbers.is_empty()).map(Destination::Queue);
    rest.or_else(queue).unwrap_or(Destination::Pbx)
}

/// The first instant from `at` on at which the number still leads to `place`, and somebody of the queue that the way
/// ends in is on duty; `at` if there is none, where the call will tell.
fn staffed(pbx: &Config, (at, class, place): (Instant, usize, &Destination), way: &Way) -> Instant {
    let End::Served { queue: Some(name) } = &way.end else { return at };
    let Some(queue) = pbx.queues.iter().find(|queue| queue.name == *name) else { return at };
    let duties = || queue.agents.iter().map(|agent| pbx.agents[*agent].presence.duty.as_ref());
    if duties().any(|duty| duty.is_none()) {
        return at;
    }
    let mut now = at;
    for _ in 0..CHANGES_MAX {
        let is_staffed = duties().flatten().any(|duty| duty.is_on(now));
        if is_staffed && entrance(pbx, now, class, &way.number) == *place {
            return now;
        }
        let duty = duties().flatten().filter_map(|duty| duty.next_change(now));
        match duty.chain(pbx.next_change_of_hours(now)).min() {
            Some(next) if next < Instant::ZERO + CALENDAR => now = next,
            _ => break,
        }
    }
    at
}

fn blank(number: &Arc<str>, keys: Vec<Key>, silent: bool, leads_to: Option<Destination>, end: End) -> Way {
    let number = Arc::clone(number);
    Way { at: Instant::ZERO, open: None, class: 0, caller: None, number, keys, silent, leads_to, end }
}

fn way(pbx: &Config, number: &Arc<str>, keys: &[Key], silent: bool, target: &Target) -> Way {
    let leads_to = match target {
        Target::Queue(queue) => Some(Destination::Queue(*queue)),
        Target::Menu(menu) => Some(Destination::Menu(*menu)),
        Target::Extension(number) => Some(Destination::Extension(Arc::clone(number))),
        Target::Voicemail => Some(Destination::Voicemail),
        Target::HangUp => None,
    };
    let end = leads_to.as_ref().map_or(End::Refused, |place| match place {
        // Who says nothing there either is hung up on in the end.
        Destination::Menu(_) => End::Refused,
        place => end_of(pbx, place, false),
    });
    blank(number, keys.to_vec(), silent, leads_to, end)
}

/// What should become of a call there. A number may refuse whoever dials it; a branch that leads to such is broken.
fn end_of(pbx: &Config, destination: &Destination, dialled: bool) -> End {
    let served =
        |queue: Option<usize>| End::Served { queue: queue.map(|queue| Arc::clone(&pbx.queues[queue].name)) };
    match destination {
        Destination::Queue(queue) => served(Some(*queue)),
        Destination::Refuse(_) => End::Refused,
        Destination::Extension(number) => {
            match pbx.extensions.get(number) {
                Some(Extension::Queue(queue)) => served(Some(*queue)),
                Some(
                    Extension::Busy | Extension::NoAnswer { .. } | Extension::Declined | Extension::Unknown,
                ) if dialled => End::Refused,
                _ => served(None),
            }
        }
        _ => served(None),
    }
}
