//! What `check` finds in a scenario, in English and Russian: rows of `sentences`. Keys and values to write stay as they are.

/// English with `{}` for what varies, and the same in Russian.
pub(super) const FINDINGS: &[(&str, &str)] = &[
    (
        "neither `duration` nor `calls` is given: enough for `pbx`, not for `run`",
        "не задано ни `duration`, ни `calls`: для `pbx` этого достаточно, для `run` — нет",
    ),
    ("only the first {} calls were counted", "посчитаны только первые {} вызовов"),
    (
        "nobody calls: raise traffic.profile or make the run longer",
        "никто не звонит: увеличьте traffic.profile или длительность",
    ),
    (
        "`run` takes people who are turned away to be busy for as long as their talk would have lasted; `simulate` frees them at once, as Engset's model does",
        "в `run` получившие отказ заняты столько, сколько длился бы их разговор; в `simulate` они свободны сразу, как в модели Энгсета",
    ),
    (
        "a talk lasts {} ms on the wire, near the delay of signalling, which adds to the load: lower time_scale below {}",
        "разговор длится в сети {} мс, это близко к задержке сигнализации, и она добавляет нагрузку: уменьшите time_scale, чтобы он был ниже {}",
    ),
    (
        "{} calls per second on the wire: if the generator can't keep up the run is invalid (exit code 4); lower time_scale",
        "в сети {} выз./с: если генератор не успеет, испытание недействительно (код 4); уменьшите time_scale",
    ),
    (
        "the PBX starts empty and warm_up is short: losses come out too low; write warm_up: {} or more",
        "АТС вначале пуста, а разогрев короток, поэтому потери окажутся занижены; напишите warm_up: {} или больше",
    ),
    (
        "{} calls at once in the mean of the peak, but max_concurrent is {}: raise it",
        "в час пик в среднем {} вызовов одновременно, а max_concurrent — {}: увеличьте его",
    ),
    ("decided by the measured value alone", "решает само измеренное значение"),
    ("no measured call: stays undecided", "ни одного измеряемого вызова: вывода не будет"),
    (
        "about {} calls decide it unless the measured ratio lies between {} and {}",
        "около {} вызовов дадут вывод, если измеренная доля не окажется между {} и {}",
    ),
    (
        "menu {} lies {} levels deep; callers put up with {}: join it to the one above",
        "меню {} лежит на уровне {}, абоненты терпят не больше {}: объедините его с вышестоящим",
    ),
    (
        "menu {}: 0 leads to no person; add \"0\": {queue: …}",
        "меню {}: по клавише 0 не попасть к человеку; добавьте \"0\": {queue: …}",
    ),
    (
        "menu {}: key {} ends the call without an answer; lead it to a queue or a menu",
        "меню {}: клавиша {} завершает вызов без ответа; ведите её в очередь или меню",
    ),
    (
        "menu {} hangs up on callers who press nothing useful; write otherwise: {queue: …}",
        "меню {} кладёт трубку, если абонент не нажал ничего подходящего; напишите otherwise: {queue: …}",
    ),
    (
        "menu {} is led to by no number and no key; remove it",
        "в меню {} не ведут ни номер, ни клавиша; уберите его",
    ),
    (
        "queues send callers round in a circle, {}: after {} queues a caller is refused; lead one of them to voicemail or callback",
        "очереди передают абонента по кругу, {}: после очередей числом {} он получит отказ; ведите одну из них на голосовую почту (voicemail) или обратный звонок (callback)",
    ),
    (
        "agents send callers round in a circle, {}: after {} transfers the agent who has the caller talks on; lower a share, or lead one of them elsewhere",
        "операторы передают абонента по кругу, {}: после передач числом {} разговор продолжает тот оператор, у которого абонент; уменьшите share или ведите одну из передач в другое место",
    ),
    ("refuse {}", "отказ {}"),
    ("refuse in silence", "молчание вместо отказа"),
    ("answer, then hang up", "ответ, затем отбой"),
    ("{} %", "{} %"),
];
