//! The formulas by name, with the columns that each reads and writes.

use clap::ValueEnum;

/// A formula, named as its reference table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Model {
    /// Calls that find every circuit busy are lost
    #[value(alias = "b")]
    ErlangB,
    /// The same for a fractional number of circuits
    #[value(alias = "b_continuous")]
    ErlangBContinuous,
    /// Traffic for a blocking, or circuits for it
    #[value(alias = "b_inverse")]
    ErlangBInverse,
    /// Callers wait for ever
    #[value(alias = "c")]
    ErlangC,
    /// Agents for a service level
    #[value(alias = "c_staffing")]
    ErlangCStaffing,
    /// Callers wait until their patience ends
    #[value(alias = "a")]
    ErlangA,
    /// The same, and those who gave up may dial again
    #[value(alias = "a_redial")]
    ErlangARedial,
    /// Agents behind a limited number of lines
    Mmnk,
    /// Lines in front of agents
    ContactCentreTrunks,
    /// Blocked callers dial again
    #[value(alias = "extended_b")]
    ExtendedErlangB,
    /// A finite number of callers; beta is the traffic of one free source
    Engset,
    /// The same; alpha is the traffic that each source really offers
    EngsetAlpha,
    /// Servers, sources or traffic for a call congestion
    EngsetInverse,
    /// Calls of several sizes share a capacity, as codecs do a link
    KaufmanRoberts,
    /// Mean, variance and peakedness of what overflows
    OverflowMoments,
    /// Peaked traffic: Hayward, equivalent random traffic, Rapp
    Hayward,
    /// Peakedness of mmpp2, hawkes_exp and gamma_busyness arrivals
    Peakedness,
    /// Lost calls held: P(Poisson >= servers)
    #[value(alias = "molina")]
    PoissonMolina,
    /// Square-root staffing: limits of P(wait)
    Qed,
    /// Modified offered load of a sinusoidal rate
    Mol,
    /// Calls on a day of uncertain busyness
    GammaPoisson,
    /// Agents and places through time, from empty
    Transient,
}

/// What a model reads and writes, by the names of the reference tables.
pub(super) struct Columns {
    /// Needed in every row.
    pub(super) needed: &'static [&'static str],
    /// Read if there.
    pub(super) optional: &'static [&'static str],
    pub(super) outputs: &'static [&'static str],
}

impl Columns {
    pub(super) fn reads(&self, name: &str) -> bool {
        self.needed.contains(&name) || self.optional.contains(&name)
    }
}

impl Model {
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether a row is one of several that make a system (those with the same `case`).
    pub(super) const fn is_grouped(self) -> bool {
        matches!(self, Self::KaufmanRoberts | Self::Transient)
    }

    pub(super) const fn columns(self) -> Columns {
        let (needed, optional, outputs): (&[&str], &[&str], &[&str]) = match self {
            Self::ErlangB | Self::ErlangBContinuous | Self::ErlangBInverse | Self::ExtendedErlangB => {
                return circuits(self);
            }
            Self::ErlangC | Self::ErlangCStaffing | Self::ErlangA | Self::ErlangARedial => {
                return agents(self);
            }
            Self::Mmnk | Self::ContactCentreTrunks => return lines(self),
            Self::Engset | Self::EngsetAlpha | Self::EngsetInverse => return sources(self),
            Self::OverflowMoments | Self::Hayward | Self::Peakedness => return peaked(self),
            Self::KaufmanRoberts => (
                &["capacity_slots", "erlangs", "slots_per_call"],
                &["case", "class"],
                &["blocking", "mean_slots_busy"],
            ),
            Self::PoissonMolina => (&["servers", "erlangs"], &[], &["blocking_poisson"]),
            Self::Qed => (&["model", "beta"], &["theta_over_mu"], &["p_wait_limit"]),
            Self::Mol => (
                &["mean_rate_per_h", "amplitude_per_h", "period_h", "mean_service_h", "t_h"],
                &[],
                &["rate_at_t_per_h", "psa_load_erlangs", "mol_load_exp_service", "mol_load_det_service"],
            ),
            Self::GammaPoisson => (
                &["mean_calls", "busyness_cv"],
                &[],
                &["variance", "dispersion_index", "p_zero", "q50", "q80", "q90", "q95", "q99", "q999"],
            ),
            Self::Transient => (
                &["agents", "capacity_K", "rate_mean", "rate_amplitude", "period", "mu", "theta", "t"],
                &["case"],
                &[
                    "mean_in_system",
                    "mean_queue_len",
                    "p_all_agents_busy",
                    "p_full",
                    "cum_arrivals_finding_all_busy",
                    "cum_abandoned",
                    "cum_blocked",
                ],
            ),
        };
        Columns { needed, optional, outputs }
    }
}

