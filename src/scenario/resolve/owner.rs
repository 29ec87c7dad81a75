//! Which agents own which callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::Config;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::OwnerFirst;
use crate::scenario::document::OwnerDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    /// The owners of the callers of the queue at `path`, which is served by `members` of `agents`.
    pub(super) fn owner(
        &mut self,
        document: &mut OwnerDocument,
        agents: &[AgentConfig],
        members: &[usize],
        path: &str,
    ) -> OwnerFirst {
        let path = format!("{path}.owner");
        if document.sticky.is_none() && document.numbers.is_none() && document.classes.is_none() {
            self.wrong(&path, "nobody owns anybody; write sticky: 30d, or numbers: {\"79001234567\": NAME}");
        }
        if document.sticky.is_some_and(|sticky| sticky.0.is_zero()) {
            self.wrong(&format!("{path}.sticky"), "an owner for 0s is none; write 30d, or remove it");
        }
        let numbers_path = format!("{path}.numbers");
        if let Some(Written::Text(file)) = &document.numbers {
            let listed = self.listed_owners(file, &numbers_path);
            document.numbers = Some(Written::Keys(listed));
        }
        let written = match &document.numbers {
            Some(Written::Keys(numbers)) => numbers.clone(),
            _ => BTreeMap::new(),
        };
        for number in written.keys() {
            self.check_number(number, &numbers_path);
        }
        let numbers = self.owned(&written, agents, members, &numbers_path);
        let written = document.classes.clone().unwrap_or_default();
        let classes = self.owned(&written, agents, members, &format!("{path}.classes"));
        OwnerFirst {
            wait: or_default(&mut document.wait, WAIT),
            sticky: document.sticky.map(|sticky| sticky.0),
            numbers,
            classes,
        }
    }

    fn listed_owners(&mut self, file: &str, path: &str) -> BTreeMap<String, String> {
        let (numbers, agents) = (self.cells(file, "number", path), self.cells(file, "agent", path));
        let mut owners = BTreeMap::new();
        for (number, agent) in numbers.into_iter().zip(agents) {
            if owners.get(&number).is_some_and(|other| *other != agent) {
                let message = format!("`{number}` has two owners in {file}; remove one");
                self.wrong(path, &message);
            }
            owners.insert(number, agent);
        }
        owners
    }

    fn owned(
        &mut self,
        written: &BTreeMap<String, String>,
        agents: &[AgentConfig],
        members: &[usize],
        path: &str,
    ) -> BTreeMap<Arc<str>, usize> {
        let mut owned = BTreeMap::new();
        for (whose, name) in written {
            if let Some(member) = members.iter().find(|member| *agents[**member].name == **name) {
                owned.insert(Arc::from(whose.as_str()), *member);
            } else {
                let known: Vec<&str> = members.iter().map(|member| &*agents[*member].name).collect();
                self.unknown_name(name, &known, "agent", path);
            }
        }
        owned
    }

    /// Classes that have owners are classes that call.
    pub(super) fn owned_classes_call(&mut self, pbx: &Config) {
        if pbx.callers.is_empty() {
            return;
        }
        let known: Vec<&str> = pbx.callers.iter().map(|caller| &*caller.name).collect();
        for queue in &pbx.queues {
            let classes = queue.policy.owner.iter().flat_map(|owner| owner.classes.keys());
            for class in classes.filter(|class| !known.contains(&&***class)) {
                let path = format!("pbx.queues.{}.owner.classes", queue.name);
                self.unknown_name(class, &known, "class of callers", &path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(owner: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{name: home, talk: 3m}}]}}\npbx:\n  \
             agents: [{{name: anna}}, {{name: boris}}]\n  queues: {{sales: {{owner: {owner}}}}}\n"
        );
        let file = |name: &str| match name {
            "owners.csv" => Ok("number,agent\n79001,boris\n7495*,anna\n".to_owned()),
            "twice.csv" => Ok("number,agent\n79001,boris\n79001,anna\n".to_owned()),
            _ => Err("no such file".to_owned()),
        };
        let inputs = Inputs { read_file: &file, ..Inputs::with_seed(1) };
        parse(&text, "owner.yaml", &inputs).map_err(|problems| problems.to_string())
    }

    #[test]
    fn owners_are_read_from_the_scenario_and_from_a_file_and_written_again() {
        let plain = read("{sticky: 30d}").unwrap();
        for owner in [
            "{wait: 5s, sticky: 30d}",
            "{numbers: {\"79001\": anna, \"7495*\": boris}}",
            "{numbers: owners.csv, classes: {home: anna}}",
        ] {
            let scenario = read(owner).unwrap();
            assert_ne!(scenario.pbx, plain.pbx, "{owner}");
            let again = parse(&scenario.effective, "owner.yaml", &Inputs::with_seed(1)).unwrap();
            assert_eq!(again.pbx, scenario.pbx, "{owner}");
        }
        let listed = read("{numbers: owners.csv}").unwrap();
        let owner = listed.pbx.queues[0].policy.owner.as_ref().unwrap();
        let numbers: Vec<_> = owner.numbers.iter().map(|(number, agent)| (&**number, *agent)).collect();
        assert_eq!(numbers, [("7495*", 0), ("79001", 1)]);
        assert!(listed.pbx.reads_callers_numbers() && !listed.pbx.tells_callers_apart());
        assert!(read("{classes: {home: anna}}").unwrap().pbx.tells_callers_apart());
    }

    #[test]
    fn what_cannot_be_an_owner_is_said_with_a_remedy() {
        for (owner, told) in [
            ("{}", "write sticky: 30d"),
            ("{sticky: 0s}", "write 30d, or remove it"),
            ("{numbers: {\"79001\": ana}}", "did you mean `anna`?"),
            ("{classes: {hom: anna}}", "did you mean `home`?"),
            ("{classes: {home: nobody}}", "write one of anna, boris"),
            ("{numbers: missing.csv}", "cannot read missing.csv"),
            ("{numbers: twice.csv}", "two owners in twice.csv"),
        ] {
            let problems = read(owner).expect_err(owner);
            assert!(problems.contains(told), "{owner}: {problems}");
        }
    }
}
