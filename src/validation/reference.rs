//! The figures that a correct simulator must meet: rows of tables, copied letter by letter.
//!
//! The tables stand in `tests/golden`, computed with 70 digits or published with the ContactCenters library
//! (`simulation_reference.csv`: 1000 replications each); a test compares every row here with them. What a system
//! is made of comes from the same row as the figures that it must show.

/// A figure with its source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reference {
    pub(super) value: f64,
    /// How far the reference itself may be from the truth.
    pub(super) tolerance: f64,
    /// File and row.
    pub(super) source: String,
}

/// One row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) file: &'static str,
    /// Its inputs, for people.
    pub(super) key: &'static str,
    pub(super) header: &'static str,
    pub(super) text: &'static str,
}

impl Row {
    /// The number in this column.
    ///
    /// # Panics
    /// If there is none: rows stand in the source, and a test reads every one of them.
    pub(super) fn value(&self, column: &str) -> f64 {
        let place = self.header.split(',').position(|name| name == column);
        let cell = place.and_then(|place| self.text.split(',').nth(place));
        let number = cell.and_then(|cell| cell.parse().ok());
        number.unwrap_or_else(|| panic!("{}: no number under {column}", self.source()))
    }

    /// A whole number in this column.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts of a table")]
    pub(super) fn count(&self, column: &str) -> u32 {
        self.value(column) as u32
    }

    /// The figure in this column, exact.
    pub(super) fn reference(&self, column: &str) -> Reference {
        Reference { value: self.value(column), tolerance: 0.0, source: self.source() }
    }

    /// The mean of a published simulation. It may be off by 3.3 of its own standard errors (once in a thousand)
    /// and by half a unit of its last digit.
    pub(super) fn published(&self) -> Reference {
        let error = self.value("replication_sd") / self.value("replications").sqrt();
        let tolerance = 3.3 * error + 0.5e-3;
        Reference { value: self.value("mean"), tolerance, source: self.source() }
    }

    fn source(&self) -> String {
        format!("{}: {}", self.file, self.key)
    }
}

/// Tables: `"file", "header" => { NAME = "its inputs", "text"; … }`, and so on.
macro_rules! tables {
    ($($file:literal, $header:literal => { $($name:ident = $key:literal, $text:literal;)+ })+) => {
        $($(pub(in crate::validation) const $name: Row =
            Row { file: $file, key: $key, header: $header, text: $text };)+)+

        /// Every row above.
        #[cfg(test)]
        pub(in crate::validation) const ALL: &[Row] = &[$($($name),+),+];
    };
}

