//! The figures that a correct simulator must meet: rows of tables.
//!
//! The tables stand in `tests/golden`, computed with 70 digits or published with the ContactCenters library
//! (`simulation_reference.csv`: 1000 replications each), and are built in as they are. What a system is made of comes from
//! the same row as the figures that it must show.

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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    file: &'static str,
    /// Its inputs, for people.
    key: &'static str,
    table: &'static str,
    /// The cells that it begins with; no other row of the table does.
    beginning: &'static str,
}

impl Row {
    /// The number in this column.
    ///
    /// # Panics
    /// If there is none: rows and tables are built in, and a test finds every one of them.
    pub(super) fn value(&self, column: &str) -> f64 {
        let header = self.table.lines().next().unwrap_or_default();
        let place = header.split(',').position(|name| name == column);
        let cell = place.and_then(|place| self.lines().next()?.split(',').nth(place));
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

    /// The lines of the table that begin as this row does: one.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'static str> {
        let begins =
            move |line: &&str| line.strip_prefix(self.beginning).is_some_and(|rest| rest.starts_with(','));
        self.table.lines().filter(begins)
    }

    pub(super) fn source(&self) -> String {
        format!("{}: {}", self.file, self.key)
    }
}

/// Tables: `"file" => { NAME = "its inputs", "the cells that it begins with"; … }`, and so on.
macro_rules! tables {
    ($($file:literal => { $($name:ident = $key:literal, $beginning:literal;)+ })+) => {
        $($(pub(in crate::validation) const $name: Row = Row {
            file: $file,
            key: $key,
            table: include_str!(concat!("../../tests/golden/", $file)),
            beginning: $beginning,
        };)+)+

        /// Every row above.
        #[cfg(test)]
        pub(in crate::validation) const ALL: &[Row] = &[$($($name),+),+];
    };
}

