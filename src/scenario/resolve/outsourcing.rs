//! Contractors' queues, their people and prices, and the queues that pass callers on to them.

use rust_decimal::Decimal;

use crate::pbx::Config;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::Outsourced;
use crate::pbx::config::Overflow;
use crate::pbx::config::Presence;
use crate::scenario::document::OutsourcedDocument;
use crate::scenario::document::OverflowDocument;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::duty;
use crate::scenario::resolve::or_default;
use crate::scenario::resolve::queue;
use crate::time::Duration;
use crate::units::Money;
use crate::units::Period;
use crate::units::Ratio;
use crate::units::ServiceLevel;

const NOW: Period = Period(Duration::ZERO);
const SECOND: Duration = Duration::from_secs(1);
const PROMISE: ServiceLevel = ServiceLevel { ratio: Ratio(0.8), threshold: Period(Duration::from_secs(20)) };

impl Resolver<'_> {
    /// Hires the contractors' people and joins the queues, to them and to where callers go whom they do not keep. After everything that counts the firm's own agents.
    pub(super) fn contractors(&mut self, document: &mut ScenarioDocument, pbx: &mut Config) {
        self.ways_on(document.pbx.get_or_insert_default(), pbx);
        let mut currency =
            document.cost.as_ref().and_then(|cost| Some(cost.call_price.as_ref()?.currency.clone()));
        let Some(queues) = document.pbx.as_mut().and_then(|pbx| pbx.queues.as_mut()) else { return };
        for (index, (name, written)) in queues.iter_mut().enumerate() {
            let path = format!("pbx.queues.{name}");
            let Some(contract) = &mut written.outsourced else { continue };
            let outsourced = self.outsourced(contract, &mut currency, &format!("{path}.outsourced"));
            let people = self.people(contract, name, &format!("{path}.outsourced"));
            let first = pbx.agents.len();
            pbx.agents.extend(people);
            pbx.queues[index].agents = (first..pbx.agents.len()).collect();
            pbx.queues[index].policy.outsourced = Some(outsourced);
            if written.overflow.is_some() {
                let message =
                    "a contractor passes nobody on, but hands back; write outsourced: {hand_back: 90s}";
                self.wrong(&format!("{path}.overflow"), message);
            }
        }
        for (index, (name, written)) in queues.iter().enumerate() {
            let Some(overflow) = &written.overflow else { continue };
            let overflow = self.overflow(overflow, pbx, &format!("pbx.queues.{name}.overflow"));
            pbx.queues[index].policy.overflow = overflow;
        }
        // A contractor's queue is not where numbers lead that nobody else has.
        self.transfers(document.pbx.get_or_insert_default(), pbx);
    }

    fn outsourced(
        &mut self,
        contract: &mut OutsourcedDocument,
        currency: &mut Option<String>,
        path: &str,
    ) -> Outsourced {
        let price_path = format!("{path}.price_per_minute");
        if contract.price_per_minute.is_none() {
            self.wrong(&price_path, "`price_per_minute` is missing; write price_per_minute: 12 RUB");
        }
        let unpriced = || Money { amount: Decimal::ZERO, currency: "RUB".to_owned() };
        let price_per_minute = contract.price_per_minute.clone().unwrap_or_else(unpriced);
        let nothing = Money { amount: Decimal::ZERO, currency: price_per_minute.currency.clone() };
        let price_per_call = contract.price_per_call.get_or_insert(nothing).clone();
        let known = currency.get_or_insert_with(|| price_per_minute.currency.clone());
        for (key, price) in [("price_per_minute", &price_per_minute), ("price_per_call", &price_per_call)] {
            if price.currency != *known {
                let message = format!("a second currency beside {known}; write one currency throughout");
                self.wrong(&format!("{path}.{key}"), &message);
            }
        }
        let increment = or_default(&mut contract.increment, SECOND);
        if increment < SECOND || increment.subsec_nanos() != 0 {
            self.wrong(&format!("{path}.increment"), "talk is charged by whole seconds; write 1s or 60s");
        }
        if contract.hand_back.is_some_and(|wait| wait.0 < SECOND) {
            self.wrong(&format!("{path}.hand_back"), "nobody could be taken in time; write 1s or more");
        }
        let promise = *contract.service_level.get_or_insert(PROMISE);
        Outsourced {
            price_per_minute,
            price_per_call,
            increment: increment.max(SECOND),
            promised: promise.ratio.0,
            threshold: promise.threshold.0,
            hand_back: contract.hand_back.map(|wait| wait.0),
        }
    }

    fn people(&mut self, contract: &mut OutsourcedDocument, name: &str, path: &str) -> Vec<AgentConfig> {
        let agents_path = format!("{path}.agents");
        let count = self.required(contract.agents, &agents_path, "5").unwrap_or(0);
        if contract.agents == Some(0) || count > duty::AGENTS_MAX {
            self.wrong(&agents_path, &format!("write 1 to {} agents", duty::AGENTS_MAX));
        }
        let answer_delay = self.law_or(&mut contract.answer_delay, NOW, &format!("{path}.answer_delay"));
        let wrap_up = self.law_or(&mut contract.wrap_up, NOW, &format!("{path}.wrap_up"));
        let person = |place: u32| AgentConfig {
            name: format!("{name}-{place}").into(),
            phone: None,
            answer_delay: answer_delay.clone(),
            no_answer: 0.0,
            wrap_up: wrap_up.clone(),
            presence: Presence::default(),
            qualification: queue::qualification(
                None,
                contract.skills.as_ref(),
                contract.languages.as_ref(),
                None,
                None,
            ),
        };
        (1..=count.min(duty::AGENTS_MAX)).map(person).collect()
    }

    fn overflow(&mut self, written: &OverflowDocument, pbx: &Config, path: &str) -> Option<Overflow> {
        let contracted = |place: &usize| pbx.queues[*place].policy.outsourced.is_some();
        let known: Vec<usize> = (0..pbx.queues.len()).filter(contracted).collect();
        let names: Vec<&str> = known.iter().map(|place| &*pbx.queues[*place].name).collect();
        let Some(name) = &written.to else {
            self.wrong(&format!("{path}.to"), "`to` is missing; write to: NAME of a queue with `outsourced`");
            return None;
        };
        if written.after.is_some_and(|after| after.0 < SECOND) {
            self.wrong(&format!("{path}.after"), "nobody would wait for the firm's own; write 1s or more");
        }
        let Some(place) = names.iter().position(|known| known == name) else {
            if pbx.queues.iter().any(|queue| *queue.name == **name) {
                let message = format!(
                    "`{name}` is the firm's own; give it outsourced: {{agents: 5, price_per_minute: 12 RUB}}"
                );
                self.wrong(&format!("{path}.to"), &message);
            } else {
                self.unknown_name(name, &names, "queue", &format!("{path}.to"));
            }
            return None;
        };
        Some(Overflow {
            to: known[place],
            after: written.after.map(|after| after.0),
            at_length: written.at_length,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(own: &str, contract: &str, rest: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{talk: 3m}}]}}\npbx:\n  agents: {{count: 2}}\n  \
             queues:\n    sales: {{{own}}}\n    contractor: {{numbers: [\"900\"], {contract}}}\n{rest}"
        );
        parse(&text, "overflow.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    const OVERFLOW: &str = "overflow: {to: contractor, after: 30s, at_length: 4}";
    const CONTRACT: &str = "outsourced: {agents: 3, price_per_minute: 12.50 RUB, price_per_call: 3 RUB, \
                            increment: 60s, service_level: 90/15, hand_back: 40s, wrap_up: 10s, languages: [en]}";

    #[test]
    fn a_contract_is_read_and_written_again_and_its_people_are_nobody_elses() {
        let scenario = read(OVERFLOW, CONTRACT, "").unwrap();
        let pbx = &scenario.pbx;
        assert_eq!((pbx.agents.len(), pbx.own_agents()), (5, 2));
        let of = |name: &str| pbx.queues.iter().find(|queue| &*queue.name == name).unwrap();
        assert_eq!((&of("sales").agents[..], &of("contractor").agents[..]), (&[0, 1][..], &[2, 3, 4][..]));
        assert_eq!(&*pbx.agents[2].name, "contractor-1");
        let contract = of("contractor").policy.outsourced.as_ref().unwrap();
        let talk = |seconds| contract.steps(crate::time::Duration::from_secs_f64(seconds));
        assert_eq!((talk(0.0), talk(59.5), talk(60.0), talk(60.001)), (0, 1, 1, 2));
        let again = parse(&scenario.effective, "again.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!(again.pbx, scenario.pbx);
        let changed = read(OVERFLOW, CONTRACT, "  changes: [{at: \"08:30\", set: {agents: 4}}]\n").unwrap();
        assert_eq!((changed.pbx.agents.len(), changed.pbx.own_agents()), (7, 4));
    }

    #[test]
    fn what_no_contractor_signs_is_said_with_a_remedy() {
        let rest = "cost: {call_price: 10 EUR, conversion: 20%, calls_per_month: 1000}\n";
        let contract = |keys: &str| format!("outsourced: {{{keys}}}");
        for (own, contract, rest, told) in [
            (OVERFLOW, contract("agents: 3"), "", "write price_per_minute: 12 RUB"),
            (OVERFLOW, contract("price_per_minute: 1 RUB"), "", "write agents: 5"),
            (OVERFLOW, contract("agents: 0, price_per_minute: 1 RUB"), "", "write 1 to"),
            (OVERFLOW, contract("agents: 1, price_per_minute: 1 RUB"), rest, "a second currency beside EUR"),
            (
                OVERFLOW,
                contract("agents: 1, price_per_minute: 1 RUB, increment: 500ms"),
                "",
                "write 1s or 60s",
            ),
            (OVERFLOW, contract("agents: 1, price_per_minute: 1 RUB, hand_back: 0s"), "", "write 1s or more"),
            (OVERFLOW, String::new(), "", "`contractor` is the firm's own"),
            ("overflow: {to: contracter}", CONTRACT.to_owned(), "", "did you mean `contractor`?"),
            ("overflow: {after: 30s}", CONTRACT.to_owned(), "", "`to` is missing"),
            ("overflow: {to: contractor, after: 0s}", CONTRACT.to_owned(), "", "write 1s or more"),
            ("", format!("{CONTRACT}, agents: all"), "", "remove `agents`"),
            ("", format!("{CONTRACT}, overflow: {{to: sales}}"), "", "but hands back"),
        ] {
            let problems = read(own, &contract, rest).expect_err(told);
            assert!(problems.contains(told), "{told}: {problems}");
        }
    }
}
