//! Where calls go: the routing table, checked; the firm's hours; the blacklist.

use std::sync::Arc;

use crate::pbx::Config;
use crate::pbx::Refusal;
use crate::pbx::config::Blacklist;
use crate::pbx::config::Destination;
use crate::pbx::config::NumberSet;
use crate::pbx::config::Opening;
use crate::pbx::config::Row;
use crate::pbx::config::Table;
use crate::pbx::config::When;
use crate::pbx::routing::Fault;
use crate::scenario::document::BlacklistDocument;
use crate::scenario::document::BlacklistValue;
use crate::scenario::document::HoursWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::RouteDocument;
use crate::scenario::document::RouteValue;
use crate::scenario::document::RouteWord;
use crate::scenario::document::RoutingDocument;
use crate::scenario::document::RuleDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::hours;
use crate::scenario::resolve::hours::Calendar;
use crate::scenario::resolve::pbx::written_refusal;
use crate::traffic::callers::CallerClass;
use crate::traffic::callers::Numbers;

const PATH: &str = "pbx.routing";
/// Faults of one table that are worth reading.
const FAULTS_SHOWN: usize = 5;
/// Numbers of one table.
const NUMBERS_MAX: usize = 10_000;
/// Rows of one table.
const RULES_MAX: usize = 1_000;

