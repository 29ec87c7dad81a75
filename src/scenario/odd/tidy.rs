//! What makes of a drawn document one that says something, and that is played in moments.

use serde_json::Value;
use serde_json::json;

use crate::scenario::odd::CLASSES;
use crate::scenario::odd::QUEUES;

/// Shares that sum to what they must, numbers of calls that stay small.
pub(super) fn tidy(document: &mut Value) {
    if let Some(classes) = document.pointer_mut("/traffic/callers").and_then(Value::as_array_mut) {
        classes.truncate(CLASSES.len());
        split(classes);
        for (class, name) in classes.iter_mut().zip(CLASSES) {
            if let Some(name_slot) = class.get_mut("name") {
                *name_slot = name.into();
            }
            for menu in class.get_mut("choices").and_then(Value::as_object_mut).into_iter().flatten() {
                let keys = menu.1.as_object_mut();
                for (place, share) in keys.into_iter().flatten().map(|(_, share)| share).enumerate() {
                    *share = json!(if place == 0 { "60%" } else { "5%" });
                }
            }
        }
    }
    if let Some(answers) = document.pointer_mut("/pbx/hook/model/answers").and_then(Value::as_array_mut) {
        split(answers);
    }
    if let Some(codecs) = document.pointer_mut("/pbx/bandwidth/codecs").and_then(Value::as_array_mut) {
        codecs.truncate(3);
        let others = codecs.iter_mut().filter(|codec| codec.get("numbers").is_none());
        for (place, codec) in others.enumerate() {
            codec["share"] = json!(if place == 0 { "100%" } else { "0%" });
        }
    }
    pass_on(document);
    own(document);
    line_up(document);
    widen(document);
    shorten(document);
    let timed = document.get("duration").is_some();
    if let Some(entries) = document.as_object_mut().filter(|_| timed) {
        entries.remove("calls");
    }
    // Millions of calls would be drawn before anything is measured.
    if (timed || document.get("warm_up").is_some())
        && let Some(profile) = document.pointer_mut("/traffic/profile")
    {
        replace(profile, &["1000000/s", "10/s", "1/s", "3600/h"], "20/h");
    }
}

/// The first has what the others leave.
fn split(items: &mut [Value]) {
    let others = items.len().saturating_sub(1);
    for (place, item) in items.iter_mut().enumerate().filter(|(_, item)| item.is_object()) {
        item["share"] = if place == 0 { format!("{}%", 100 - 7 * others) } else { "7%".to_owned() }.into();
    }
}

/// Who passes callers on does so to a contractor.
fn pass_on(document: &mut Value) {
    let Some(queues) = document.pointer_mut("/pbx/queues").and_then(Value::as_object_mut) else { return };
    let passes = |queue: &Value| queue.get("overflow").is_some_and(Value::is_object);
    let Some(from) = QUEUES.into_iter().find(|name| queues.get(*name).is_some_and(passes)) else { return };
    let to = if from == QUEUES[0] { QUEUES[1] } else { QUEUES[0] };
    queues[from]["overflow"]["to"] = to.into();
    if let Some(keys) = queues[from].as_object_mut() {
        keys.remove("outsourced");
    }
    let contractor = queues.entry(to).or_insert_with(|| json!({}));
    if let Some(keys) = contractor.as_object_mut() {
        keys.retain(|key, _| !matches!(key.as_str(), "agents" | "overflow" | "owner"));
        keys.entry("outsourced").or_insert_with(|| json!({"agents": 3, "price_per_minute": "0.01 RUB"}));
    }
}

/// Owners are agents of the queue, and the owned call.
fn own(document: &mut Value) {
    let first = match document.pointer("/pbx/agents") {
        Some(Value::Array(agents)) => agents.first().and_then(|agent| agent.get("name")).cloned(),
        _ => None,
    };
    let first = first.unwrap_or_else(|| "agent-1".into());
    let queues = document.pointer_mut("/pbx/queues").and_then(Value::as_object_mut);
    let mut by_class = false;
    for (_, queue) in queues.into_iter().flatten() {
        let member = queue.pointer("/agents/0").unwrap_or(&first).clone();
        let Some(owner) = queue.get_mut("owner").and_then(Value::as_object_mut) else { continue };
        for (whose, slot) in owner.iter_mut() {
            let Some(slot) = slot.as_object_mut() else { continue };
            if whose == "classes" {
                by_class = true;
                *slot = [(CLASSES[0].to_owned(), Value::Null)].into_iter().collect();
            }
            slot.values_mut().for_each(|agent| *agent = member.clone());
        }
    }
    if by_class && let Some(Value::Object(class)) = document.pointer_mut("/traffic/callers/0") {
        class.insert("name".to_owned(), CLASSES[0].into());
    }
}

