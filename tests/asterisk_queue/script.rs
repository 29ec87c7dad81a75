//! The callers of the script.

/// What a phone does with a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    PicksUp,
    RingsOn,
    Engaged,
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub at_s: f64,
    pub name: String,
    /// From the first ring to pick-up.
    pub ring_s: f64,
    pub talk_s: f64,
    /// Of each phone.
    pub habits: Vec<Habit>,
    /// The agent hangs up, not the caller.
    pub agent_hangs_up: bool,
    /// Waits no longer than this; absent: for ever.
    pub patience_s: Option<f64>,
}

#[derive(Debug, Clone)]
pub struct Script {
    pub callers: Vec<Caller>,
}

impl Script {
    /// The script's callers, who called when `arrivals` says.
    pub fn read(text: &str, arrivals: &str) -> Self {
        let mut script = Self::planned(text);
        let called = arrivals.lines().skip(1).map(|line| line.split_once(',').expect("caller,at_s"));
        for ((name, at), caller) in called.zip(&mut script.callers) {
            assert_eq!(name, caller.name, "arrivals in the order of the script");
            let at_s: f64 = at.parse().expect("seconds");
            assert!((at_s - caller.at_s).abs() < 0.5, "caller {name} called {at_s}, planned {}", caller.at_s);
            caller.at_s = at_s;
        }
        script
    }

    fn planned(text: &str) -> Self {
        let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{text} is no number"));
        let habit = |character| match character {
            '0' => Habit::PicksUp,
            '1' => Habit::RingsOn,
            '2' => Habit::Engaged,
            other => panic!("{other} is no habit"),
        };
        let caller = |row: Vec<&str>| Caller {
            at_s: number(row[0]),
            name: row[1].to_owned(),
            ring_s: number(row[2]),
            talk_s: number(row[3]),
            habits: row[4].chars().map(habit).collect(),
            agent_hangs_up: row[5] == "agent",
            patience_s: (!row[6].is_empty()).then(|| number(row[6])),
        };
        Self { callers: rows.map(caller).collect() }
    }
}
