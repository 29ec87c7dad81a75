//! The `traffic` section as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::ByWord;
use crate::scenario::document::CallbackHabitDocument;
use crate::scenario::document::Never;
use crate::scenario::document::SiblingDocument;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Money;
use crate::units::Period;
use crate::units::Rate;
use crate::units::Ratio;

document! {
    /// When callers call, and who they are.
    TrafficDocument {
        /// poisson, even, {bursty: …}, {sources: …} or {replay: FILE}. Default poisson.
        arrivals: ArrivalsValue,
        /// Rate of first attempts: 202.4/h, or {peak: …}, {ramp: …}, {curve: …}, {steps: …}, {week: …},
        /// {spike: …} or {busyness_cv: …, profile: …}.
        profile: ProfileValue,
        /// Classes of callers; their shares sum to 100%.
        callers: Vec<CallerDocument>,
    }
}

pub(crate) type ArrivalsValue = Written<ArrivalsWord, Never, ArrivalsDocument>;
pub(crate) type ProfileValue = Written<Rate, Never, Box<ProfileDocument>>;
pub(crate) type DistributionValue = Written<Period, Never, DistributionDocument>;
pub(crate) type NumbersValue = Written<String, Vec<String>, ColumnDocument>;
pub(crate) type ReplayValue = Written<String, Vec<f64>, ColumnDocument>;

/// Processes without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ArrivalsWord {
    /// Independent callers.
    Poisson,
    /// Evenly spaced.
    Even,
}

document! {
    /// Processes with parameters; exactly one key.
    ArrivalsDocument {
        /// Callers in bursts around the profile.
        bursty: BurstyDocument,
        /// So many people, each of whom calls again some time after the last call.
        sources: SourcesDocument,
        /// Starts from a file (column `start_s`, or one number of seconds a line), or as a list of seconds.
        replay: ReplayValue,
    }
}

document! {
    /// Exactly one of two bursty processes.
    BurstyDocument {
        /// Two moods that alternate.
        mmpp: MmppDocument,
        /// Every call triggers others.
        hawkes: HawkesDocument,
    }
}

document! {
    /// A Markov-modulated Poisson process; its mean rate is the profile's.
    MmppDocument {
        /// Mean length of the calm mood.
        calm_mean: Period,
        /// Mean length of the busy mood.
        burst_mean: Period,
        /// Relative rate when calm. Default 1.
        calm_factor: f64,
        /// Relative rate in a burst.
        burst_factor: f64,
    }
}

document! {
    /// A Hawkes process with an exponential kernel; its mean rate is the profile's.
    HawkesDocument {
        /// Mean number of calls that one call triggers directly, below 1.
        branching: f64,
        /// Mean delay of a triggered call.
        decay: Period,
    }
}

document! {
    /// A finite number of sources (Engset's model). The profile plays no part.
    SourcesDocument {
        /// How many people.
        count: u64,
        /// Mean time from the end of one's call to one's next call; exponential.
        idle_mean: Period,
    }
}

document! {
    /// A column of a CSV file with a header.
    ColumnDocument {
        /// The file, relative to the working directory.
        csv: String,
        /// Name of the column.
        column: String,
    }
}

document! {
    /// Exactly one shape; `profile` only beside `busyness_cv`.
    ProfileDocument {
        /// A busy time on a base rate.
        peak: PeakDocument,
        /// A straight line from one rate to another.
        ramp: RampDocument,
        /// Straight lines through points; two points at one time make a step.
        curve: Vec<PointDocument>,
        /// Constant from each point to the next.
        steps: Vec<PointDocument>,
        /// Hours and days that repeat.
        week: WeekDocument,
        /// A campaign: so many calls more.
        spike: SpikeDocument,
        /// Each day is busier or quieter by a gamma factor with mean 1 and this coefficient of variation.
        busyness_cv: f64,
        /// What the factor multiplies.
        profile: ProfileValue,
    }
}

document! {
    /// A busy time. Times from the start of the run, the warm-up included.
    PeakDocument {
        /// Rate before and after.
        base: Rate,
        /// Rate at the top.
        peak: Rate,
        /// When the rise begins.
        at: Period,
        /// How long the rise and the fall last. Default 0s.
        ramp: Period,
        /// How long the top lasts.
        hold: Period,
    }
}

document! {
    /// A straight line. Times from the start of the run, the warm-up included.
    RampDocument {
        /// Rate before the ramp.
        from: Rate,
        /// Rate after it.
        to: Rate,
        /// When it begins. Default 0s.
        at: Period,
        /// How long it lasts.
        over: Period,
    }
}

document! {
    /// A point of a curve.
    PointDocument {
        /// From the start of the run, the warm-up included.
        at: Period,
        /// The rate there.
        rate: Rate,
    }
}

document! {
    /// Factors by hour, day of the week and day of the month, in the zone of `start`.
    WeekDocument {
        /// What the factors multiply.
        rate: Rate,
        /// 24 factors, from midnight. Default: all 1.
        hours: Vec<f64>,
        /// 7 factors, from Monday. Default: all 1.
        days: Vec<f64>,
        /// Day of the month → factor. Default: 1.
        days_of_month: BTreeMap<String, f64>,
    }
}