tables! {
    "erlang_b.csv" => {
        LOSS_30_20 = "30 servers, 20 E", "30,20";
        LOSS_30_25 = "30 servers, 25 E", "30,25";
    }
    "erlang_c.csv" => {
        WAIT_20_16 = "20 agents, 16.0 E, 180 s, 20 s", "20,16.0,180,20";
        WAIT_30_24 = "30 agents, 24.0 E, 180 s, 20 s", "30,24.0,180,20";
    }
    "erlang_a.csv" => {
        IMPATIENT_20 = "20 agents, 0.1/s, theta 0.0166/s", "20,0.1,0.0055555555555555556,0.016666666666666667,20";
        IMPATIENT_50 = "50 agents, 0.25/s, theta 0.0055/s", "50,0.25,0.0055555555555555556,0.0055555555555555556,20";
    }
    "mmnk.csv" => {
        LINES_17 = "12 agents, 17 lines, 0.095/s, theta 0.0033/s", "12,17,0.095,0.0083333333333333333,0.0033333333333333333,20";
        LINES_25 = "20 agents, 25 lines, 0.1055/s, theta 0/s", "20,25,0.10555555555555556,0.0055555555555555556,0,20";
    }
    "transient.csv" => {
        T2_10 = "t2 at 10", "t2,20,60,12.0,8.0,60.0,1.0,0.5,10";
        T2_20 = "t2 at 20", "t2,20,60,12.0,8.0,60.0,1.0,0.5,20";
        T2_60 = "t2 at 60", "t2,20,60,12.0,8.0,60.0,1.0,0.5,60";
        T2_120 = "t2 at 120", "t2,20,60,12.0,8.0,60.0,1.0,0.5,120";
        T3_4 = "t3 at 4", "t3,30,30,25.0,10.0,24.0,1.0,0.0,4";
        T3_8 = "t3 at 8", "t3,30,30,25.0,10.0,24.0,1.0,0.0,8";
        T3_24 = "t3 at 24", "t3,30,30,25.0,10.0,24.0,1.0,0.0,24";
        T3_48 = "t3 at 48", "t3,30,30,25.0,10.0,24.0,1.0,0.0,48";
        T4_20 = "t4 at 20", "t4,50,300,40.0,30.0,120.0,1.0,0.25,20";
        T4_40 = "t4 at 40", "t4,50,300,40.0,30.0,120.0,1.0,0.25,40";
    }
    "overflow_moments.csv" => {
        OVERFLOW_10 = "10 servers, 10 E", "10,10";
        OVERFLOW_30 = "30 servers, 30 E", "30,30";
    }
    "kaufman_roberts.csv" => {
        SLOTS_125_0 = "kr4, class 0", "kr4,125,0";
        SLOTS_125_1 = "kr4, class 1", "kr4,125,1";
        SLOTS_125_2 = "kr4, class 2", "kr4,125,2";
        CODECS_0 = "g711_g729_opus_8k_units, class 0", "g711_g729_opus_8k_units,1250,0";
        CODECS_1 = "g711_g729_opus_8k_units, class 1", "g711_g729_opus_8k_units,1250,1";
        CODECS_2 = "g711_g729_opus_8k_units, class 2", "g711_g729_opus_8k_units,1250,2";
    }
    "peakedness.csv" => {
        MMPP_SLOW = "mmpp2 12 2 0.1 0.5", "mmpp2,12,2,0.1,0.5,1";
        MMPP_FAST = "mmpp2 200 50 4 4", "mmpp2,200,50,4,4,0.2";
        HAWKES_SHORT = "hawkes_exp 1 0.5 1", "hawkes_exp,1,0.5,1,,1";
        HAWKES_LONG = "hawkes_exp 10 0.3 0.6", "hawkes_exp,10,0.3,0.6,,0.05";
        BUSYNESS = "gamma_busyness 30 0.2", "gamma_busyness,30,0.2,,,1";
    }
    "gamma_poisson.csv" => {
        COUNTS_5 = "5 calls, cv 0.3", "5,0.3";
        COUNTS_100 = "100 calls, cv 0.2", "100,0.2";
    }
    "engset.csv" => {
        SOURCES_HALF = "10 sources, 5 servers, beta 0.5", "10,5,0.5";
        SOURCES_ONE = "10 sources, 5 servers, beta 1", "10,5,1";
    }
    "simulation_reference.csv" => {
        MMC_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc contacts_answered_within_20s_per_day", "mmc,contacts_answered_within_20s_per_day";
        MMC_SERVICE_LEVEL_ANSWERED = "mmc service_level_answered", "mmc,service_level_answered";
        MMC_MEAN_WAIT_MIN = "mmc mean_wait_min", "mmc,mean_wait_min";
        MMC_OCCUPANCY = "mmc occupancy", "mmc,occupancy";
        MMC_ABANDON_ABANDONED_PER_DAY = "mmc_abandon abandoned_per_day", "mmc_abandon,abandoned_per_day";
        MMC_ABANDON_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc_abandon contacts_answered_within_20s_per_day", "mmc_abandon,contacts_answered_within_20s_per_day";
        MMC_ABANDON_SERVICE_LEVEL_ANSWERED = "mmc_abandon service_level_answered", "mmc_abandon,service_level_answered";
        MMC_ABANDON_MEAN_WAIT_OF_ANSWERED_MIN = "mmc_abandon mean_wait_of_answered_min", "mmc_abandon,mean_wait_of_answered_min";
        MMC_ABANDON_OCCUPANCY = "mmc_abandon occupancy", "mmc_abandon,occupancy";
        MMC_ABANDON_SERVICE_LEVEL_EXCL_SHORT_ABANDONS = "mmc_abandon service_level_excl_short_abandons", "mmc_abandon,service_level_excl_short_abandons";
        MMC_BLOCKED_BLOCKED_PER_DAY = "mmc_blocked blocked_per_day", "mmc_blocked,blocked_per_day";
        MMC_BLOCKED_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY = "mmc_blocked contacts_answered_within_20s_per_day", "mmc_blocked,contacts_answered_within_20s_per_day";
        MMC_BLOCKED_SERVICE_LEVEL_ANSWERED = "mmc_blocked service_level_answered", "mmc_blocked,service_level_answered";
        MMC_BLOCKED_MEAN_WAIT_MIN = "mmc_blocked mean_wait_min", "mmc_blocked,mean_wait_min";
        MMC_BLOCKED_OCCUPANCY = "mmc_blocked occupancy", "mmc_blocked,occupancy";
        MMC_BLOCKED_SERVICE_LEVEL_OF_OFFERED = "mmc_blocked service_level_of_offered", "mmc_blocked,service_level_of_offered";
        SIMPLE_MSK_SERVED_PER_DAY = "simple_msk served_per_day", "simple_msk,served_per_day";
        SIMPLE_MSK_ABANDONED_PER_DAY = "simple_msk abandoned_per_day", "simple_msk,abandoned_per_day";
        SIMPLE_MSK_SERVICE_LEVEL_EXCL_SHORT_ABANDONS = "simple_msk service_level_excl_short_abandons", "simple_msk,service_level_excl_short_abandons";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD0 = "simple_msk within_20s_type0_period0", "simple_msk,within_20s_type0_period0";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD1 = "simple_msk within_20s_type0_period1", "simple_msk,within_20s_type0_period1";
        SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD2 = "simple_msk within_20s_type0_period2", "simple_msk,within_20s_type0_period2";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD0 = "simple_msk within_20s_type1_period0", "simple_msk,within_20s_type1_period0";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD1 = "simple_msk within_20s_type1_period1", "simple_msk,within_20s_type1_period1";
        SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD2 = "simple_msk within_20s_type1_period2", "simple_msk,within_20s_type1_period2";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD0 = "simple_msk within_20s_type2_period0", "simple_msk,within_20s_type2_period0";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD1 = "simple_msk within_20s_type2_period1", "simple_msk,within_20s_type2_period1";
        SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD2 = "simple_msk within_20s_type2_period2", "simple_msk,within_20s_type2_period2";
        CALL_CC_ARRIVALS_PER_DAY = "call_cc arrivals_per_day", "call_cc,arrivals_per_day";
        CALL_CC_SUM_WAIT_S_OVER_EXPECTED_CALLS = "call_cc sum_wait_s_over_expected_calls", "call_cc,sum_wait_s_over_expected_calls";
        CALL_CC_WITHIN_20S_OVER_EXPECTED_CALLS = "call_cc within_20s_over_expected_calls", "call_cc,within_20s_over_expected_calls";
        CALL_CC_ABANDONED_OVER_EXPECTED_CALLS = "call_cc abandoned_over_expected_calls", "call_cc,abandoned_over_expected_calls";
        TELETHON_ARRIVALS_PER_WEEK = "telethon arrivals_per_week", "telethon,arrivals_per_week";
        TELETHON_SERVED_PER_WEEK = "telethon served_per_week", "telethon,served_per_week";
        TELETHON_ABANDONED_PER_WEEK = "telethon abandoned_per_week", "telethon,abandoned_per_week";
        TELETHON_MESSAGES_PER_WEEK = "telethon messages_per_week", "telethon,messages_per_week";
        TELETHON_WITHIN_60S_PER_WEEK = "telethon within_60s_per_week", "telethon,within_60s_per_week";
        TELETHON_MEAN_WAIT_OF_ANSWERED_MIN = "telethon mean_wait_of_answered_min", "telethon,mean_wait_of_answered_min";
        TELETHON_OCCUPANCY_PCT = "telethon occupancy_pct", "telethon,occupancy_pct";
    }
}
