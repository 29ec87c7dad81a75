//! Sentences that arrive in the result in English, and their Russian.
//!
//! Reasons, remarks, assumptions and notes are written where they are known, in English, for machines and
//! people alike. Those with a known pattern are translated here; any other is shown as it came.

use super::Language;

/// English with `{}` for what varies, and the same in Russian.
const SENTENCES: &[(&str, &str)] = &[
    (
        "the interval straddles the limit; about {} calls would decide",
        "интервал накрывает границу; для вывода нужно около {} вызовов",
    ),
    ("the interval straddles the limit", "интервал накрывает границу"),
    (
        "the value lies on the limit: no affordable number of calls would decide",
        "значение лежит на самой границе: никакое разумное число вызовов не даст вывода",
    ),
    ("no call to judge by", "нет ни одного вызова, по которому можно судить"),
    ("no such delay was measured", "такая задержка не измерена"),
    ("nothing was measured", "ничего не измерено"),
    (
        "the run has fewer windows than the rule looks at",
        "в испытании меньше интервалов, чем требует правило",
    ),
    (
        "no stretch of this length had calls in all its parts",
        "нет отрезка такой длины, во всех частях которого были вызовы",
    ),
    ("worst {} begin at {}", "худшие {} начинаются на отметке {}"),
    (
        "the generator itself spoilt {} of {} calls (more than {})",
        "генератор сам испортил {} из {} вызовов (больше допустимых {})",
    ),
    (
        "the generator was late: 1 % of the calls left over {} ms behind their time, {} ms are allowed (20 % of the mean talk time, at least 50 ms)",
        "генератор опаздывал: 1 % вызовов начат более чем на {} мс позже намеченного, допустимо {} мс (20 % среднего времени разговора, не менее 50 мс)",
    ),
    (
        "{} of {} calls failed by a set-up error (wrong number, authentication, redirect); {} % are allowed, see allow_excluded",
        "{} из {} вызовов не состоялись из-за ошибки настройки (неверный номер, авторизация, перенаправление); допустимо {} %, см. allow_excluded",
    ),
    (
        "{} calls were scheduled, but {} started and {} not started",
        "запланировано вызовов: {}, но начато {} и не начато {}",
    ),
    (
        "{} of {} calls could not be started: the generator offered less than the scenario asks for",
        "{} из {} вызовов не удалось начать: генератор создал меньше нагрузки, чем требует сценарий",
    ),
    ("{} calls started, but {} have an outcome", "начато вызовов: {}, но исход известен у {}"),
    (
        "{} calls had no end when the run was complete",
        "после завершения испытания остались без исхода вызовы: {}",
    ),
    ("the books don't agree: call {}", "журналы не сходятся: вызов {}"),
    ("the books don't agree: and {} further differences", "журналы не сходятся: и ещё расхождений: {}"),
    ("and {} further differences", "и ещё расхождений: {}"),
    ("call {}", "вызов {}"),
    (
        "the scenario states {} channels, but calls were refused as soon as {} were in use: the target seems to have {}",
        "в сценарии указано каналов: {}, но отказы начались, когда было занято {}: похоже, на станции их {}",
    ),
    (
        "Poisson arrivals at a steady rate; redials, if any, arrive like fresh calls",
        "пуассоновский поток постоянной интенсивности; повторные вызовы, если есть, поступают как новые",
    ),
    ("Poisson arrivals at a steady rate", "пуассоновский поток постоянной интенсивности"),
    ("{} circuits, and nothing else, limit the calls", "вызовы ограничены только числом каналов: {}"),
    (
        "the load is the measured one; holding times of any shape (Erlang B is insensitive to it)",
        "нагрузка взята из измерения; распределение времени занятия любое (формула Erlang B к нему нечувствительна)",
    ),
    (
        "redials, part of the load, arrive like fresh calls",
        "повторные вызовы входят в нагрузку и поступают как новые",
    ),
    (
        "exponential handle times, {} s on average: talk, pick-up and wrap-up",
        "время обработки распределено экспоненциально, в среднем {} с: разговор, ответ и завершающая работа",
    ),
    ("wrap-up holds a circuit as talk does", "завершающая работа занимает канал так же, как разговор"),
    (
        "exponential patience, {} s on average, from the moment of joining the queue",
        "терпение распределено экспоненциально, в среднем {} с с момента постановки в очередь",
    ),
    ("callers wait for ever", "абоненты ждут сколько угодно"),
    (
        "the queue's maximum wait is not in the formula",
        "предельное время ожидания в очереди формула не учитывает",
    ),
    ("agents who let it ring are not in the formula", "неответы операторов формула не учитывает"),
    (
        "no formula is set beside the measurement: no limit on circuits is stated, and none was seen",
        "с измерением не сопоставлена формула: предел числа каналов не указан и не наблюдался",
    ),
    ("simulated without a wire: {} had no effect", "моделирование без сети: не действовали {}"),
    (
        "the call records and the PBX's books are those of the first of {} replications",
        "записи вызовов и журналы АТС относятся к первому из прогонов, всего их {}",
    ),
    (
        "the pace was changed by hand: the plan was not played as drawn",
        "темп меняли вручную: план воспроизведён не так, как задуман",
    ),
    ("stopped by the gate {}", "остановлено условием {}"),
    ("Poisson arrivals", "пуассоновский поток вызовов"),
    ("a refused caller does not dial again", "получивший отказ абонент не перезванивает"),
];

/// The sentence in `language`, if its pattern is known; else as it is.
#[must_use]
pub fn translate(sentence: &str, language: Language) -> String {
    if language == Language::English {
        return sentence.to_owned();
    }
    let translated = SENTENCES
        .iter()
        .find_map(|(english, russian)| matched(sentence, english).map(|values| insert(russian, &values)));
    translated.unwrap_or_else(|| sentence.to_owned())
}

/// What stands in the holes of `pattern`, if `sentence` fits it.
fn matched<'sentence>(sentence: &'sentence str, pattern: &str) -> Option<Vec<&'sentence str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = sentence.strip_prefix(pieces.next()?)?;
    let mut values = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        values.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(values)
}

fn insert(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut pieces = pattern.split("{}");
    let mut sentence = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        sentence.push_str(values.next().copied().unwrap_or_default());
        sentence.push_str(piece);
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_give_what_stands_in_their_holes() {
        assert_eq!(matched("12 of 30 calls", "{} of {} calls"), Some(vec!["12", "30"]));
        assert_eq!(matched("late by 5 ms", "late by {}"), Some(vec!["5 ms"]));
        assert_eq!(matched("early by 5 ms", "late by {}"), None);
        assert_eq!(matched("done", "done"), Some(vec![]));
        assert_eq!(matched("done, almost", "done"), None);
        assert_eq!(insert("{} из {}", &["12", "30"]), "12 из 30");
    }

    #[test]
    fn both_languages_have_the_same_number_of_holes() {
        for (english, russian) in SENTENCES {
            assert_eq!(english.matches("{}").count(), russian.matches("{}").count(), "{english}");
        }
    }
}
