//! What a call's row tells beside how it ended: who called, which way it took, and what its agent says it was about.

use std::sync::Arc;

use crate::pbx::books::CdrRow;
use crate::pbx::call::Call;
use crate::pbx::config::Destination;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::random::Purpose;

/// Longest way of a call that is written down, in bytes: who goes round in circles of menus has a long one.
const ROUTE_MAX: usize = 400;

/// Codes and their shares.
pub type CodeShares = Vec<(Arc<str>, f64)>;

/// What agents say after the calls of one queue: codes and their shares, which sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct WrapUpCodes {
    /// Index into `Config::queues`.
    pub queue: usize,
    pub shares: CodeShares,
    /// Of callers of some classes, by the class's name, instead.
    pub classes: Vec<(Arc<str>, CodeShares)>,
}

impl Pbx {
    /// Notes one more step on a call's way.
    pub(super) fn trace(&self, call: &mut Call, to: &Destination) {
        if !self.keeps_books || call.route.as_ref().is_some_and(|route| route.len() > ROUTE_MAX) {
            return;
        }
        let step = to.describe(&self.config);
        call.route = Some(match &call.route {
            None => step.into(),
            Some(before) => format!("{before} > {step}").into(),
        });
    }

    /// The row with what the machine knows beyond the call itself.
    pub(super) fn traced(&self, id: CallId, call: &Call, row: CdrRow) -> CdrRow {
        let class = self.config.callers.get(call.class).map(|class| Arc::clone(&class.name));
        CdrRow { class, route: call.route.clone(), wrap_up: self.wrap_up_code(id, call), ..row }
    }

    /// What the agent says that the call was about: drawn by the call, whatever the order in which calls end.
    fn wrap_up_code(&self, id: CallId, call: &Call) -> Option<Arc<str>> {
        let served = call.served()?;
        let codes = self.config.wrap_up_codes.iter().find(|codes| codes.queue == served.queue)?;
        let class = self.config.callers.get(call.class).map(|class| &class.name);
        let own = codes.classes.iter().find(|(name, _)| Some(name) == class);
        let shares = own.map_or(&codes.shares, |(_, shares)| shares);
        let mut left = self.codes?.stream(Purpose::WrapUpCode, id.0).unit();
        let drawn = shares.iter().find(|(_, share)| {
            left -= share;
            left < 0.0
        });
        // What rounding has left over goes to the last.
        drawn.or(shares.last()).map(|(code, _)| Arc::clone(code))
    }
}
