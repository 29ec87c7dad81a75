//! Titles, axes, captions and legends of charts.

use super::messages;

messages! {
    /// Words in and around charts. `{name}` marks what is filled in.
    ChartWords {
        unit_days: "days", "сут.";
        time_from_start: "Time from the start", "Время от начала";
        column_time: "From, s", "Начало, с";
        empty: "No chart: {reason}", "Графика нет: {reason}";
        numbers: "The numbers of this chart", "Данные этого графика";
        interval_note: "Whiskers: 95 % interval, {method}, n = {n}.",
                       "Усы: 95-процентный интервал, {method}, n = {n}.";

        outcomes_title: "How the calls ended", "Чем закончились вызовы";
        outcomes_axis: "Calls", "Вызовы";
        outcomes_caption: "Every offered call stands in exactly one bar; the bars add up to {offered}.",
                          "Каждый поступивший вызов учтён ровно один раз; сумма столбцов — {offered}.";
        no_calls: "no call was offered", "не поступило ни одного вызова";

        concurrency_title: "Channels in use", "Занятые каналы";
        concurrency_axis: "Channels", "Каналы";
        concurrency_mean: "mean of the slice", "среднее за интервал";
        concurrency_peak: "peak of the slice", "максимум за интервал";
        concurrency_limit: "limit: {channels}", "предел: {channels}";
        concurrency_caption: "Slices of {slice}. At most {peak} in use at once.",
                             "Интервалы по {slice}. Наибольшее одновременное занятие: {peak}.";
        warm_up_ends: "warm-up ends", "конец разогрева";
        loss_at_peak: "The curve is for the busiest planned rate, the mark for the whole measured time: it may lie lower.",
                      "Кривая построена для самого напряжённого времени плана, отметка — для всего измерения: она может лежать ниже.";
        level_at_peak: "The curve is for the busiest planned rate, the mark for the whole measured time: it may lie higher.",
                       "Кривая построена для самого напряжённого времени плана, отметка — для всего измерения: она может лежать выше.";
        concurrency_far: "The limit of {channels} lies far above and is not drawn.",
                         "Предел ({channels}) намного выше и на графике не показан.";
        no_slices: "the result holds no figures over time", "в результате нет данных по времени";

        offered_title: "Offered and carried calls", "Поступившие и обслуженные вызовы";
        offered_axis: "Calls per {slice}", "Вызовов за {slice}";
        offered_offered: "offered", "поступило";
        offered_completed: "completed", "обслужено";
        offered_technical: "lost for technical reasons", "потеряно по техническим причинам";
        offered_plan: "plan", "план";
        offered_band: "plan ± 2√n", "план ± 2√n";
        offered_replications: "Calls and plan are those of all {n} replications together.",
                              "Вызовы и план — сумма по всем прогонам, их {n}.";
        offered_no_plan: "Calls by slice; how many should come in each was not planned.",
                         "Вызовы по интервалам; сколько их должно прийти в каждом, план не задаёт.";
        offered_caption: "Random arrivals leave the band around the plan in about 5 % of slices; redials come on top of the plan.",
                         "При случайном потоке за пределы полосы вокруг плана выходит около 5 % интервалов; повторные вызовы добавляются к плану.";

        loss_title: "Loss against channels", "Потери в зависимости от числа каналов";
        loss_x: "Channels", "Каналы";
        loss_y: "Blocking, %", "Вероятность потерь, %";
        loss_curve: "{model} at {erlangs}", "{model}, нагрузка {erlangs}";
        loss_none: "Measured: no loss, so at most {high} (drawn at the bottom, a logarithm has no zero).", "Измерено: потерь нет, то есть не более {high} (отмечено у нижнего края: логарифма нуля нет).";
        loss_measured: "measured", "измерено";
        target: "target {target}", "цель {target}";
        now: "now {n}", "сейчас {n}";
        needed: "needed {n}", "нужно {n}";
        now_is_needed: "now {n}, enough", "сейчас {n}, достаточно";
        no_advice: "nothing is advised, for the reason that the report gives", "рекомендаций нет, причина указана в отчёте";

        level_title: "Service level against agents", "Уровень обслуживания в зависимости от числа операторов";
        level_x: "Agents", "Операторы";
        level_y: "Service level within {threshold}, %", "Уровень обслуживания за {threshold}, %";
        level_asa: "Mean wait, s", "Среднее ожидание, с";
        level_occupancy: "Occupancy, %", "Загрузка, %";

        delay_title: "Post-dial delay: percentiles", "Задержка после набора: перцентили";
        delay_x: "Percentile of calls, %", "Перцентиль вызовов, %";
        delay_y: "Post-dial delay, ms", "Задержка после набора, мс";
        delay_caption: "Each further nine takes the same room. Wall time; {n} calls.",
                       "Каждая следующая девятка занимает столько же места. Реальное время; вызовов: {n}.";
        delay_time_title: "Post-dial delay over time", "Задержка после набора во времени";
        delay_median: "median", "медиана";
        delay_p95: "95th percentile", "95-й перцентиль";
        no_delay: "no post-dial delay was measured; a simulation without a wire has none",
                  "задержка после набора не измерена; в моделировании без сети её нет";
        no_delay_time: "no slice holds a post-dial delay", "ни в одном интервале нет задержки после набора";
        delay_time_caption: "Slices of {slice}; wall time.", "Интервалы по {slice}; реальное время.";

        funnel_title: "Where callers were lost", "Где потеряны абоненты";
        funnel_lost: "{lost} lost on the way", "потеряно по пути: {lost}";
        funnel_lost_column: "Lost since the step before", "Потеряно после предыдущего этапа";
        funnel_stage: "Stage", "Этап";
        funnel_caption: "Calls that got to each stage, and how many of the stage above were lost on the way.",
                        "Сколько вызовов дошло до каждого этапа и сколько потеряно по пути от предыдущего.";

        growth_trunks_title: "If calls grow and the channels stay", "Если вызовов станет больше, а каналов — нет";
        growth_agents_title: "If calls grow and the staff stays", "Если вызовов станет больше, а операторов — нет";
        growth_x: "Growth of the load", "Рост нагрузки";
        growth_trunks_y: "Blocking with {now}, %", "Вероятность потерь: {now}, %";
        growth_agents_y: "Service level within {threshold} with {now}, %", "Уровень обслуживания за {threshold}: {now}, %";
        growth_label: "need {n}", "нужно {n}";
        growth_trunks_caption: "Bars: loss with the channels of today. Above them: the number that meets the target.",
                               "Столбцы: потери при нынешнем числе каналов. Над ними: число каналов, достаточное для цели.";
        growth_agents_caption: "Bars: service level with the staff of today. Above them: the number that meets the target.",
                               "Столбцы: уровень обслуживания при нынешнем штате. Над ними: число операторов, достаточное для цели.";
        growth_needed: "Needed", "Нужно";
        growth_load: "Load, Erl", "Нагрузка, Эрл";

        measured_title: "Measured loss against Erlang B, {channels}", "Измеренные потери и формула Erlang B, {channels}";
        measured_x: "Offered load, Erl", "Поступающая нагрузка, Эрл";
        measured_caption: "Each mark is a run with its own 95 % interval; marks of one load are drawn side by side.",
                          "Каждая отметка — отдельное испытание со своим 95-процентным интервалом; отметки одной нагрузки разведены в стороны.";
        measured_run: "Run", "Испытание";
        measured_low: "Low, %", "Нижняя граница, %";
        measured_high: "High, %", "Верхняя граница, %";
        measured_formula: "Erlang B, %", "Erlang B, %";
    }
}
