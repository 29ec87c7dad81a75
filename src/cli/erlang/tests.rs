//! Every formula against reference values made with 70-digit arithmetic, and against published ones.

use std::path::Path;

use super::comparison::Comparison;
use super::model::Model;
use super::table;
use crate::cli::ExitCode;
use crate::cli::output::Out;

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
