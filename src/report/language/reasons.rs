//! Reasons why wire, simulation and formula differ, in English and Russian: rows of `sentences`.

/// English with `{}` for what varies, and the same in Russian.
pub(super) const REASONS: &[(&str, &str)] = &[
    (
        "no assumption of the formula fails here: of twenty 95 % intervals one misses the truth by chance",
        "ни одно допущение формулы не нарушено: из двадцати 95-процентных интервалов один случайно не накрывает истину",
    ),
    (
        "calls arrive evenly spaced; the formula assumes a Poisson process and says more loss",
        "вызовы поступают через равные промежутки; формула предполагает пуассоновский поток и даёт больше потерь",
    ),
    (
        "calls arrive in bursts; the formula assumes a Poisson process and says less loss",
        "вызовы поступают всплесками; формула предполагает пуассоновский поток и даёт меньше потерь",
    ),
    (
        "a finite number of people calls: who talks does not call; the formula assumes very many and says more loss",
        "звонит конечное число людей: кто разговаривает, тот не звонит; формула предполагает очень большое и даёт больше потерь",
    ),
    (
        "the calls are a recorded list; the formula assumes a Poisson process",
        "вызовы взяты из записанного списка; формула предполагает пуассоновский поток",
    ),
    (
        "the planned rate rises to {} times its mean; the formula takes the mean for the whole time and says less loss",
        "интенсивность по плану поднимается до {} от средней; формула считает её постоянной и даёт меньше потерь",
    ),
    (
        "{} % of the load are redials, which come back while the system is still full; the formula takes them for fresh calls and says less loss",
        "{} % нагрузки — повторные вызовы, которые возвращаются, пока система ещё заполнена; формула считает их новыми и даёт меньше потерь",
    ),
    (
        "the limit {} refused {} calls; the formula knows only circuits",
        "ограничение {} отклонило вызовов: {}; формула знает только каналы",
    ),
    (
        "an agent is busy {} s a call by the scenario, with a coefficient of variation of {}; the formula assumes an exponential time (1.00) with the {} s that were measured",
        "по сценарию оператор занят {} с на вызов при коэффициенте вариации {}; формула предполагает экспоненциальное время (1,00) с измеренным средним {} с",
    ),
    (
        "an agent is busy {} s a call by the scenario, with a coefficient of variation of {}; the formula assumes an exponential time (1.00)",
        "по сценарию оператор занят {} с на вызов при коэффициенте вариации {}; формула предполагает экспоненциальное время (1,00)",
    ),
    (
        "the formula lets an agent in wrap-up hold a circuit, which is free by then, and says more loss: {} % blocking, {} % without wrap-up",
        "в формуле оператор занимает канал и при завершающей работе, когда канал уже свободен, и потерь больше: {} %, а без завершающей работы {} %",
    ),
    (
        "patience has a coefficient of variation of {}; the formula assumes an exponential one (1.00)",
        "коэффициент вариации терпения — {}; формула предполагает экспоненциальное терпение (1,00)",
    ),
    (
        "the queue sends callers away after {} s; the formula lets them wait",
        "очередь отпускает абонента через {} с; формула даёт ему ждать дальше",
    ),
    (
        "agents let {} % of the offers ring out; the formula's agents always answer",
        "операторы не отвечают на {} % звонков; в формуле они отвечают всегда",
    ),
    (
        "the number of agents varies over time; the formula's is constant",
        "число операторов меняется со временем; в формуле оно постоянно",
    ),
    (
        "the measured time is only {} mean holding times long; the formula is for the long run",
        "измерение длилось лишь {} средних времён занятия; формула описывает установившийся режим",
    ),
    (
        "the warm-up of {} mean holding times leaves the start, when all is empty, in the figures; the formula is for the long run",
        "разогрев в {} средних времени занятия оставляет в показателях начало, когда всё свободно; формула описывает установившийся режим",
    ),
    ("the two played other calls: the seeds are {} and {}", "вызовы были разными: начальные числа {} и {}"),
    ("the call records {} are missing", "нет записей вызовов {}"),
    ("the call records {} cannot be read: {}", "записи вызовов {} не читаются: {}"),
    (
        "the call records {} have {} measured attempts and the result {}",
        "в записях вызовов {} измеренных попыток {}, а в результате {}",
    ),
    (
        "more than {} attempts stand in one of the two lists of calls only",
        "больше {} попыток есть только в одном из двух списков вызовов",
    ),
    ("a list of calls has attempt {} of call {} twice", "в списке вызовов дважды есть попытка {} вызова {}"),
    ("the two lasted differently long", "испытание и моделирование длились разное время"),
    (
        "the calls on the wire do not follow the planned process (Kolmogorov-Smirnov p = {})",
        "реальные вызовы отклоняются от намеченного потока (критерий Колмогорова — Смирнова, p = {})",
    ),
    ("the generator itself spoilt {} calls on the wire", "генератор сам испортил реальных вызовов: {}"),
    (
        "the wire's target is not the bundled PBX: the simulation plays what the scenario believes it to be",
        "испытывалась не встроенная АТС: моделирование исходит из её описания в сценарии",
    ),
    (
        "{} calls had no usable sound, which virtual time does not carry",
        "вызовов без пригодного звука: {}; в виртуальном времени звука нет",
    ),
    (
        "signalling takes {} ms (median), which time_scale {} makes {} s of people's time: {} % of a mean holding time; virtual time has none",
        "сигнализация занимает {} мс (медиана), что при time_scale {} даёт {} с времени людей: {} % среднего времени занятия; в виртуальном времени её нет",
    ),
    (
        "1 % of the calls left over {} ms behind their time, which time_scale {} makes {} s of people's time",
        "1 % вызовов начат более чем на {} мс позже намеченного, что при time_scale {} даёт {} с времени людей",
    ),
];
