use super::*;
use crate::outcome::EndedBy;
use crate::pbx::Action;
use crate::pbx::AnsweredBy;
use crate::pbx::CallId;
use crate::pbx::Config;
use crate::pbx::Hears;
use crate::pbx::Input;
use crate::pbx::Pbx;
use crate::pbx::books::CdrRow;
use crate::pbx::config::Extension;
use crate::random::Seed;

const CALL: CallId = CallId(1);

fn key(character: char) -> Key {
    Key::from_character(character).unwrap()
}

fn at(seconds: f64) -> Instant {
    Instant::from_secs_f64(seconds)
}

fn branch(target: Target) -> Branch {
    Branch { self_service: None, target, talk_factor: 1.0 }
}

fn menu(name: &str, branches: &[(char, Branch)], otherwise: Target) -> MenuConfig {
    MenuConfig {
        name: name.into(),
        numbers: Vec::new(),
        takes_the_rest: false,
        prompt: Duration::from_secs(8),
        timeout: Duration::from_secs(5),
        repeats: 1,
        branches: branches.iter().map(|(character, branch)| (key(*character), branch.clone())).collect(),
        otherwise,
    }
}

/// Main menu: 1 answers itself for 40 s and leads to the extension, 2 to a second menu, 0 to the extension.
fn config() -> Config {
    let self_service = Some(SelfService { lasts: Duration::from_secs(40), containment: 0.7 });
    let person = || Target::Extension("200".into());
    let main = MenuConfig {
        takes_the_rest: true,
        ..menu(
            "main",
            &[
                ('1', Branch { self_service, ..branch(person()) }),
                ('2', branch(Target::Menu(1))),
                ('0', branch(person())),
            ],
            Target::HangUp,
        )
    };
    let second = menu("second", &[('0', branch(person())), ('9', branch(Target::HangUp))], Target::Menu(0));
    let answer = Extension::Answer { answer_delay: crate::random::Distribution::Constant { seconds: 0.0 } };
    Config {
        menus: vec![main, second],
        extensions: std::iter::once(("200".into(), answer)).collect(),
        ..Config::default()
    }
}

/// A PBX with one caller in it, and all that it has said since.
struct Desk {
    pbx: Pbx,
    actions: Vec<Action>,
}

impl Desk {
    fn with_caller(config: Config) -> Self {
        let mut desk = Self { pbx: Pbx::new(config, Seed(1)), actions: Vec::new() };
        let (name, from, to) = (&"call".into(), &"79".into(), &"100".into());
        desk.tell(0.0, Input::CallOffered { call: CALL, name, from, to, class: 0 });
        desk
    }

    fn tell(&mut self, seconds: f64, input: Input<'_>) {
        self.pbx.handle(at(seconds), input, &mut self.actions);
    }

    fn press(&mut self, seconds: f64, character: char) {
        self.tell(seconds, Input::KeyPressed { call: CALL, key: key(character) });
    }

    /// Serves every deadline up to `seconds`.
    fn wait_until(&mut self, seconds: f64) {
        self.tell(seconds, Input::DeadlineReached);
    }

    /// What the caller heard after the first prompt.
    fn heard(&self) -> Vec<Hears> {
        let heard = self.actions.iter().filter_map(|action| match action {
            Action::Hear { what, .. } => Some(*what),
            _ => None,
        });
        heard.collect()
    }

    fn exits(&self) -> Vec<(String, Exit, f64)> {
        let exits = self.actions.iter().filter_map(|action| match action {
            Action::MenuEvent(event) => match event.event {
                MenuEventKind::Left(exit) => Some((event.menu.to_string(), exit, event.at.as_secs_f64())),
                MenuEventKind::Entered => None,
            },
            _ => None,
        });
        exits.collect()
    }

    fn row(&self) -> Option<&CdrRow> {
        self.actions.iter().find_map(|action| match action {
            Action::CallEnded(row) => Some(&**row),
            _ => None,
        })
    }
}

#[test]
fn a_menu_answers_at_once_and_a_key_leads_along_its_branch() {
    let mut desk = Desk::with_caller(config());
    let answer = Action::Answer { call: CALL, by: AnsweredBy::Menu { menu: 0 }, queue: None };
    assert!(desk.actions.contains(&answer));
    desk.press(3.0, '2');
    desk.press(12.0, '0');
    let person = [
        Hears::Branch { menu: 0, key: key('2') },
        Hears::Prompt { menu: 1 },
        Hears::Branch { menu: 1, key: key('0') },
        Hears::Person,
    ];
    assert_eq!(desk.heard(), person);
    let exits =
        [("main".to_owned(), Exit::Chose(key('2')), 3.0), ("second".to_owned(), Exit::Chose(key('0')), 12.0)];
    assert_eq!(desk.exits(), exits);
    desk.press(30.0, '5');
    desk.tell(60.0, Input::CallerHungUp { call: CALL });
    let row = desk.row().unwrap();
    assert_eq!((row.cause, row.answer, row.ended_by), ("answered", Some(at(0.0)), EndedBy::Caller));
    assert_eq!(desk.pbx.unknown_inputs(), 0, "a key pressed in a conversation is nobody's mistake");
}

