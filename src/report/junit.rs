//! `junit.xml`: one test case per gate and per required field, for machines that show tests.
//!
//! The class name is the scenario (GitLab shows it as the suite), names are unique (GitLab drops doubles),
//! the text stands in the body of the failure (its `message` was long ignored).

use std::collections::BTreeMap;

use quick_junit::NonSuccessKind;
use quick_junit::Report;
use quick_junit::TestCase;
use quick_junit::TestCaseStatus;
use quick_junit::TestSuite;

use super::Language;
use super::required;
use super::text::gate_line;
use crate::result::RunResult;
use crate::result::Status;

/// The verdict as JUnit XML: failed gates fail, inconclusive ones are skipped, an invalid run is an error.
///
/// # Panics
/// Never: memory takes every byte.
#[must_use]
pub fn render(result: &RunResult) -> String {
    let mut suite = TestSuite::new(result.scenario.name.as_str());
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for gate in &result.verdict.gates {
        let times = seen.entry(&gate.gate).or_insert(0);
        *times += 1;
        let name = if *times == 1 { gate.gate.clone() } else { format!("{} ({times})", gate.gate) };
        let mut text = gate_line(gate, Language::English);
        if let Some(remark) = &gate.remark {
            text.push('\n');
            text.push_str(remark);
        }
        suite.add_test_case(case(result, &name, gate.status, &text));
    }
    for field in &result.verdict.required_fields {
        let text = required::line(field, Language::English);
        suite.add_test_case(case(result, &format!("required field {}", field.field), field.status, &text));
    }
    if result.verdict.status == Status::Invalid {
        let reasons = result.verdict.reasons.join("\n");
        suite.add_test_case(case(result, "measurement is valid", Status::Invalid, &reasons));
    }
    let mut report = Report::new("busyhour");
    report.add_test_suite(suite);
    report.to_string().expect("memory takes every byte")
}

fn case(result: &RunResult, name: &str, status: Status, text: &str) -> TestCase {
    let mut outcome = match status {
        Status::Pass => TestCaseStatus::success(),
        Status::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Invalid => TestCaseStatus::non_success(NonSuccessKind::Error),
        Status::Inconclusive => TestCaseStatus::skipped(),
    };
    if status != Status::Pass {
        outcome.set_description(text);
    }
    let mut case = TestCase::new(name, outcome);
    case.set_classname(result.scenario.name.as_str());
    if status == Status::Pass {
        case.set_system_out(text);
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::result::GateResult;

    fn gate(text: &str, status: Status) -> GateResult {
        GateResult {
            gate: text.to_owned(),
            status,
            value: Some(0.0402),
            ci: Some([0.0325, 0.0479]),
            n: 14_920,
            written_at: "scenarios/x.yaml:23".to_owned(),
            unit: "ratio".to_owned(),
            remark: None,
        }
    }

    #[test]
    fn each_gate_is_one_case_with_a_unique_name_and_its_text_in_the_body() {
        let mut result = fixture::loss_system();
        result.verdict.gates = vec![
            gate("technical_drop_rate < 1%", Status::Fail),
            gate("technical_drop_rate < 1%", Status::Pass),
            gate("technical_drop_rate < 4%", Status::Inconclusive),
        ];
        let report = Report::deserialize_from_str(&render(&result)).unwrap();
        assert_eq!((report.tests, report.failures, report.skipped, report.errors), (3, 1, 1, 0));
        let cases = &report.test_suites[0].test_cases;
        assert_eq!(cases[1].name.as_str(), "technical_drop_rate < 1% (2)");
        assert!(cases.iter().all(|case| case.classname.as_ref().unwrap().as_str() == result.scenario.name));
        let TestCaseStatus::NonSuccess { description: Some(body), .. } = &cases[0].status else {
            panic!("the first gate failed: {:?}", cases[0].status);
        };
        assert_eq!(
            body.as_str(),
            "✗ technical_drop_rate < 1%   4.02 % [3.25, 4.79]   n=14 920   scenarios/x.yaml:23"
        );
    }

    #[test]
    fn an_invalid_measurement_is_an_error_that_says_why() {
        let mut result = fixture::loss_system();
        result.verdict.status = Status::Invalid;
        result.verdict.reasons = vec!["the generator was late".to_owned()];
        let report = Report::deserialize_from_str(&render(&result)).unwrap();
        assert_eq!(report.errors, 1);
    }
}