document! {
    /// A campaign: calls beyond the base rate, in a pulse. Times from the start of the run.
    SpikeDocument {
        /// Rate without the campaign.
        base: Rate,
        /// Calls more than the base brings, all in all.
        extra_calls: f64,
        /// When it begins.
        at: Period,
        /// How long the rise lasts. Default 0s.
        ramp: Period,
        /// How long the top lasts. Default 0s.
        hold: Period,
        /// How long the fall lasts.
        decay: Period,
    }
}

document! {
    /// A class of callers.
    CallerDocument {
        /// Name in records. Default: caller, or caller-2 and so on.
        name: String,
        /// Share of first attempts. Default for a single class: 100%.
        share: Ratio,
        /// Number dialled: text, a list dialled in turn, or {csv: FILE, column: NAME}. Default "100".
        to: NumbersValue,
        /// Caller's number; {number} becomes nine digits of their own. Default "79{number}".
        from: NumbersValue,
        /// How long they talk once connected.
        talk: DistributionValue,
        /// How long they wait for a person. Default: for ever.
        patience: DistributionValue,
        /// Keys pressed one at each prompt, as "12". Instead of `choices`.
        digits: String,
        /// Share of callers who press each key, for each menu of the PBX; the rest press nothing.
        choices: BTreeMap<String, BTreeMap<String, Ratio>>,
        /// From the beginning of a prompt to the key. Default 5s.
        think: DistributionValue,
        /// How they ask: by phone, or by web_callback, a form on a web page on which they are called. Default phone.
        by: ByWord,
        /// What they make of being called back. Default: they take every offer, and answer every call.
        callback: CallbackHabitDocument,
        /// What they do after an attempt that failed. Default: nothing.
        redial: RedialDocument,
        /// What they do after they were served. Default: nothing.
        repeat: RepeatDocument,
        /// What one such customer is worth: those lost are valued with it.
        value: Money,
        /// Answers to digest challenges.
        auth: AuthDocument,
        /// Place in queues: higher goes before lower. Default 0.
        priority: i32,
        /// Share of their contacts that a chat bot answers, which so become no calls. Default 0%.
        deflection: Ratio,
        /// What they speak: only agents who speak it serve them. Default: any.
        language: String,
        /// What whoever serves them must know. Default: nothing in particular.
        skill: String,
    }
}

document! {
    /// What a caller does after an attempt that was not completed.
    RedialDocument {
        /// Probability of dialling again after each failed attempt.
        probability: Ratio,
        /// How long after. Default {exponential: {mean: 1m}}.
        delay: DistributionValue,
        /// Most redials of one caller. Default 3.
        limit: u32,
        /// Probability that a caller who does not dial again calls a competitor. Default 0%.
        defection: Ratio,
        /// Share of the redials that a message to the caller saves. Default 0%.
        acknowledgement: Ratio,
        /// Other numbers of the firm's that they try who do not get through. Default: none.
        sibling: SiblingDocument,
    }
}

document! {
    /// What a caller does after having been served: some matters are not settled by one call.
    RepeatDocument {
        /// Probability of a repeat call after each completed call.
        probability: Ratio,
        /// How long after. Default {exponential: {mean: 1h}}.
        delay: DistributionValue,
        /// Most repeat calls of one caller. Default 1.
        limit: u32,
        /// Share of the repeat calls that a message ("request accepted") saves. Default 0%.
        acknowledgement: Ratio,
        /// Percentage points by which first-contact resolution is better than when `probability` was observed.
        /// Default 0%.
        resolution_gain: Ratio,
        /// Percent fewer repeat calls per percentage point, 1 to 2. Default 1.5.
        elasticity: f64,
    }
}

document! {
    /// User and password for digest authentication.
    AuthDocument {
        /// User name.
        user: String,
        /// Environment variable that holds the password: passwords are never written into files.
        password_env: String,
    }
}

document! {
    /// A distribution of durations; exactly one key.
    DistributionDocument {
        /// Always the same.
        constant: Period,
        /// Memoryless.
        exponential: MeanDocument,
        /// Log-normal.
        lognormal: MeanCvDocument,
        /// Anything between two bounds.
        uniform: BoundsDocument,
        /// Gamma.
        gamma: MeanCvDocument,
        /// Weibull.
        weibull: WeibullDocument,
        /// One of these values, each equally likely.
        empirical: Vec<Period>,
    }
}

document! {
    /// A law with one parameter.
    MeanDocument {
        /// Mean.
        mean: Period,
    }
}

document! {
    /// A law with two parameters.
    MeanCvDocument {
        /// Mean.
        mean: Period,
        /// Coefficient of variation: standard deviation over mean.
        cv: f64,
    }
}

document! {
    /// Bounds of a uniform law.
    BoundsDocument {
        /// Least value.
        min: Period,
        /// Greatest value.
        max: Period,
    }
}

document! {
    /// Parameters of a Weibull law.
    WeibullDocument {
        /// Shape; below 1 the hazard falls, above 1 it rises.
        shape: f64,
        /// Scale: 63 % lie below.
        scale: Period,
    }
}