const fn circuits(model: Model) -> Columns {
    let (needed, optional, outputs): (&[&str], &[&str], &[&str]) = match model {
        Model::ErlangB => (&["servers", "erlangs"], &[], &["blocking", "log10_blocking", "carried_erlangs"]),
        Model::ErlangBInverse => (
            &["kind", "target_blocking"],
            &["servers", "erlangs"],
            &["servers", "erlangs", "achieved_blocking"],
        ),
        Model::ExtendedErlangB => (
            &["servers", "fresh_erlangs", "recall"],
            &[],
            &["total_offered_erlangs", "blocking_per_attempt", "lost_fraction_of_fresh", "carried_erlangs"],
        ),
        _ => (&["servers", "erlangs"], &[], &["blocking", "log10_blocking"]),
    };
    Columns { needed, optional, outputs }
}

const fn agents(model: Model) -> Columns {
    let (needed, outputs): (&[&str], &[&str]) = match model {
        Model::ErlangC => (
            &["agents", "erlangs", "aht_s", "t_s"],
            &[
                "p_wait",
                "service_level",
                "asa_s",
                "mean_wait_delayed_s",
                "occupancy",
                "mean_queue_len",
                "wait_p90_s",
            ],
        ),
        Model::ErlangCStaffing => (
            &["calls", "interval_s", "aht_s", "target_sl", "t_s", "max_occupancy", "shrinkage"],
            &["erlangs", "agents", "scheduled_agents", "p_wait", "service_level", "asa_s", "occupancy"],
        ),
        Model::ErlangARedial => (
            &["agents", "lambda0_per_s", "mu_per_s", "theta_per_s", "redial_prob"],
            &["lambda_total_per_s", "p_abandon_per_attempt", "p_lost_per_fresh_call", "p_wait", "occupancy"],
        ),
        _ => (
            &["agents", "lambda_per_s", "mu_per_s", "theta_per_s", "t_s"],
            &[
                "p_wait",
                "p_abandon",
                "p_abandon_given_wait",
                "mean_wait_all_s",
                "mean_wait_served_s",
                "mean_wait_abandoned_s",
                "sl_virtual",
                "sl_of_answered",
                "sl_of_offered",
                "sl_excl_short_abandons",
                "p_abandon_within_t",
                "occupancy",
                "mean_queue_len",
            ],
        ),
    };
    Columns { needed, optional: &[], outputs }
}

const fn lines(model: Model) -> Columns {
    let (needed, outputs): (&[&str], &[&str]) = match model {
        Model::Mmnk => (
            &["agents", "lines", "lambda_per_s", "mu_per_s", "theta_per_s", "t_s"],
            &[
                "p_block",
                "p_queue",
                "p_abandon",
                "mean_wait_joined_all_s",
                "mean_wait_served_s",
                "sl_of_offered",
                "sl_of_answered",
                "occupancy",
                "mean_queue_len",
                "mean_lines_busy",
            ],
        ),
        _ => (
            &["calls_per_h", "aht_s", "agents", "patience_s", "target_blocking"],
            &[
                "exact_lines",
                "exact_p_block",
                "exact_mean_lines_busy",
                "asa_infinite_lines_s",
                "rule_offered_erlangs",
                "rule_lines",
            ],
        ),
    };
    Columns { needed, optional: &[], outputs }
}

const fn sources(model: Model) -> Columns {
    let (needed, optional, outputs): (&[&str], &[&str], &[&str]) = match model {
        Model::Engset => (
            &["sources", "servers", "beta"],
            &[],
            &[
                "offered_erlangs",
                "time_congestion",
                "call_congestion",
                "traffic_congestion",
                "carried_erlangs",
            ],
        ),
        Model::EngsetAlpha => (&["sources", "servers", "alpha"], &[], &["call_congestion"]),
        _ => (
            &["kind", "target_blocking"],
            &["sources", "servers", "beta"],
            &["sources", "servers", "beta", "achieved_blocking"],
        ),
    };
    Columns { needed, optional, outputs }
}

const fn peaked(model: Model) -> Columns {
    let (needed, optional, outputs): (&[&str], &[&str], &[&str]) = match model {
        Model::OverflowMoments => {
            (&["primary_servers", "erlangs"], &[], &["overflow_mean", "overflow_variance", "peakedness"])
        }
        Model::Hayward => (
            &["mean_erlangs", "peakedness", "servers"],
            &[],
            &["hayward_blocking", "ert_A", "ert_N", "ert_blocking", "rapp_A", "rapp_N", "rapp_blocking"],
        ),
        _ => (&["process", "p1", "p2", "mu"], &["p3", "p4"], &["mean_rate", "idc_infinity", "peakedness"]),
    };
    Columns { needed, optional, outputs }
}
