//! What was seen: phones that rang, and the queue's log.

/// A phone that rang.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub at_s: f64,
    pub phone: u32,
    pub caller: String,
}

/// A line of the queue's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at_s: i64,
    pub caller: String,
    pub queue: String,
    /// The phone's number, or NONE.
    pub agent: String,
    pub event: String,
    pub data: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub offers: Vec<Offer>,
    pub log: Vec<Line>,
}

impl Trace {
    pub fn read(offers: &str, log: &str) -> Self {
        let offer = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            let (at_s, phone) = (fields[0].parse().unwrap(), fields[1].parse().unwrap());
            Offer { at_s, phone, caller: fields[2].to_owned() }
        };
        Self {
            offers: offers.lines().skip(1).map(offer).collect(),
            log: log.lines().map(Line::read).collect(),
        }
    }
}

impl Line {
    pub fn read(line: &str) -> Self {
        let fields: Vec<String> = line.split('|').map(str::to_owned).collect();
        let [at, caller, queue, agent, event, data @ ..] = fields.as_slice() else { panic!("{line}") };
        let mut data = data.to_vec();
        if event == "CONNECT" {
            // The bridged channel: a name of Asterisk's own.
            data[1].clear();
        }
        Self {
            at_s: at.parse().unwrap(),
            caller: caller.clone(),
            queue: queue.clone(),
            agent: agent.clone(),
            event: event.clone(),
            data,
        }
    }
}
