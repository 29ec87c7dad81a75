//! Every formula against reference values made with 70-digit arithmetic, and against published ones.

use std::path::Path;

use clap::ValueEnum;

use super::comparison::Comparison;
use super::compute::Outputs;
use super::inputs::Row;
use super::model::Model;
use super::table;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output::Out;

/// `b` for `erlang_b`, and so for all of them.
#[test]
fn every_erlang_model_has_its_short_name() {
    let mut shortened = 0;
    for model in Model::value_variants() {
        let name = model.name();
        assert_eq!(Model::from_str(&name, false), Ok(*model));
        let Some(short) = name.strip_prefix("erlang_") else { continue };
        assert_eq!(Model::from_str(short, false), Ok(*model), "{short}");
        shortened += 1;
    }
    assert_eq!(shortened, 7);
}

/// The worst relative error over every output cell of a table, all of whose rows have an answer.
fn worst_error(model: Model, reference: &'static str) -> f64 {
    let mut reader = table::reader(Box::new(reference.as_bytes()));
    let path = Path::new("reference");
    let header = table::header(model, &mut reader, path).unwrap();
    let mut comparison = Comparison::default();
    table::each_row(model, &header, &mut reader, path, &mut comparison).unwrap();
    assert_eq!(comparison.finish(f64::INFINITY, &mut Out::to(Vec::new())), Ok(ExitCode::Passed), "{model:?}");
    comparison.worst()
}

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../../tests/golden/", $name, ".csv"))
    };
}

#[test]
fn every_formula_agrees_with_70_digit_arithmetic_to_1e_11() {
    let references = [
        (Model::ErlangB, golden!("erlang_b")),
        (Model::ErlangBContinuous, golden!("erlang_b_continuous")),
        (Model::ErlangBInverse, golden!("erlang_b_inverse")),
        (Model::ErlangC, golden!("erlang_c")),
        (Model::ErlangCStaffing, golden!("erlang_c_staffing")),
        (Model::ErlangA, golden!("erlang_a")),
        (Model::ErlangARedial, golden!("erlang_a_redial")),
        (Model::Mmnk, golden!("mmnk")),
        (Model::ContactCentreTrunks, golden!("contact_centre_trunks")),
        (Model::ExtendedErlangB, golden!("extended_erlang_b")),
        (Model::Engset, golden!("engset")),
        (Model::EngsetAlpha, golden!("engset_alpha")),
        (Model::KaufmanRoberts, golden!("kaufman_roberts")),
        (Model::OverflowMoments, golden!("overflow_moments")),
        (Model::Hayward, golden!("hayward")),
        (Model::Peakedness, golden!("peakedness")),
        (Model::PoissonMolina, golden!("poisson_molina")),
        (Model::Qed, golden!("qed")),
        (Model::Mol, golden!("mol")),
        (Model::GammaPoisson, golden!("gamma_poisson")),
    ];
    for (model, reference) in references {
        let worst = worst_error(model, reference);
        assert!(worst > 0.0, "{model:?}: equal to the last bit is no comparison");
        assert!(worst < 1e-11, "{model:?}: off by {worst:e}");
    }
}

/// The reference is an integration itself, good to about 1e-8.
#[test]
fn the_course_through_time_agrees_with_the_reference_to_its_own_accuracy() {
    // The last case, fifty agents over four hours, is left to ci/accept: unoptimised it takes 15 s.
    let (reference, _) = golden!("transient").split_once("\nt4,").unwrap();
    let worst = worst_error(Model::Transient, reference);
    assert!(worst > 0.0 && worst < 2e-8, "off by {worst:e}");
}

fn refusal(model: Model, csv: &'static str) -> String {
    let mut reader = table::reader(Box::new(csv.as_bytes()));
    table::header(model, &mut reader, Path::new("x.csv")).unwrap_err().to_string()
}

#[test]
fn a_table_that_cannot_be_meant_is_refused_before_its_rows() {
    assert!(refusal(Model::ErlangB, "").contains("it is empty"));
    assert!(refusal(Model::ErlangB, "servers,load\n").contains("no column erlangs"));
    assert!(refusal(Model::ErlangB, "servers,erlangs,servers\n").contains("`servers` is there twice"));
    assert!(refusal(Model::ErlangB, "servers;erlangs\n30;24,5\n").contains("separated by commas"));
}

/// The error of each row, empty where it has an answer.
fn errors(model: Model, csv: &'static str) -> Vec<String> {
    struct Errors(Vec<String>);
    impl table::Sink for Errors {
        fn take(&mut self, _: &Row<'_>, outputs: Result<Outputs, String>) -> Result<(), Failure> {
            self.0.push(outputs.err().unwrap_or_default());
            Ok(())
        }
    }
    let mut reader = table::reader(Box::new(csv.as_bytes()));
    let path = Path::new("x.csv");
    let header = table::header(model, &mut reader, path).unwrap();
    let mut errors = Errors(Vec::new());
    table::each_row(model, &header, &mut reader, path, &mut errors).unwrap();
    errors.0
}

#[test]
fn a_row_that_cannot_be_meant_says_why_and_the_others_have_their_answers() {
    let csv =
        "servers,erlangs\n30,24\n30,12,5\n30,\"12,5\"\n30,-1\n30,NaN\n30,1e999\n1e18,1\n2.5,1\n30,\n30,24\n";
    let words =
        ["", "3 fields", "write 12.5", "is -1", "finite", "finite", "10000000", "whole", "missing", ""];
    let errors = errors(Model::ErlangB, csv);
    assert_eq!(errors.len(), words.len());
    for (error, words) in errors.iter().zip(words) {
        assert!(error.contains(words) && error.is_empty() == words.is_empty(), "`{error}`, not {words}");
    }
}

/// Callers who wait without end are Erlang C's; and where a billion calls a second pour in on ten agents, 6 · 10^10 wait until
/// as many give up.
#[test]
fn erlang_a_names_what_it_cannot_hold() {
    let csv =
        "agents,lambda_per_s,mu_per_s,theta_per_s,t_s\n12,0.05,0.00555,0,20\n10,1e9,0.00555,0.0166,20\n";
    let errors = errors(Model::ErlangA, csv);
    assert!(errors[0].contains("theta_per_s is 0") && errors[0].contains("Erlang C"), "{}", errors[0]);
    assert!(errors[1].starts_with("the number of callers waiting: 6.02"), "{}", errors[1]);
}

#[test]
fn rows_of_one_case_are_one_system_and_must_agree() {
    let csv =
        "case,capacity_slots,erlangs,slots_per_call\na,10,1,1\nb,1e12,1,1\na,10,1,2\nc,10,1,1\nc,11,1,1\n";
    let errors = errors(Model::KaufmanRoberts, csv);
    assert_eq!([&errors[0], &errors[2]], ["", ""]);
    assert!(errors[1].contains("10000000"), "{}", errors[1]);
    assert!(errors[3].contains("case c have different capacity_slots") && errors[3] == errors[4]);
}