impl Resolver<'_> {
    /// Adds to `pbx` where calls go.
    pub(super) fn routes(
        &mut self,
        document: &mut PbxDocument,
        pbx: &mut Config,
        callers: &[CallerClass],
        mut calendar: Calendar,
    ) {
        pbx.hook = document.hook.as_mut().map(|hook| self.hook(hook, pbx));
        pbx.triggers = self.triggers(document.triggers.as_deref_mut().unwrap_or_default());
        self.changes(document, pbx, &calendar);
        pbx.blacklist = document.blacklist.as_mut().map(|list| self.blacklist(list));
        let has_table = document.routing.is_some();
        pbx.opening = document.hours.as_mut().map(|document| {
            let hours = self.hours(document, &mut calendar);
            if has_table && document.closed.is_some() {
                self.wrong(
                    "pbx.hours.closed",
                    "beside pbx.routing it has no effect; write a rule with hours: closed",
                );
            }
            let closed = (!has_table).then(|| {
                let value = document.closed.get_or_insert_with(closed_by_default);
                self.destination(value, pbx, "pbx.hours.closed")
            });
            Opening { hours, closed }
        });
        if let Some(routing) = &mut document.routing {
            pbx.table = self.table(routing, pbx, callers, &calendar);
        }
    }

    fn blacklist(&mut self, value: &mut BlacklistValue) -> Blacklist {
        let path = "pbx.blacklist";
        if let Written::List(numbers) = value {
            let numbers = Some(std::mem::take(numbers));
            *value = Written::Keys(BlacklistDocument { numbers, refusal: None });
        }
        let document = match value {
            Written::Keys(document) => document,
            Written::Text(never) => match *never {},
            Written::List(_) => unreachable!("a list has just become keys"),
        };
        let numbers = document.numbers.get_or_insert_default().clone();
        for (place, number) in numbers.iter().enumerate() {
            self.check_number(number, &format!("{path}.numbers[{place}]"));
        }
        let default = Refusal::status(403, Some(21));
        let refusal = document.refusal.get_or_insert_with(|| written_refusal(&default));
        let refusal = self.refusal_at(refusal, &default, &format!("{path}.refusal"));
        Blacklist { callers: NumberSet::new(numbers.iter().map(String::as_str)), refusal }
    }

    /// The target written at `path`.
    pub(super) fn destination(&mut self, value: &mut RouteValue, pbx: &Config, path: &str) -> Destination {
        let keys = match value {
            Written::Text(RouteWord::Answer) => return Destination::Pbx,
            Written::Text(RouteWord::Unknown) => return Destination::Unknown,
            Written::Text(RouteWord::Ask) => {
                if pbx.hook.is_none() {
                    self.wrong(path, "whom? write pbx.hook: {url: …}");
                }
                return Destination::Ask;
            }
            Written::Text(RouteWord::Callback) => {
                self.wrong(
                    path,
                    "only a queue promises calls; write {queue: NAME}, and there on_full: callback",
                );
                return Destination::Callback;
            }
            Written::Text(RouteWord::Voicemail) => {
                if pbx.voicemail.is_none() {
                    self.wrong(path, "there is no voicemail; write pbx.voicemail: {}");
                }
                return Destination::Voicemail;
            }
            Written::List(never) => match *never {},
            Written::Keys(keys) => keys,
        };
        self.exactly_one_key(path, "queue, menu, extension, refuse");
        let RouteDocument { queue, menu, extension, refuse } = keys;
        if let Some(name) = menu {
            let names: Vec<&str> = pbx.menus.iter().map(|menu| &*menu.name).collect();
            return Destination::Menu(self.place(name, &names, "menu", &format!("{path}.menu")));
        }
        if let Some(name) = queue {
            let names: Vec<&str> = pbx.queues.iter().map(|queue| &*queue.name).collect();
            return Destination::Queue(self.place(name, &names, "queue", &format!("{path}.queue")));
        }
        if let Some(number) = extension {
            let numbers: Vec<&str> = pbx.extensions.keys().map(|number| &**number).collect();
            self.place(number, &numbers, "extension", &format!("{path}.extension"));
            return Destination::Extension(number.as_str().into());
        }
        let Some(refusal) = refuse else { return Destination::Unknown };
        let default = Refusal::status(403, Some(21));
        Destination::Refuse(self.refusal_at(refusal, &default, &format!("{path}.refuse")))
    }

    fn table(
        &mut self,
        document: &mut RoutingDocument,
        pbx: &Config,
        callers: &[CallerClass],
        calendar: &Calendar,
    ) -> Option<Table> {
        let rules = document.rules.get_or_insert_default();
        if rules.len() > RULES_MAX {
            self.wrong("pbx.routing.rules", &format!("more than {RULES_MAX} rules; write fewer"));
            return None;
        }
        let before = self.problems.len();
        let mut rows = Vec::with_capacity(rules.len());
        for (place, rule) in rules.iter_mut().enumerate() {
            rows.push(self.row(rule, pbx, callers, calendar, &format!("{PATH}.rules[{place}]")));
        }
        let numbers = document.numbers.get_or_insert_with(|| numbers_of(&rows, callers, pbx));
        let numbers: Vec<Arc<str>> = numbers.iter().map(|number| number.as_str().into()).collect();
        self.check_numbers(&numbers, &rows, pbx);
        let otherwise = document.otherwise.as_mut();
        let otherwise = otherwise.map(|target| self.destination(target, pbx, "pbx.routing.otherwise"));
        let table = Table::new(&numbers, callers.len(), rows, otherwise);
        if self.problems.len() == before {
            self.name_faults(&table, callers, calendar);
        }
        Some(table)
    }

    fn row(
        &mut self,
        rule: &mut RuleDocument,
        pbx: &Config,
        callers: &[CallerClass],
        calendar: &Calendar,
        path: &str,
    ) -> Row {
        let mut classes = Vec::new();
        for name in rule.callers.iter().flatten() {
            match callers.iter().position(|class| *class.name == **name) {
                Some(class) => classes.push(class),
                None if callers.is_empty() => {}
                None => {
                    let names: Vec<&str> = callers.iter().map(|class| &*class.name).collect();
                    self.unknown_name(name, &names, "class of callers", &format!("{path}.callers"));
                }
            }
        }
        let (when, hours) = self.when(rule, pbx, calendar, path);
        let to = if let Some(target) = &mut rule.to {
            self.destination(target, pbx, &format!("{path}.to"))
        } else {
            self.wrong(&format!("{path}.to"), "`to` is missing; write to: {queue: NAME}");
            Destination::Unknown
        };
        let numbers = rule.numbers.iter().flatten().map(|number| number.as_str().into()).collect();
        Row { callers: classes, numbers, when, hours: hours.into(), to }
    }

    fn when(&mut self, rule: &RuleDocument, pbx: &Config, calendar: &Calendar, path: &str) -> (When, String) {
        let path = format!("{path}.hours");
        let word = match &rule.hours {
            None => return (When::Always, "always".to_owned()),
            Some(Written::Keys(never)) => match *never {},
            Some(Written::List(spans)) => {
                if spans.is_empty() {
                    self.wrong(&path, "the list is empty; write [{from: 08:00, to: 12:00}]");
                }
                return (When::During(calendar.hours(spans, |_| true)), hours::in_words(spans));
            }
            Some(Written::Text(word)) => word,
        };
        let Some(opening) = &pbx.opening else {
            self.wrong(&path, "the firm's hours are not given; write pbx.hours: {open: […]}");
            return (When::Always, String::new());
        };
        match word {
            HoursWord::Open => (When::During(opening.hours.clone()), "open".to_owned()),
            HoursWord::Closed => (When::Outside(opening.hours.clone()), "closed".to_owned()),
        }
    }

    fn check_numbers(&mut self, numbers: &[Arc<str>], rows: &[Row], pbx: &Config) {
        let path = "pbx.routing.numbers";
        if numbers.is_empty() {
            self.wrong(path, "the table has no number; write numbers: [\"100\"]");
        }
        if numbers.len() > NUMBERS_MAX {
            self.wrong(path, &format!("more than {NUMBERS_MAX} numbers; write fewer"));
        }
        for (place, row) in rows.iter().enumerate() {
            if let Some(number) = row.numbers.iter().find(|number| !numbers.contains(number)) {
                let path = format!("{PATH}.rules[{place}].numbers");
                self.wrong(&path, &format!("`{number}` is not among {path}; add it there"));
            }
        }
        let listed = |number: &Arc<str>| pbx.queues.iter().find(|queue| queue.numbers.contains(number));
        if let Some((number, queue)) = numbers.iter().find_map(|number| Some((number, listed(number)?))) {
            let message = format!(
                "`{number}` leads to queue `{}` and through the routing table; remove it from one",
                queue.name
            );
            self.wrong(path, &message);
        }
    }

    fn name_faults(&mut self, table: &Table, callers: &[CallerClass], calendar: &Calendar) {
        let faults = table.faults(calendar.horizon);
        for fault in faults.iter().take(FAULTS_SHOWN) {
            let who = |class: usize| callers.get(class).map_or("anybody", |class| &class.name);
            match fault {
                Fault::Hole { class, number, at } => {
                    let message = format!(
                        "a hole: {} dialling {number} on {} leads nowhere; add a rule, or `otherwise`",
                        who(*class),
                        calendar.written(*at)
                    );
                    self.note_fault("pbx.routing.rules", &message);
                }
                Fault::Overlap { class, number, at, rows: [first, second] } => {
                    let message = format!(
                        "an overlap: {} dialling {number} on {} meets this rule and rule {}; narrow one",
                        who(*class),
                        calendar.written(*at),
                        first + 1
                    );
                    self.note_fault(&format!("{PATH}.rules[{second}]"), &message);
                }
            }
        }
        if faults.len() > FAULTS_SHOWN {
            let more = faults.len() - FAULTS_SHOWN;
            self.note_fault("pbx.routing.rules", &format!("and {more} more such; correct these first"));
        }
    }

    /// Several faults may stand at one place.
    fn note_fault(&mut self, path: &str, message: &str) {
        let written_at = self.tree.nearest_to(path).place.describe(self.file);
        self.note(written_at, path, message);
    }
}

fn closed_by_default() -> RouteValue {
    let refuse = Some(written_refusal(&Refusal::status(480, Some(20))));
    Written::Keys(RouteDocument { refuse, ..RouteDocument::default() })
}

/// Numbers that the rules name; where they name none, those that callers dial and nobody else has.
fn numbers_of(rows: &[Row], callers: &[CallerClass], pbx: &Config) -> Vec<String> {
    let mut numbers: Vec<&Arc<str>> = rows.iter().flat_map(|row| &row.numbers).collect();
    if numbers.is_empty() {
        numbers = callers.iter().flat_map(|class| dialled(&class.to)).collect();
        numbers.retain(|number| {
            !pbx.extensions.contains_key(*number)
                && !pbx.queues.iter().any(|queue| queue.numbers.contains(number))
        });
    }
    numbers.sort();
    numbers.dedup();
    numbers.into_iter().map(ToString::to_string).collect()
}

fn dialled(numbers: &Numbers) -> &[Arc<str>] {
    match numbers {
        Numbers::Template(template) if template.contains('{') => &[],
        Numbers::Template(number) => std::slice::from_ref(number),
        Numbers::List(numbers) => numbers,
    }
}
