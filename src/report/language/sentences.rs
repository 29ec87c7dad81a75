//! Sentences that arrive in the result in English, and their Russian.
//!
//! Reasons, remarks, assumptions and notes are written where they are known, in English, for machines and
//! people alike. Those with a known pattern are translated here; any other is shown as it came.

use super::Language;
use super::findings::FINDINGS;
use super::reasons::REASONS;

/// English with `{}` for what varies, and the same in Russian.
const SENTENCES: &[(&str, &str)] = &[
    (
        "the interval straddles the limit; about {} calls would decide",
        "интервал накрывает границу; для вывода нужно около {} вызовов",
    ),
    ("the interval straddles the limit", "интервал накрывает границу"),
    (
        "the first {} were cut off as warm-up by MSER-5: {} batches of {} over {} replications; that is half of the run, which may never have settled: lengthen it",
        "начало длиной {} отброшено как разогрев методом MSER-5: групп {} по {}, независимых прогонов {}; это половина испытания, и система, возможно, не вышла на установившийся режим: увеличьте его длину",
    ),
    (
        "the first {} were cut off as warm-up by MSER-5: {} batches of {} over {} replications",
        "начало длиной {} отброшено как разогрев методом MSER-5: групп {} по {}, независимых прогонов {}",
    ),
    (
        "warm_up: auto cut nothing off: the rate of calls changes, so the run has a beginning and an end of its own",
        "warm_up: auto ничего не отбросил: интенсивность вызовов меняется, и у испытания свои начало и конец",
    ),
    (
        "warm_up: auto cut nothing off: the calls are replayed, so the run has a beginning and an end of its own",
        "warm_up: auto ничего не отбросил: вызовы повторяются по записи, и у испытания свои начало и конец",
    ),
    (
        "warm_up: auto cut nothing off: agents come and go, so the run has a beginning and an end of its own",
        "warm_up: auto ничего не отбросил: операторы сменяют друг друга, и у испытания свои начало и конец",
    ),
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
    (
        "clocks are changed on {} within the measured time: hours of the week, the busy hour and the shift go by the clock of the start all the same, call records by the changed one",
        "{} в пределах измерения переводятся часы: часы недели, час наибольшей нагрузки и смена указаны по часам начала, записи вызовов — по переведённым",
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
    ("the books don't agree: {}", "журналы не сходятся: {}"),
    (
        "required_fields were not judged: the target keeps its call records itself; `busyhour check SCENARIO --records FILE` judges them",
        "required_fields не проверены: записи о вызовах ведёт сама испытуемая станция; их проверит `busyhour check SCENARIO --records FILE`",
    ),
    ("and {} further differences", "и ещё расхождений: {}"),
    ("call {} stands twice in the generator's book", "вызов {} записан в журнале генератора дважды"),
    ("call {} stands twice in the CDR", "вызов {} записан в CDR дважды"),
    (
        "call {} is in the generator's book but not in the CDR",
        "вызов {} есть в журнале генератора, но не в CDR",
    ),
    (
        "call {} is in the CDR but not in the generator's book",
        "вызов {} есть в CDR, но не в журнале генератора",
    ),
    (
        "call {} is in the CDR as queued, but the queue log lacks its entry or its end",
        "вызов {} по CDR стоял в очереди, но в журнале очереди нет его начала или конца",
    ),
    ("call {} is in the queue log only", "вызов {} есть только в журнале очереди"),
    (
        "call {} was completed for the generator, not for the CDR",
        "вызов {} завершён по журналу генератора, но не по CDR",
    ),
    (
        "call {} was answered for the CDR, not for the generator",
        "вызов {} отвечен по CDR, но не по журналу генератора",
    ),
    (
        "call {} was abandoned for the CDR, not for the generator",
        "вызов {} брошен абонентом по CDR, но не по журналу генератора",
    ),
    (
        "call {} was refused for one cause by the headers and for another by the CDR",
        "вызов {} отклонён по одной причине в заголовках и по другой в CDR",
    ),
    (
        "call {} has one agent in the generator's book and another in the CDR",
        "у вызова {} один оператор в журнале генератора и другой в CDR",
    ),
    (
        "call {} is in the queue log, but not queued for the CDR",
        "вызов {} есть в журнале очереди, но по CDR в очереди не стоял",
    ),
    (
        "call {} entered the queue more than once by its log",
        "вызов {} по журналу очереди вставал в неё больше одного раза",
    ),
    (
        "call {} has one agent in the CDR and another in the queue log",
        "у вызова {} один оператор в CDR и другой в журнале очереди",
    ),
    (
        "call {} left the queue in one way by its log and in another by the CDR",
        "вызов {} покинул очередь по её журналу одним образом, а по CDR — другим",
    ),
    (
        "the advice is for calls at random moments, as people make them: evenly spaced ones lose less",
        "рекомендация рассчитана на случайные моменты вызовов, как звонят люди: при равномерном потоке теряется меньше",
    ),
    (
        "the advice is for calls at random moments: calls in bursts lose more",
        "рекомендация рассчитана на случайные моменты вызовов: при всплесках теряется больше",
    ),
    (
        "on channels: no limit on circuits is stated, and none was seen",
        "по каналам: предел их числа не указан и не наблюдался",
    ),
    (
        "on channels: no call that would hold one was measured or planned",
        "по каналам: ни один занимающий канал вызов не измерен и не запланирован",
    ),
    (
        "the link's bandwidth refused {} of {} calls, and more channels will not let them in: it takes a link for {} calls at once",
        "из-за полосы пропускания линии отклонено {} из {} вызовов, и добавление каналов их не пропустит: нужна линия на {} одновременных вызовов",
    ),
    (
        "the link's bandwidth refused {} of {} calls, and more channels will not let them in",
        "из-за полосы пропускания линии отклонено {} из {} вызовов, и добавление каналов их не пропустит",
    ),
    (
        "the limit on legs refused {} of {} calls, and more channels will not let them in; no formula says how many legs it takes: compare with simulate --set",
        "из-за предела числа плеч отклонено {} из {} вызовов, и добавление каналов их не пропустит; сколько плеч нужно, ни одна формула не говорит: сравните варианты командой simulate --set",
    ),
    (
        "the limit on calls per second refused {} of {} calls, and more channels will not let them in",
        "из-за предела вызовов в секунду отклонено {} из {} вызовов, и добавление каналов их не пропустит",
    ),
    (
        "the PBX's processor refused {} of {} calls, and more channels will not let them in",
        "из-за процессора станции отклонено {} из {} вызовов, и добавление каналов их не пропустит",
    ),
    (
        "on agents: not every agent takes every caller (skills, languages, queues of their own), so that one more may be one of several kinds, and no formula knows their work; compare numbers with simulate --vary",
        "по операторам: не каждый оператор берёт каждый вызов (навыки, языки, свои очереди), так что неясно, кого добавлять, и ни одна формула их работу не описывает; сравните варианты командой simulate --vary",
    ),
    (
        "on agents: how many are on duty changes with the hour, so that no one number is right; most are missing from {} to {}: {} on duty, {} needed at {} E; size staff --scenario says how many each interval needs",
        "по операторам: число на смене меняется по часам, и одного верного числа нет; больше всего не хватает с {} до {}: на смене {}, нужно {} при {} Эрл; сколько нужно в каждом интервале, говорит size staff --scenario",
    ),
    (
        "on agents: how many are on duty changes with the hour, so that no one number is right; at no time are fewer there than the formula asks for; size staff --scenario says how many each interval needs",
        "по операторам: число на смене меняется по часам, и одного верного числа нет; меньше, чем требует формула, их не бывает; сколько нужно в каждом интервале, говорит size staff --scenario",
    ),
    (
        "on agents: fewer than 100 calls were measured, too few to tell their load by",
        "по операторам: измерено меньше 100 вызовов, слишком мало, чтобы судить о нагрузке",
    ),
    (
        "channels: the formula loses {} % with the {} there are, but {} % [{}, {}] was measured; something that it does not know of is at work, so play the advised number before you rely on it",
        "каналы: по формуле теряется {} % при имеющихся {}, а измерено {} % [{}; {}]; действует нечто, чего она не учитывает, поэтому проверьте рекомендуемое число моделированием",
    ),
    (
        "agents: the formula answers {} % with the {} there are, but {} % [{}, {}] was measured; something that it does not know of is at work, so play the advised number before you rely on it",
        "операторы: по формуле вовремя отвечают на {} % при имеющихся {}, а измерено {} % [{}; {}]; действует нечто, чего она не учитывает, поэтому проверьте рекомендуемое число моделированием",
    ),
    ("on channels: {}", "по каналам: {}"),
    ("on agents: no queued call was answered", "по операторам: ни один вызов из очереди не получил ответа"),
    (
        "on agents: no planned call is led to agents who are there; messages and callbacks follow no formula",
        "по операторам: ни один запланированный вызов не попадает к операторам на месте, а сообщения и обратные звонки не описывает ни одна формула",
    ),
    (
        "on agents: no number of agents was found that keeps the service level",
        "по операторам: не найдено число, при котором выдерживается уровень обслуживания",
    ),
    (
        "on agents: they see to mail or chats besides, which only the simulation sizes, and there are several queues",
        "по операторам: они отвечают и на письма или чаты, а такую работу рассчитывает только моделирование, и очередей несколько",
    ),
    (
        "on agents: they see to mail or chats besides, which only the simulation sizes, and they differ in skills, hours or work, so that one more agent may be one of several kinds; compare numbers with simulate --vary",
        "по операторам: они отвечают и на письма или чаты, а такую работу рассчитывает только моделирование, и операторы различаются навыками, часами или работой, так что неясно, кого добавлять; сравните варианты командой simulate --vary",
    ),
    (
        "on agents: they see to mail or chats besides, which only the simulation sizes, and the run is too long to be played with each number",
        "по операторам: они отвечают и на письма или чаты, а такую работу рассчитывает только моделирование, и испытание слишком длинное, чтобы повторять его для каждого числа",
    ),
    ("{} datagrams could not be sent", "не удалось отправить датаграмм: {}"),
    (
        "the generator itself skipped {} of {} RTP packets: it came too late",
        "генератор сам пропустил {} из {} пакетов RTP: не успел их отправить",
    ),
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
    (
        "of the answer time {} s are pick-up, the rest the wait in the queue",
        "из времени ответа {} с уходит на снятие трубки, остальное — ожидание в очереди",
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
    ("no formula is set beside the measurement: {}", "формула с измерением не сопоставлена: {}"),
    ("no limit on circuits is stated, and none was seen", "предел числа каналов не указан и не наблюдался"),
    (
        "evenly spaced arrivals are smoother than any Erlang formula assumes",
        "равномерный поток ровнее, чем предполагают формулы Эрланга",
    ),
    (
        "bursty arrivals lose more than Erlang formulas say",
        "при всплесках вызовов теряется больше, чем дают формулы Эрланга",
    ),
    (
        "a finite number of callers is Engset's model, and Erlang's assumes very many",
        "конечное число абонентов описывает модель Энгсета, а формулы Эрланга предполагают очень большое",
    ),
    (
        "replayed arrivals follow no known process",
        "воспроизведённый поток вызовов не описывается известной моделью",
    ),
    ("fewer than 100 calls were measured", "измерено меньше 100 вызовов"),
    (
        "the planned rate varies by more than 10 %, and the formulas are for a steady one",
        "интенсивность по плану меняется больше чем на 10 %, а формулы верны для постоянной",
    ),
    (
        "nobody is served for part of the time, and the formulas are for a steady rate",
        "часть времени вызовы не обслуживаются, а формулы верны для постоянной интенсивности",
    ),
    (
        "the limit on calls per second refused calls, which Erlang formulas don't know",
        "часть вызовов отклонило ограничение вызовов в секунду, которого формулы Эрланга не знают",
    ),
    ("nothing was offered", "не поступило ни одного вызова"),
    ("it would need one queue, not several", "формула есть только для одной очереди, не для нескольких"),
    (
        "not every free agent takes every caller at once",
        "не каждый свободный оператор сразу принимает любого абонента",
    ),
    ("no queued call was answered", "ни один вызов из очереди не получил ответа"),
    ("{} is {}, but must be {}", "{} = {}, а должно быть {}"),
    (
        "{} E offered to {} agents without impatience: the queue grows without end; more than {} agents are needed, or a model with patience",
        "поступает {} Эрл на {} операторов при бесконечном терпении: очередь растёт без конца; нужно больше {} операторов или модель с нетерпением",
    ),
    (
        "no number of servers up to {} reaches the target",
        "никакое число обслуживающих мест до {} не достигает цели",
    ),
    ("simulated without a wire: {} had no effect", "моделирование без сети; не действовало: {}"),
    (
        "the call records and the PBX's books are those of the first of {} replications",
        "записи вызовов и журналы АТС относятся к первому из прогонов, всего их {}",
    ),
    (
        "the pace was changed by hand: the plan was not played as drawn",
        "темп меняли вручную: план воспроизведён не так, как задуман",
    ),
    (
        "stopped: callers wait for what never happens, as phones that nobody answers or a menu that leads to itself; \
         give them `patience`, or the scenario a `drain`",
        "остановлено: абоненты ждут того, чего не случится (телефоны, на которые никто не отвечает, или меню, которое \
         ведёт само в себя); задайте им терпение `patience` или сценарию `drain`",
    ),
    (
        "callers whom the queue does not keep go elsewhere",
        "кого очередь не удержала, те уходят в другое место",
    ),
    (
        "callers leave the queue for the promise of a call",
        "абоненты уходят из очереди за обещанием перезвонить",
    ),
    ("the PBX's processor was not measured: {}", "процессор АТС не измерен: {}"),
    (
        "the PBX's processor time could not be read to the end: {}",
        "процессорное время АТС не удалось читать до конца: {}",
    ),
    (
        "{} set-ups in {} seconds with any are too few: {} in {} are the least",
        "{} установлений вызова за {} с, в которые они были, — слишком мало: нужно не меньше {} за {} с",
    ),
    (
        "processor time does not grow with set-ups: the load was too even or too light",
        "процессорное время не растёт с числом установлений: нагрузка была слишком ровной или слишком малой",
    ),
    ("nobody asked to be called back", "никто не просил перезвонить"),
    ("stopped by the gate {}", "остановлено условием {}"),
    (
        "stopped by the time limit: the same seed gives other figures on another machine",
        "остановлено по времени: на другой машине то же начальное число даст другие показатели",
    ),
    ("--precision '{}' is reached: {} by {} replications", "--precision '{}' достигнута: {}, прогонов: {}"),
    (
        "--precision '{}' is not reached: {} by {} replications; about {} would do (--max-replications)",
        "--precision '{}' не достигнута: {}, прогонов: {}; хватило бы примерно {} (--max-replications)",
    ),
    (
        "--precision '{}' can't be told by {} replications: {} are the least",
        "--precision '{}': по {} прогонам точность не определить, их нужно не меньше {}",
    ),
    (
        "interrupted: the figures are of the simulated time until then",
        "прервано: показатели относятся к тому, что успели смоделировать",
    ),
    (
        "interrupted: the figures are those of --replications {}",
        "прервано: показатели — те же, что при --replications {}",
    ),
    ("Poisson arrivals", "пуассоновский поток вызовов"),
    ("a refused caller does not dial again", "получивший отказ абонент не перезванивает"),
];

/// The sentence in `language`, if its pattern is known; else as it is.
#[must_use]
pub fn translate(sentence: &str, language: Language) -> String {
    if language == Language::English {
        return sentence.to_owned();
    }
    let translated = SENTENCES.iter().chain(REASONS).chain(FINDINGS).find_map(|(english, russian)| {
        let values = matched(sentence, english)?;
        // A sentence may hold another one as its reason: `the books don't agree: call 7 is …`.
        let values: Vec<String> = values.into_iter().map(|value| translate(value, language)).collect();
        Some(insert(russian, &values))
    });
    translated.unwrap_or_else(|| decimal(sentence, language))
}

/// A number with a decimal point as the language writes it; anything else as it is.
fn decimal(text: &str, language: Language) -> String {
    let is_number = text.split_once('.').is_some_and(|(whole, fraction)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction)
    });
    if is_number { language.digits(text) } else { text.to_owned() }
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

fn insert(pattern: &str, values: &[String]) -> String {
    let mut values = values.iter();
    let mut pieces = pattern.split("{}");
    let mut sentence = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        sentence.push_str(values.next().map(String::as_str).unwrap_or_default());
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
        assert_eq!(insert("{} из {}", &["12".to_owned(), "30".to_owned()]), "12 из 30");
    }

    #[test]
    fn both_languages_have_the_same_number_of_holes() {
        for (english, russian) in SENTENCES.iter().chain(REASONS).chain(FINDINGS) {
            assert_eq!(english.matches("{}").count(), russian.matches("{}").count(), "{english}");
        }
    }
}