tables! {
    "erlang_b.csv", "servers,erlangs,blocking,log10_blocking,carried_erlangs" => {
        LOSS_30_20 = "30 servers, 20 E", "30,20,0.0084574983401947041357,-2.07275807877135654,19.830850033196105917";
        LOSS_30_25 = "30 servers, 25 E", "30,25,0.052603172228140617281,-1.27898806497866546,23.684920694296484568";
    }
    "erlang_c.csv", "agents,erlangs,aht_s,t_s,p_wait,service_level,asa_s,mean_wait_delayed_s,occupancy,mean_queue_len,wait_p90_s" => {
        WAIT_20_16 = "20 agents, 16.0 E, 180 s, 20 s", "20,16.0,180,20,0.25607779383905785609,0.8358079406779870534,11.523500722757603524,45.0,0.8,1.0243111753562314244,42.3139992530603329";
        WAIT_30_24 = "30 agents, 24.0 E, 180 s, 20 s", "30,24.0,180,20,0.17286205549683790999,0.91124966147676144189,5.1858616649051372997,30.0,0.8,0.69144822198735163995,16.419711701195274773";
    }
    "erlang_a.csv", "agents,lambda_per_s,mu_per_s,theta_per_s,t_s,p_wait,p_abandon,p_abandon_given_wait,mean_wait_all_s,mean_wait_served_s,mean_wait_abandoned_s,sl_virtual,sl_of_answered,sl_of_offered,sl_excl_short_abandons,p_abandon_within_t,occupancy,mean_queue_len" => {
        IMPATIENT_20 = "20 agents, 0.1/s, theta 0.0166/s", "20,0.1,0.0055555555555555556,0.016666666666666667,20,0.270643734545371251,0.0692851347386272958,0.256001251442280105,4.15710808431763767,3.45912897236637881,13.5331385645296904,0.891707739738409613,0.934095399186286257,0.869376473594932564,0.918060032305502418,0.053028731234832199,0.837643378735235427,0.415710808431763767";
        IMPATIENT_50 = "50 agents, 0.25/s, theta 0.0055/s", "50,0.25,0.0055555555555555556,0.0055555555555555556,20,0.246802034400170255,0.0204468015195239776,0.0828469731589452102,3.68042427351431593,3.48736722380951162,12.9292865147294381,0.923558273125946457,0.934743615401175695,0.915631098225425599,0.930487105659939527,0.0159658391224856789,0.881597878632428413,0.920106068378578984";
    }
    "mmnk.csv", "agents,lines,lambda_per_s,mu_per_s,theta_per_s,t_s,p_block,p_queue,p_abandon,mean_wait_joined_all_s,mean_wait_served_s,sl_of_offered,sl_of_answered,occupancy,mean_queue_len,mean_lines_busy" => {
        LINES_17 = "12 agents, 17 lines, 0.095/s, theta 0.0033/s", "12,17,0.095,0.0083333333333333333,0.0033333333333333333,20,0.0522267759819928387,0.436931933479195287,0.0359264974808651442,11.3718650950776051,11.0283814608256292,0.704765649384811878,0.772899248167783866,0.86625439021028492,1.02390517820465662,11.4189578607280757";
        LINES_25 = "20 agents, 25 lines, 0.1055/s, theta 0/s", "20,25,0.10555555555555556,0.0055555555555555556,0,20,0.0657185783570708736,0.384263671131582036,0,10.725612272905487,10.725612272905487,0.72628909159387516,0.777377217152300307,0.8875673505607827,1.05774480757832642,18.8090918187939804";
    }
    "transient.csv", "case,agents,capacity_K,rate_mean,rate_amplitude,period,mu,theta,t,mean_in_system,mean_queue_len,p_all_agents_busy,p_full,cum_arrivals_finding_all_busy,cum_abandoned,cum_blocked" => {
        T2_10 = "t2 at 10", "t2,20,60,12.0,8.0,60.0,1.0,0.5,10,19.04744371,1.510582956,0.4282179677,1.855688243e-10,28.77634277,2.253123601,2.63326918e-09";
        T2_20 = "t2 at 20", "t2,20,60,12.0,8.0,60.0,1.0,0.5,20,20.5493461,2.3723659,0.5430065749,3.241254543e-09,138.1685752,14.61259749,8.956337541e-07";
        T2_60 = "t2 at 60", "t2,20,60,12.0,8.0,60.0,1.0,0.5,60,11.17440403,0.01181507472,0.01113832756,0,187.4789236,19.51429202,9.735748721e-07";
        T2_120 = "t2 at 120", "t2,20,60,12.0,8.0,60.0,1.0,0.5,120,11.17440403,0.01181507472,0.01113832756,0,376.306505,39.11762833,1.947305196e-06";
        T3_4 = "t3 at 4", "t3,30,30,25.0,10.0,24.0,1.0,0.0,4,26.8775381,0,0.1885673515,0.1885673515,9.977916771,0,9.977916771";
        T3_8 = "t3 at 8", "t3,30,30,25.0,10.0,24.0,1.0,0.0,8,27.10908201,0,0.2014153178,0.2014153178,39.16087076,0,39.16087076";
        T3_24 = "t3 at 24", "t3,30,30,25.0,10.0,24.0,1.0,0.0,24,22.18086881,0,0.03122052882,0.03122052882,59.09898857,0,59.09898857";
        T3_48 = "t3 at 48", "t3,30,30,25.0,10.0,24.0,1.0,0.0,48,22.18086881,0,0.03122052882,0.03122052882,122.0426306,0,122.0426306";
        T4_20 = "t4 at 20", "t4,50,300,40.0,30.0,120.0,1.0,0.25,20,98.80854153,48.8100576,0.9995525015,0,762.3406583,80.2967147,0";
        T4_40 = "t4 at 40", "t4,50,300,40.0,30.0,120.0,1.0,0.25,40,121.6030629,71.60306927,0.9999979064,0,2135.258758,430.4619395,0";
    }
    "overflow_moments.csv", "primary_servers,erlangs,overflow_mean,overflow_variance,peakedness" => {
        OVERFLOW_10 = "10 servers, 10 E", "10,10,2.14582343107347341,4.36244728062286347,2.03299452203320285";
        OVERFLOW_30 = "30 servers, 30 E", "30,30,3.97379371473538321,12.1511439920543454,3.05781952067521848";
    }
    "kaufman_roberts.csv", "case,capacity_slots,class,erlangs,slots_per_call,blocking,mean_slots_busy" => {
        SLOTS_125_0 = "kr4, class 0", "kr4,125,0,60,1,0.0297958246752923344,107.105267418487589";
        SLOTS_125_1 = "kr4, class 1", "kr4,125,1,8,4,0.121178611439907144,107.105267418487589";
        SLOTS_125_2 = "kr4, class 2", "kr4,125,2,3,10,0.307642251163928082,107.105267418487589";
        CODECS_0 = "g711_g729_opus_8k_units, class 0", "g711_g729_opus_8k_units,1250,0,60,11,0.0503977732463629345,1144.33562081494662";
        CODECS_1 = "g711_g729_opus_8k_units, class 1", "g711_g729_opus_8k_units,1250,1,80,4,0.0179520975877895248,1144.33562081494662";
        CODECS_2 = "g711_g729_opus_8k_units, class 2", "g711_g729_opus_8k_units,1250,2,30,7,0.0317008457826723568,1144.33562081494662";
    }
    "peakedness.csv", "process,p1,p2,p3,p4,mu,mean_rate,idc_infinity,peakedness" => {
        MMPP_SLOW = "mmpp2 12 2 0.1 0.5", "mmpp2,12,2,0.1,0.5,1,10.3333333333333333,5.48028673835125448,1.84005376344086022";
        MMPP_FAST = "mmpp2 200 50 4 4", "mmpp2,200,50,4,4,0.2,125.0,12.25,6.48780487804878049";
        HAWKES_SHORT = "hawkes_exp 1 0.5 1", "hawkes_exp,1,0.5,1,,1,2.0,4.0,1.5";
        HAWKES_LONG = "hawkes_exp 10 0.3 0.6", "hawkes_exp,10,0.3,0.6,,0.05,20.0,4.0,2.28571428571428571";
        BUSYNESS = "gamma_busyness 30 0.2", "gamma_busyness,30,0.2,,,1,30.0,,2.2";
    }
    "gamma_poisson.csv", "mean_calls,busyness_cv,variance,dispersion_index,p_zero,q50,q80,q90,q95,q99,q999" => {
        COUNTS_5 = "5 calls, cv 0.3", "5,0.3,7.25,1.45,0.0161072795959902914,5,7,9,10,13,16";
        COUNTS_100 = "100 calls, cv 0.2", "100,0.2,500.0,5.0,3.3554432e-18,99,118,129,139,159,182";
    }
    "engset.csv", "sources,servers,beta,offered_erlangs,time_congestion,call_congestion,traffic_congestion,carried_erlangs" => {
        SOURCES_HALF = "10 sources, 5 servers, beta 0.5", "10,5,0.5,3.33333333333333333,0.147887323943661972,0.106960950764006791,0.0739436619718309859,3.08685446009389671";
        SOURCES_ONE = "10 sources, 5 servers, beta 1", "10,5,1,5.0,0.394984326018808777,0.329842931937172775,0.197492163009404389,4.01253918495297806";
    }
    "simulation_reference.csv", "scenario,metric,mean,ci_low,ci_high,replication_sd,replications,ci_level,note" => {
        MMC_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc contacts_answered_within_20s_per_day", "mmc,contacts_answered_within_20s_per_day,1816.158,1812.618,1819.698,57.043,1000,0.95,";
        MMC_SERVICE_LEVEL_ANSWERED = "mmc service_level_answered", "mmc,service_level_answered,0.902,0.9,0.904,0.033,1000,0.95,ratio of sums; steady-state Erlang C = 0.899080";
        MMC_MEAN_WAIT_MIN = "mmc mean_wait_min", "mmc,mean_wait_min,0.099,0.097,0.102,0.045,1000,0.95,steady-state Erlang C = 0.102160";
        MMC_OCCUPANCY = "mmc occupancy", "mmc,occupancy,0.695,0.694,0.697,0.023,1000,0.95,steady state 0.70; lower because the day starts empty";
        MMC_ABANDON_ABANDONED_PER_DAY = "mmc_abandon abandoned_per_day", "mmc_abandon,abandoned_per_day,58.609,57.66,59.558,15.295,1000,0.95,steady-state Erlang A: 2016*0.0296789=59.83";
        MMC_ABANDON_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc_abandon contacts_answered_within_20s_per_day", "mmc_abandon,contacts_answered_within_20s_per_day,1906.008,1903.785,1908.231,35.828,1000,0.95,";
        MMC_ABANDON_SERVICE_LEVEL_ANSWERED = "mmc_abandon service_level_answered", "mmc_abandon,service_level_answered,0.975,0.974,0.975,0.0079,1000,0.95,steady-state sl_of_answered 0.974182";
        MMC_ABANDON_MEAN_WAIT_OF_ANSWERED_MIN = "mmc_abandon mean_wait_of_answered_min", "mmc_abandon,mean_wait_of_answered_min,0.024,0.023,0.024,0.006,1000,0.95,steady state 0.0240601";
        MMC_ABANDON_OCCUPANCY = "mmc_abandon occupancy", "mmc_abandon,occupancy,0.675,0.674,0.677,0.019,1000,0.95,";
        MMC_ABANDON_SERVICE_LEVEL_EXCL_SHORT_ABANDONS = "mmc_abandon service_level_excl_short_abandons", "mmc_abandon,service_level_excl_short_abandons,0.968,0.968,0.969,0.0099,1000,0.95,steady state 0.967872";
        MMC_BLOCKED_BLOCKED_PER_DAY = "mmc_blocked blocked_per_day", "mmc_blocked,blocked_per_day,18.655,18.045,19.265,9.831,1000,0.95,steady-state M/M/12/17: 2016*0.00947687=19.105";
        MMC_BLOCKED_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc_blocked contacts_answered_within_20s_per_day", "mmc_blocked,contacts_answered_within_20s_per_day,1854.284,1851.667,1856.901,42.176,1000,0.95,";
        MMC_BLOCKED_SERVICE_LEVEL_ANSWERED = "mmc_blocked service_level_answered", "mmc_blocked,service_level_answered,0.929,0.928,0.93,0.019,1000,0.95,steady state 0.927558";
        MMC_BLOCKED_MEAN_WAIT_MIN = "mmc_blocked mean_wait_min", "mmc_blocked,mean_wait_min,0.06,0.059,0.061,0.016,1000,0.95,steady state 0.0611242";
        MMC_BLOCKED_OCCUPANCY = "mmc_blocked occupancy", "mmc_blocked,occupancy,0.689,0.688,0.69,0.021,1000,0.95,";
        MMC_BLOCKED_SERVICE_LEVEL_OF_OFFERED = "mmc_blocked service_level_of_offered", "mmc_blocked,service_level_of_offered,0.92,0.919,0.922,0.022,1000,0.95,steady state 0.918768";
        SIMPLE_MSK_SERVED_PER_DAY = "simple_msk served_per_day", "simple_msk,served_per_day,4297.305,4270.15,4324.46,437.605,1000,0.95,";
        SIMPLE_MSK_ABANDONED_PER_DAY = "simple_msk abandoned_per_day", "simple_msk,abandoned_per_day,910.335,876.133,944.537,551.164,1000,0.95,";
        SIMPLE_MSK_SERVICE_LEVEL_EXCL_SHORT_ABANDONS = "simple_msk service_level_excl_short_abandons", "simple_msk,service_level_excl_short_abandons,0.501,0.494,0.509,0.128,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD0 = "simple_msk within_20s_type0_period0", "simple_msk,within_20s_type0_period0,170.154,164.338,175.97,93.722,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD1 = "simple_msk within_20s_type0_period1", "simple_msk,within_20s_type0_period1,599.334,594.159,604.509,83.392,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD2 = "simple_msk within_20s_type0_period2", "simple_msk,within_20s_type0_period2,15.49,13.782,17.198,27.52,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD0 = "simple_msk within_20s_type1_period0", "simple_msk,within_20s_type1_period0,262.936,254.597,271.275,134.377,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD1 = "simple_msk within_20s_type1_period1", "simple_msk,within_20s_type1_period1,511.648,506.276,517.02,86.571,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD2 = "simple_msk within_20s_type1_period2", "simple_msk,within_20s_type1_period2,34.697,31.27,38.124,55.23,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD0 = "simple_msk within_20s_type2_period0", "simple_msk,within_20s_type2_period0,259.806,250.178,269.434,155.15,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD1 = "simple_msk within_20s_type2_period1", "simple_msk,within_20s_type2_period1,613.732,607.586,619.878,99.046,1000,0.95,";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD2 = "simple_msk within_20s_type2_period2", "simple_msk,within_20s_type2_period2,24.888,22.137,27.639,44.327,1000,0.95,";
        CALL_CC_ARRIVALS_PER_DAY = "call_cc arrivals_per_day", "call_cc,arrivals_per_day,1639.507,1612.789,1666.225,513.189,1000,0.9,expected 1660";
        CALL_CC_SUM_WAIT_S_OVER_EXPECTED_CALLS = "call_cc sum_wait_s_over_expected_calls", "call_cc,sum_wait_s_over_expected_calls,11.834,10.06,13.608,34.078,1000,0.9,sum of waits of the day / 1660";
        CALL_CC_WITHIN_20S_OVER_EXPECTED_CALLS = "call_cc within_20s_over_expected_calls", "call_cc,within_20s_over_expected_calls,0.853,0.844,0.862,0.169,1000,0.9,";
        CALL_CC_ABANDONED_OVER_EXPECTED_CALLS = "call_cc abandoned_over_expected_calls", "call_cc,abandoned_over_expected_calls,0.0342,0.0311,0.0374,0.0608,1000,0.9,";
        TELETHON_ARRIVALS_PER_WEEK = "telethon arrivals_per_week", "telethon,arrivals_per_week,1000.169,998.111,1002.227,33.164,1000,0.95,";
        TELETHON_SERVED_PER_WEEK = "telethon served_per_week", "telethon,served_per_week,963.109,961.372,964.846,27.984,1000,0.95,";
        TELETHON_ABANDONED_PER_WEEK = "telethon abandoned_per_week", "telethon,abandoned_per_week,31.82,31.172,32.468,10.437,1000,0.95,";
        TELETHON_MESSAGES_PER_WEEK = "telethon messages_per_week", "telethon,messages_per_week,4.96,4.776,5.144,2.973,1000,0.95,";
        TELETHON_WITHIN_60S_PER_WEEK = "telethon within_60s_per_week", "telethon,within_60s_per_week,950.265,948.579,951.951,27.173,1000,0.95,";
        TELETHON_MEAN_WAIT_OF_ANSWERED_MIN = "telethon mean_wait_of_answered_min", "telethon,mean_wait_of_answered_min,0.036,0.036,0.037,0.012,1000,0.95,";
        TELETHON_OCCUPANCY_PCT = "telethon occupancy_pct", "telethon,occupancy_pct,66.772,66.607,66.936,2.65,1000,0.95,";
    }
}
