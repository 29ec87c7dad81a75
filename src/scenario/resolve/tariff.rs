//! Tariff plans and a firm's needs.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::scenario::document::AlgorithmWord;
use crate::scenario::document::FeatureWord;
use crate::scenario::document::MeterDocument;
use crate::scenario::document::NeedsDocument;
use crate::scenario::document::NoticeValue;
use crate::scenario::document::NoticeWord;
use crate::scenario::document::OverCapDocument;
use crate::scenario::document::OverCapWord;
use crate::scenario::document::PerSecond;
use crate::scenario::document::PlanDocument;
use crate::scenario::document::PlanValue;
use crate::scenario::document::ProRataWord;
use crate::scenario::document::ScopeWord;
use crate::scenario::document::Written;
use crate::scenario::plans;
use crate::scenario::resolve::Resolver;
use crate::tariff::Action;
use crate::tariff::Algorithm;
use crate::tariff::Capacity;
use crate::tariff::FairUse;
use crate::tariff::Feature;
use crate::tariff::Free;
use crate::tariff::LegsPerCall;
use crate::tariff::Meter;
use crate::tariff::Minutes;
use crate::tariff::Needs;
use crate::tariff::Notice;
use crate::tariff::Plan;
use crate::tariff::Prices;
use crate::tariff::ProRata;
use crate::tariff::RateCap;
use crate::tariff::RatePrice;
use crate::tariff::Scope;
use crate::tariff::Source;
use crate::tariff::Terms;
use crate::tariff::Vat;
use crate::tariff::fit;
use crate::time::Duration;
use crate::units::Money;

/// Plans that one scenario may compare.
const PLANS_MAX: usize = 1_000;

