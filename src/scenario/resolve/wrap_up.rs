//! What agents say that calls were about.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::Config;
use crate::pbx::config::WrapUpCodes;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::resolve::Resolver;
use crate::units::Ratio;

impl Resolver<'_> {
    /// The codes of every queue that has any.
    pub(super) fn wrap_up_codes(&mut self, document: &ScenarioDocument, pbx: &mut Config) {
        let queues = document.pbx.iter().flat_map(|pbx| &pbx.queues).flatten();
        for (index, (name, written)) in queues.enumerate() {
            let path = format!("pbx.queues.{name}.wrap_up_codes");
            let Some(codes) = &written.wrap_up_codes else {
                if written.wrap_up_codes_of.is_some() {
                    let message = "what of the other classes? write wrap_up_codes: {other: 100%} beside it";
                    self.wrong(&format!("{path}_of"), message);
                }
                continue;
            };
            let shares = self.code_shares(codes, &path);
            let mut classes = Vec::new();
            for (class, codes) in written.wrap_up_codes_of.iter().flatten() {
                let path = format!("{path}_of.{class}");
                if !pbx.callers.is_empty() && !pbx.callers.iter().any(|caller| *caller.name == **class) {
                    let known: Vec<&str> = pbx.callers.iter().map(|caller| &*caller.name).collect();
                    self.unknown_name(class, &known, "class of callers", &path);
                }
                classes.push((Arc::from(class.as_str()), self.code_shares(codes, &path)));
            }
            pbx.wrap_up_codes.push(WrapUpCodes { queue: index, shares, classes });
        }
    }

    fn code_shares(&mut self, codes: &BTreeMap<String, Ratio>, path: &str) -> Vec<(Arc<str>, f64)> {
        let sum: f64 = codes.values().map(|share| share.0).sum();
        if (sum - 1.0).abs() > 1e-9 {
            let message = format!("the shares sum to {:.2}%, not 100%; correct one of them", sum * 100.0);
            self.wrong(path, &message);
        }
        codes.iter().map(|(code, share)| (Arc::from(code.as_str()), share.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(queue: &str) -> Result<Scenario, String> {
        let text = format!(
            "duration: 1h\ntraffic: {{profile: 60/h, callers: [{{name: home, talk: 3m}}]}}\npbx:\n  \
             agents: {{count: 2}}\n  queues: {{sales: {{{queue}}}}}\n"
        );
        parse(&text, "codes.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn codes_are_read_and_written_again_and_what_cannot_be_is_said() {
        let both = "wrap_up_codes: {bill: 60%, fault: 40%}, wrap_up_codes_of: {home: {bill: 100%}}";
        let scenario = read(both).unwrap();
        assert_eq!(scenario.pbx.wrap_up_codes.len(), 1);
        assert_eq!(parse(&scenario.effective, "x.yaml", &Inputs::with_seed(1)).unwrap().pbx, scenario.pbx);
        for (queue, told) in [
            ("wrap_up_codes: {bill: 60%, fault: 30%}", "sum to 90.00%"),
            ("wrap_up_codes_of: {home: {bill: 100%}}", "what of the other classes?"),
            ("wrap_up_codes: {bill: 100%}, wrap_up_codes_of: {hom: {bill: 100%}}", "did you mean `home`?"),
        ] {
            let problems = read(queue).expect_err(queue);
            assert!(problems.contains(told), "{queue}: {problems}");
        }
    }
}