/// Prompt 8 s, key awaited for 5 s, one repeat: hung up on after 26 s.
#[test]
fn silence_is_asked_again_and_then_goes_the_way_for_such_callers() {
    let mut desk = Desk::with_caller(config());
    desk.wait_until(25.9);
    assert_eq!((desk.heard(), desk.row()), (vec![Hears::Prompt { menu: 0 }], None));
    desk.wait_until(26.0);
    assert_eq!(desk.exits(), [("main".to_owned(), Exit::NoInput, 26.0)]);
    assert_eq!(desk.row().unwrap().cause, "menu-failed");
    assert_eq!(desk.pbx.circuits_in_use(), 0);
}

#[test]
fn a_key_that_leads_nowhere_begins_the_prompt_anew_and_counts_as_a_repeat() {
    let mut desk = Desk::with_caller(config());
    desk.press(4.0, '7');
    desk.wait_until(16.9);
    assert!(desk.exits().is_empty(), "the prompt began anew at 4 s");
    desk.press(16.95, '*');
    assert_eq!(desk.exits(), [("main".to_owned(), Exit::InvalidInput, 16.95)]);
}

#[test]
fn whoever_hangs_up_after_the_answer_is_content_and_before_it_has_given_up() {
    for (seconds, exit, cause) in
        [(45.0, Exit::Contained(key('1')), "contained"), (44.9, Exit::Abandoned, "abandoned")]
    {
        let mut desk = Desk::with_caller(config());
        desk.press(5.0, '1');
        desk.tell(seconds, Input::CallerHungUp { call: CALL });
        assert_eq!(desk.exits(), [("main".to_owned(), exit, seconds)]);
        assert_eq!(desk.row().unwrap().cause, cause);
    }
    // For whom it was not enough: 40 s of answer, then 5 s for a key, then on.
    let mut desk = Desk::with_caller(config());
    desk.press(5.0, '1');
    desk.wait_until(50.0);
    assert_eq!(desk.heard().last(), Some(&Hears::Person));
    assert_eq!(desk.exits(), [("main".to_owned(), Exit::Chose(key('1')), 50.0)]);
}

#[test]
fn going_round_in_circles_ends() {
    let circle = || branch(Target::Menu(0));
    let main = MenuConfig { takes_the_rest: true, ..menu("main", &[('1', circle())], Target::Menu(0)) };
    let mut desk = Desk::with_caller(Config { menus: vec![main], ..Config::default() });
    desk.wait_until(1e6);
    assert_eq!(desk.row().unwrap().cause, "menu-failed");
    assert_eq!(desk.heard().len(), PROMPTS_MAX as usize - 1);
    let left = desk.exits().len();
    let entered = desk
        .actions
        .iter()
        .filter(|action| matches!(action, Action::MenuEvent(event) if event.event == MenuEventKind::Entered));
    assert_eq!(entered.count(), left, "whoever enters a menu leaves it");
}

#[test]
fn the_end_of_the_pbx_ends_calls_in_menus() {
    let mut desk = Desk::with_caller(config());
    desk.tell(2.0, Input::ShutDown);
    assert_eq!(desk.exits(), [("main".to_owned(), Exit::CutShort, 2.0)]);
    assert_eq!(desk.row().unwrap().cause, "shut-down");
}

/// Row 59 of the users' list: a fourth level, a missing 0, a dead end, and a menu that nobody can reach.
#[test]
fn the_lint_finds_each_fault_and_no_other() {
    let person = || branch(Target::Extension("200".into()));
    let to = |index| branch(Target::Menu(index));
    let way_out = || Target::Extension("200".into());
    let good = |name, next: Option<usize>| {
        let mut branches = vec![('0', person())];
        branches.extend(next.map(|index| ('1', to(index))));
        menu(name, &branches, way_out())
    };
    let mut config = config();
    config.menus = vec![
        MenuConfig { takes_the_rest: true, ..good("one", Some(1)) },
        good("two", Some(2)),
        good("three", None),
    ];
    assert_eq!(lint(&config), []);
    let mut deep = config.clone();
    deep.menus[2] = good("three", Some(3));
    deep.menus.push(good("four", Some(0)));
    assert_eq!(lint(&deep), [Finding { menu: "four".into(), fault: Fault::TooDeep(4) }]);
    let mut without_zero = config.clone();
    without_zero.menus[1].branches.remove(&Key::ZERO);
    assert_eq!(lint(&without_zero), [Finding { menu: "two".into(), fault: Fault::NoPersonBehindZero }]);
    let mut dead = config.clone();
    dead.menus[0].branches.insert(key('3'), branch(Target::HangUp));
    dead.menus[2].otherwise = Target::HangUp;
    let ends = [
        Finding { menu: "one".into(), fault: Fault::DeadEnd(Some(key('3'))) },
        Finding { menu: "three".into(), fault: Fault::DeadEnd(None) },
    ];
    assert_eq!(lint(&dead), ends);
    let mut lonely = config;
    lonely.menus[0].branches.remove(&key('1'));
    let unreachable = |menu: &str| Finding { menu: menu.into(), fault: Fault::Unreachable };
    assert_eq!(lint(&lonely), [unreachable("two"), unreachable("three")]);
}