/// Each queue has numbers of its own, and what it writes has something to go by.
fn line_up(document: &mut Value) {
    let routed = document.pointer("/pbx/routing").is_some();
    let queues = document.pointer_mut("/pbx/queues").and_then(Value::as_object_mut);
    let mut by_class = false;
    for (place, (_, queue)) in queues.into_iter().flatten().enumerate() {
        let Some(queue) = queue.as_object_mut() else { continue };
        // The first queue has the odd ones.
        if place > 0 && !routed {
            queue.insert("numbers".to_owned(), json!(["support"]));
        }
        // A queue that sends callers on is full, empty or too slow at times.
        let ways = [
            ("on_full", "max_length", json!(1)),
            ("on_timeout", "max_wait", json!("20s")),
            ("on_empty", "join_empty", json!(["unavailable"])),
        ];
        for (way, cause, value) in ways {
            if queue.contains_key(way) {
                queue.entry(cause).or_insert(value);
            }
        }
        let codes = [queue.get("wrap_up_codes"), queue.get("wrap_up_codes_of")];
        let [codes, of_classes] = codes.map(|codes| codes.is_some());
        if codes || of_classes {
            queue.insert("wrap_up_codes".to_owned(), json!({"billing": "0.5", "fault": "50%"}));
        }
        if of_classes {
            by_class = true;
            queue.insert("wrap_up_codes_of".to_owned(), json!({CLASSES[0]: {"billing": "100%"}}));
        }
        let Some(steps) = queue.get("steps").and_then(Value::as_array) else { continue };
        let changed = ["max_penalty", "min_penalty", "raise_penalty"];
        let changed = changed.map(|key| (key, steps.iter().any(|step| step.get(key).is_some())));
        for (key, _) in changed.into_iter().filter(|(_, changed)| *changed) {
            queue.entry(key).or_insert_with(|| json!(1));
        }
    }
    if by_class && let Some(Value::Object(class)) = document.pointer_mut("/traffic/callers/0") {
        class.insert("name".to_owned(), CLASSES[0].into());
    }
}

/// A link on which a call fits, described once.
fn widen(document: &mut Value) {
    let Some(link) = document.pointer_mut("/pbx/bandwidth") else { return };
    replace(link, &["1 bit/s", "64 kbit/s"], "1 Mbit/s");
    let Some(keys) = link.as_object_mut() else { return };
    if keys.contains_key("up") || keys.contains_key("down") {
        keys.remove("limit");
        for way in ["up", "down"] {
            keys.entry(way).or_insert_with(|| "1 Mbit/s".into());
        }
    }
    if keys.contains_key("codecs") {
        keys.remove("codec");
    }
}

/// Work that comes up every second, and moods that change every minute, fill years without a call with millions of
/// events.
fn shorten(document: &mut Value) {
    let agents = document.pointer_mut("/pbx/agents");
    let each = match agents {
        Some(Value::Array(agents)) => agents.iter_mut().collect(),
        one => one.into_iter().collect::<Vec<_>>(),
    };
    let mut works = false;
    let keeps_hours =
        |agent: &Value| agent.get("shifts").is_some() || agent.get("count").is_some_and(Value::is_object);
    let shifts = each.iter().any(|agent| keeps_hours(agent));
    for work in each.into_iter().filter_map(|agent| agent.get_mut("other_work")) {
        works = true;
        replace(work, &["0s", "1us", "1ms", "20ms", "500ms", "1s", "5s", "20s", "1m", "3m"], "30m");
    }
    if let Some(contacts) = document.pointer_mut("/pbx/contacts") {
        works = true;
        for kind in contacts.as_object_mut().into_iter().flat_map(|kinds| kinds.values_mut()) {
            let kind = kind.as_object_mut();
            if let Some(kind) = kind.filter(|kind| kind.contains_key("profile")) {
                kind.remove("rate");
            }
        }
        replace(contacts, &["60/h", "600/h", "10/s", "1/s", "1000000/s", "3600/h", "120/min"], "20/h");
    }
    let moods = document.pointer("/traffic/arrivals/bursty").is_some();
    if (works || moods)
        && let Some(traffic) = document.get_mut("traffic")
    {
        replace(traffic, &["0.001/h", "1/d"], "2/h");
    }
    if shifts {
        replace(document, &["900w"], "1d");
    }
    if works {
        replace(document, &["9w", "900w"], "1d");
    }
}

/// Writes another value wherever one of these is written.
fn replace(value: &mut Value, these: &[&str], other: &str) {
    match value {
        Value::String(text) if these.contains(&text.as_str()) => other.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, these, other)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| replace(entry, these, other)),
        _ => {}
    }
}