impl Resolver<'_> {
    /// The plans of a scenario. Files and names are read, and the document then holds the plans themselves.
    pub(super) fn tariffs(&mut self, values: &mut Vec<PlanValue>) -> Vec<Plan> {
        let mut resolved = Vec::new();
        let mut written = Vec::new();
        for (place, value) in std::mem::take(values).into_iter().enumerate() {
            let path = format!("tariffs[{place}]");
            match value {
                Written::List(never) => match never {},
                Written::Keys(document) => {
                    resolved.push(self.plan(&document, &path));
                    written.push(Written::Keys(document));
                }
                Written::Text(name) => match plans::documents(&name, self.inputs) {
                    Ok((documents, found)) => {
                        resolved.extend(found);
                        written.extend(documents.into_iter().map(|plan| Written::Keys(Box::new(plan))));
                    }
                    Err(plans::Unreadable::File(message)) => self.wrong(&path, &message),
                    Err(plans::Unreadable::Plans(problems)) => self.problems.extend(problems.0),
                },
            }
        }
        if resolved.len() > PLANS_MAX {
            self.wrong("tariffs", &format!("more than {PLANS_MAX} plans; leave some out"));
        }
        *values = written;
        resolved
    }

    /// The plans of a file of their own.
    pub(crate) fn plans(mut self, documents: &[PlanDocument]) -> Result<Vec<Plan>, Vec<super::Problem>> {
        if documents.is_empty() {
            self.wrong("plans", "there is no plan; write plans: [{provider: …, plan: …}]");
        }
        let plan = |(place, document)| self.plan(document, &format!("plans[{place}]"));
        let plans = documents.iter().enumerate().map(plan).collect();
        if self.problems.is_empty() { Ok(plans) } else { Err(self.problems) }
    }

    fn plan(&mut self, document: &PlanDocument, path: &str) -> Plan {
        let mut purse = Purse { currency: document.currency.clone() };
        let prices = self.prices(document, path, &mut purse);
        let minutes = self.minutes(document, path, &mut purse);
        let over_cap = self.over_cap(document, path, &mut purse);
        let source = document.source.clone().unwrap_or_default();
        if source.name.is_none() {
            let message = "a plan without a source is a rumour; write source: {name: …, read_on: 2026-04-01}";
            self.wrong(&format!("{path}.source"), message);
        }
        let (valid_from, valid_to) = (
            self.date(document.valid_from.as_deref(), &format!("{path}.valid_from")),
            self.date(document.valid_to.as_deref(), &format!("{path}.valid_to")),
        );
        if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
            self.wrong(&format!("{path}.valid_to"), "lies before `valid_from`; exchange them");
        }
        Plan {
            provider: self.text(document.provider.as_deref(), &format!("{path}.provider")),
            name: self.text(document.plan.as_deref(), &format!("{path}.plan")),
            vat: document.vat.as_ref().map(|vat| Vat {
                rate: self
                    .required(vat.rate, &format!("{path}.vat.rate"), "20%")
                    .map_or(Decimal::ZERO, |r| r.0),
                included: vat.included.unwrap_or(false),
            }),
            valid_from,
            valid_to,
            source: Source {
                name: source.name.unwrap_or_default(),
                read_on: self.date(source.read_on.as_deref(), &format!("{path}.source.read_on")),
            },
            illustrative: document.illustrative.unwrap_or(false),
            note: document.note.clone(),
            capacity: self.capacity(document, path),
            over_cap,
            prices,
            minutes,
            terms: self.terms(document, path),
            currency: purse.currency,
        }
    }

    fn text(&mut self, text: Option<&str>, path: &str) -> String {
        let text = text.map(str::trim).unwrap_or_default();
        if text.is_empty() || text.chars().any(char::is_control) {
            let key = path.rsplit('.').next().unwrap_or(path);
            self.wrong(path, &format!("`{key}` is missing; write its name on one line"));
        }
        text.to_owned()
    }

    fn date(&mut self, text: Option<&str>, path: &str) -> Option<Date> {
        let text = text?;
        let date = text.parse::<Date>().ok();
        if date.is_none() {
            self.wrong(path, &format!("`{text}` is no date; write it as 2026-04-01"));
        }
        date
    }

    /// An amount in the plan's one currency.
    fn amount(&mut self, money: Option<&Money>, path: &str, purse: &mut Purse) -> Option<Decimal> {
        let money = money?;
        let currency = purse.currency.get_or_insert_with(|| money.currency.clone());
        if *currency != money.currency {
            let message =
                format!("a second currency beside {currency}; write one currency throughout a plan");
            self.wrong(path, &message);
        }
        Some(money.amount)
    }

    fn prices(&mut self, document: &PlanDocument, path: &str, purse: &mut Purse) -> Prices {
        let Some(prices) = &document.prices else { return Prices::default() };
        let path = format!("{path}.prices");
        let mut amount =
            |money: &Option<Money>, key: &str| self.amount(money.as_ref(), &format!("{path}.{key}"), purse);
        let (setup, monthly) = (amount(&prices.setup, "setup"), amount(&prices.monthly, "monthly"));
        let yearly = amount(&prices.yearly, "yearly");
        let per_user = amount(&prices.per_user, "per_user");
        let per_channel = amount(&prices.per_channel, "per_channel");
        let per_did = amount(&prices.per_did, "per_did");
        let mut features = BTreeMap::new();
        if let Some(sold) = &prices.features {
            let all = [
                (Feature::Ivr, &sold.ivr),
                (Feature::Recording, &sold.recording),
                (Feature::Acd, &sold.acd),
                (Feature::Api, &sold.api),
            ];
            for (feature, money) in all {
                let price = amount(money, &format!("features.{}", feature.name()));
                features.extend(price.map(|price| (feature, price)));
            }
        }
        let per_calls_per_second = prices.per_calls_per_second.as_ref().map(|rate| {
            let path = format!("{path}.per_calls_per_second");
            let price = self.amount(rate.price.as_ref(), &format!("{path}.price"), purse);
            if price.is_none() {
                self.wrong(&path, "`price` is missing; write price: 500 RUB");
            }
            let step = self.positive_rate(rate.step.unwrap_or(PerSecond(1.0)), &format!("{path}.step"));
            RatePrice { step, price: price.unwrap_or_default() }
        });
        Prices { setup, monthly, yearly, per_user, per_channel, per_did, features, per_calls_per_second }
    }

    fn positive_rate(&mut self, rate: PerSecond, path: &str) -> f64 {
        if rate.0 <= 0.0 {
            self.wrong(path, "no call passes a rate of 0; write for example 1");
        }
        rate.0.max(f64::MIN_POSITIVE)
    }

    fn capacity(&mut self, document: &PlanDocument, path: &str) -> Capacity {
        let Some(capacity) = &document.capacity else { return Capacity::default() };
        let path = format!("{path}.capacity");
        if capacity.channels_max < capacity.channels_included && capacity.channels_max.is_some() {
            self.wrong(&format!("{path}.channels_max"), "is less than `channels_included`; exchange them");
        }
        let sold_singly = document.prices.as_ref().is_some_and(|prices| prices.per_channel.is_some());
        let included = capacity.channels_included.filter(|_| !sold_singly);
        for (key, count) in
            [("channels_included", included), ("users_max_per_channel", capacity.users_max_per_channel)]
        {
            if count == Some(0) {
                self.wrong(&format!("{path}.{key}"), "0 serves nobody; write 1 or more, or leave it out");
            }
        }
        let codecs = capacity.codecs.clone().unwrap_or_default();
        self.codecs(&codecs, &format!("{path}.codecs"));
        let legs = capacity.legs_per_call.clone().unwrap_or_default();
        let mut legs_of = |legs: Option<u32>, key: &str| {
            let legs = legs.unwrap_or(1);
            if !(1..=100).contains(&legs) {
                self.wrong(&format!("{path}.legs_per_call.{key}"), "write 1 to 100");
            }
            legs
        };
        let legs_per_call = LegsPerCall {
            forward: legs_of(legs.forward, "forward"),
            consult: legs_of(legs.consult, "consult"),
            callback: legs_of(legs.callback, "callback"),
        };
        if capacity.call_duration_max.is_some_and(|most| most.0.is_zero()) {
            self.wrong(&format!("{path}.call_duration_max"), "no call lasts 0s; write for example 2h");
        }
        Capacity {
            channels_included: capacity.channels_included,
            channels_max: capacity.channels_max,
            scope: match capacity.scope {
                None | Some(ScopeWord::Account) => Scope::Account,
                Some(ScopeWord::Trunk) => Scope::Trunk,
                Some(ScopeWord::Did) => Scope::Did,
                Some(ScopeWord::Direction) => Scope::Direction,
                Some(ScopeWord::Region) => Scope::Region,
            },
            legs_per_call,
            calls_per_second: self.rate_cap(capacity.calls_per_second.as_ref(), &path),
            queue_length_max: capacity.queue_length_max,
            dids_included: capacity.dids_included,
            users_included: capacity.users_included,
            users_max_per_channel: capacity.users_max_per_channel,
            call_duration_max: capacity.call_duration_max.map(|most| most.0),
            codecs,
        }
    }

    fn rate_cap(
        &mut self,
        cap: Option<&crate::scenario::document::RateCapDocument>,
        path: &str,
    ) -> Option<RateCap> {
        let cap = cap?;
        let path = format!("{path}.calls_per_second");
        let limit = self.required(cap.limit, &format!("{path}.limit"), "1")?;
        let limit = self.positive_rate(limit, &format!("{path}.limit"));
        if cap.max.is_some_and(|max| max.0 < limit) {
            self.wrong(&format!("{path}.max"), "is less than `limit`; exchange them");
        }
        let burst = cap.burst.unwrap_or(limit.max(1.0));
        Some(RateCap {
            limit,
            max: cap.max.map(|max| max.0),
            algorithm: match cap.algorithm {
                None | Some(AlgorithmWord::TokenBucket) => Algorithm::TokenBucket,
                Some(AlgorithmWord::FixedWindow) => Algorithm::FixedWindow,
                Some(AlgorithmWord::Average) => Algorithm::Average,
                Some(AlgorithmWord::Queue) => Algorithm::Queue,
                Some(_) => {
                    let known = "token_bucket, fixed_window, average or queue";
                    self.wrong(&format!("{path}.algorithm"), &format!("no plan states that; write {known}"));
                    Algorithm::TokenBucket
                }
            },
            burst: self.within(burst, 1.0..=1e9, &format!("{path}.burst")),
        })
    }

    fn codecs(&mut self, codecs: &[String], path: &str) {
        if let Some(unknown) = codecs.iter().find(|codec| !fit::is_known_codec(codec)) {
            let message =
                format!("no codec `{unknown}`; write PCMA, PCMU, G722, G726-32, G729, GSM, iLBC or opus");
            self.wrong(path, &message);
        }
    }

    fn over_cap(&mut self, document: &PlanDocument, path: &str, purse: &mut Purse) -> Action {
        let path = format!("{path}.over_cap");
        match &document.over_cap {
            None | Some(Written::Text(OverCapWord::Busy)) => Action::Busy,
            Some(Written::Text(OverCapWord::Queue)) => Action::Queue,
            Some(Written::Text(OverCapWord::Drop)) => Action::Drop,
            Some(Written::List(never)) => match *never {},
            Some(Written::Keys(OverCapDocument { refuse, burst })) => {
                self.exactly_one_key(&path, "refuse, burst");
                if let Some(burst) = burst {
                    let path = format!("{path}.burst.per_minute");
                    let per_minute = self.amount(burst.per_minute.as_ref(), &path, purse);
                    if per_minute.is_none() {
                        self.wrong(&path, "`per_minute` is missing; write per_minute: 2 RUB");
                    }
                    return Action::Burst { per_minute: per_minute.unwrap_or_default() };
                }
                let refuse = refuse.clone().unwrap_or_default();
                let status = refuse.status.unwrap_or(503);
                if !(400..=699).contains(&status) {
                    let message = format!("{status} refuses nothing; write 400 to 699");
                    self.wrong(&format!("{path}.refuse.status"), &message);
                }
                Action::Refuse {
                    status,
                    reason: refuse.reason,
                    retry_after: refuse.retry_after.map(|after| after.0),
                }
            }
        }
    }

    fn minutes(&mut self, document: &PlanDocument, path: &str, purse: &mut Purse) -> Minutes {
        let Some(minutes) = &document.minutes else { return Minutes::default() };
        let mut meter = |meter: &Option<MeterDocument>, key: &str| {
            let path = format!("{path}.minutes.{key}");
            meter.as_ref().map(|meter| self.meter(meter, &path, purse))
        };
        Minutes {
            inbound: meter(&minutes.inbound, "inbound"),
            outbound: meter(&minutes.outbound, "outbound"),
            toll_free: meter(&minutes.toll_free, "toll_free"),
        }
    }

    fn meter(&mut self, document: &MeterDocument, path: &str, purse: &mut Purse) -> Meter {
        let first = document.first.map_or(Duration::from_secs(1), |unit| unit.0);
        let next = document.next.map_or(first, |unit| unit.0);
        if first.is_zero() || next.is_zero() {
            self.wrong(path, "a charging unit of 0s never ends; write first: 1s");
        }
        let free = match (document.free_up_to, document.free_below) {
            (Some(_), Some(_)) => {
                self.wrong(path, "both `free_up_to` and `free_below` are given; remove one");
                None
            }
            (Some(limit), None) => Some(Free::UpTo(limit.0)),
            (None, limit) => limit.map(|limit| Free::Below(limit.0)),
        };
        let fair_use = document.fair_use.as_ref().map(|fair| FairUse {
            minutes_per_channel: fair.minutes_per_channel.unwrap_or_default().into(),
            price: self.amount(fair.price.as_ref(), &format!("{path}.fair_use.price"), purse),
        });
        Meter {
            included: document.included.unwrap_or_default().into(),
            price: self.amount(document.price.as_ref(), &format!("{path}.price"), purse).unwrap_or_default(),
            first,
            next,
            free,
            minimum: document.minimum.map_or(Duration::ZERO, |minimum| minimum.0),
            per_call: self
                .amount(document.per_call.as_ref(), &format!("{path}.per_call"), purse)
                .unwrap_or_default(),
            roll_over: document.roll_over.unwrap_or(false),
            fair_use,
        }
    }

    fn terms(&mut self, document: &PlanDocument, path: &str) -> Terms {
        let terms = document.terms.clone().unwrap_or_default();
        let mut notice = |value: &Option<NoticeValue>, key: &str| match value {
            None | Some(Written::Text(NoticeWord::Immediately)) => Notice::Immediately,
            Some(Written::Text(NoticeWord::NextMonth)) => Notice::NextMonth,
            Some(Written::List(never)) => match *never {},
            Some(Written::Keys(keys)) => {
                let path = format!("{path}.terms.{key}.days");
                let days = self.required(keys.days, &path, "30").unwrap_or(0);
                if days > 3_660 {
                    self.wrong(&path, "more than ten years; write for example 30");
                }
                Notice::Days(days.min(3_660))
            }
        };
        Terms {
            upgrade: notice(&terms.upgrade, "upgrade"),
            downgrade: notice(&terms.downgrade, "downgrade"),
            pro_rata: match terms.pro_rata {
                None | Some(ProRataWord::FullMonth) => ProRata::FullMonth,
                Some(ProRataWord::ByDay) => ProRata::ByDay,
            },
            commitment_months: terms.commitment_months.unwrap_or(0),
        }
    }

    pub(super) fn needs(&mut self, document: Option<&NeedsDocument>) -> Needs {
        let Some(document) = document else { return Needs::default() };
        let codecs = document.codecs.clone().unwrap_or_default();
        self.codecs(&codecs, "needs.codecs");
        let link = document.link.map(|link| link.bits_per_second);
        let ratio = |ratio: Option<crate::units::Ratio>| ratio.map_or(0.0, |ratio| ratio.0);
        let (forwarded, consulted, called_back) =
            (ratio(document.forwarded), ratio(document.consulted), ratio(document.called_back));
        if forwarded + consulted + called_back > 1.0 + 1e-9 {
            self.wrong("needs", "forwarded, consulted and called_back sum to more than 100%; lower them");
        }
        let feature = |word: &FeatureWord| match word {
            FeatureWord::Ivr => Feature::Ivr,
            FeatureWord::Recording => Feature::Recording,
            FeatureWord::Acd => Feature::Acd,
            FeatureWord::Api => Feature::Api,
        };
        Needs {
            users: document.users.unwrap_or(1),
            dids: document.dids.unwrap_or(1),
            trunks: document.trunks.unwrap_or(1),
            regions: document.regions.unwrap_or(1),
            features: document.features.iter().flatten().map(feature).collect(),
            calls_per_second: document.calls_per_second.map(|rate| rate.0),
            outbound: self.within(document.outbound.unwrap_or(0.0), 0.0..=1_000.0, "needs.outbound"),
            toll_free: ratio(document.toll_free),
            forwarded,
            consulted,
            called_back,
            codecs,
            link_bits_per_second: link,
        }
    }
}

/// The one currency of a plan, once an amount or a key has named it.
struct Purse {
    currency: Option<String>,
}
