//! Words about people and hours, and of the charts about queues and weeks.

use super::messages;

messages! {
    /// Tables, sentences and charts of classes, agents, hours, deviations, waits and sensitivity.
    HourWords {
        days: "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Пн|Вт|Ср|Чт|Пт|Сб|Вс";
        people: "Callers by class", "Абоненты по группам";
        class: "Class", "Группа";
        class_share: "Share of callers", "Доля абонентов";
        class_offered: "Calls", "Вызовы";
        class_completed: "Completed", "Обслужено";
        class_human: "Lost through people", "Потери из-за людей";
        class_technical: "Technical", "Технические";
        class_repeats: "Repeat calls", "Повторные обращения";
        class_lost: "Never served", "Так и не обслужены";
        class_talk: "Mean talk", "Средний разговор";
        class_wait: "Mean wait", "Среднее ожидание";
        class_value: "Value lost", "Потерянная ценность";
        classes_note: "Shares are of first attempts; their intervals hold for all classes at once (Goodman). A repeat call comes from a caller who was served before.",
                      "Доли — от первых попыток; интервалы верны для всех групп сразу (Гудман). Повторное обращение — вызов абонента, которого уже обслужили.";
        calls_per_hour: "Calls/h", "Вызовов в час";
        longest_busy: "Longest without rest", "Дольше всего без отдыха";
        agents_warned: "⚠: occupancy over 85 %, or more than an hour at work without a pause of half a minute. People tire, err and leave.",
                       "⚠: загрузка выше 85 % или больше часа работы без паузы хотя бы в полминуты. Люди устают, ошибаются и уходят.";
        hours: "When the calls come", "Когда звонят";
        busy_clock: "Busiest hour of the clock: {day} {start}, {calls} calls.", "Самый занятый час по часам: {day} {start}, вызовов: {calls}.";
        busy_sliding: "Busiest sixty minutes: {day} from {start}, {calls} calls.", "Самые занятые шестьдесят минут: {day} с {start}, вызовов: {calls}.";
        shift: "Eight hours from {start} to {end} hold {share} of a mean day's calls: put the main shift there.",
               "На восемь часов с {start} до {end} приходится {share} вызовов среднего дня: основная смена нужна в это время.";
        deviations: "Deviations", "Отклонения";
        deviation_gate: "Condition", "Условие";
        deviation_from: "From", "С";
        deviation_until: "Until", "До";
        deviation_worst: "Worst", "Худшее значение";
        deviation_recurs: "The limit was violated again after quiet time: this is no accident, change something.",
                          "Условие нарушено повторно после спокойного времени: это не случайность, нужны перемены.";
        deviation_single: "One deviation and no second: watch it, change nothing yet.",
                          "Отклонение одно и не повторилось: наблюдайте, менять пока нечего.";

        queue_title: "Callers waiting", "Ожидающие в очереди";
        queue_axis: "Callers in the queue", "Абоненты в очереди";
        queue_mean: "mean of the slice", "среднее за интервал";
        queue_peak: "longest of the slice", "наибольшая длина за интервал";
        queue_caption: "Slices of {slice}. The queue was at most {peak} long.", "Интервалы по {slice}. Наибольшая длина очереди: {peak}.";
        waits_title: "How long callers wait", "Сколько ждут абоненты";
        waits_x: "Time until an answer or loss, s", "Время до ответа или потери, с";
        waits_y: "Callers who waited no longer, %", "Доля ждавших не дольше, %";
        waits_share: "share of callers", "доля абонентов";
        waits_quantiles: "half, four of five, nineteen of twenty", "половина, четверо из пяти, девятнадцать из двадцати";
        waits_caption: "Half of {n} callers waited at most {p50}, four of five at most {p80}, nineteen of twenty at most {p95}; those who gave up included.",
                       "Из {n} абонентов половина ждала не больше {p50}, четверо из пяти — не больше {p80}, девятнадцать из двадцати — не больше {p95}, включая не дождавшихся.";
        heat_offered_title: "Calls by hour of the week", "Вызовы по часам недели";
        heat_lost_title: "Lost calls by hour of the week", "Потерянные вызовы по часам недели";
        heat_x: "Hour of the day, h", "Час суток, ч";
        heat_y: "Day of the week, Mon–Sun", "День недели, Пн–Вс";
        heat_offered_caption: "Darker is more: up to {most} calls an hour. Empty hours were not measured.",
                              "Чем темнее, тем больше: до {most} вызовов в час. Пустые часы не измерены.";
        heat_lost_caption: "Darker is more: up to {most} calls of an hour were not completed, for whatever reason.",
                           "Чем темнее, тем больше: до {most} вызовов в час не обслужено по любой причине.";
        heat_hour: "Hour", "Час";
        sensitivity_title: "What a tenth more or less does", "Что меняет десятая часть";
        sensitivity_blocking: "Blocking, %", "Вероятность потерь, %";
        sensitivity_level: "Service level within {threshold}, %", "Уровень обслуживания за {threshold}, %";
        sensitivity_volume: "Calls ±10 %", "Вызовы ±10 %";
        sensitivity_talk: "Talk time ±10 %", "Разговор ±10 %";
        sensitivity_less: "a tenth less", "на десятую меньше";
        sensitivity_more: "a tenth more", "на десятую больше";
        sensitivity_base: "measured load", "измеренная нагрузка";
        sensitivity_input: "What changes", "Что меняется";
        sensitivity_caption_peak: "By {model} at the measured load, raised to the busiest planned rate ({base}).",
                                  "{model} при измеренной нагрузке, пересчитанной на самое напряжённое время плана ({base}).";
        sensitivity_other_limit: "{model} knows the limit on channels or on places in the queue, and takes redials as they were measured; the number of agents is advised by another model without such a limit ({other}), so that the figures for the same agents differ a little.",
                                 "{model} учитывает предел числа каналов или мест в очереди, а повторные вызовы берёт как измеренные; нужное число операторов рассчитано по другой модели, без такого предела ({other}), поэтому значения при том же числе операторов немного расходятся.";
        sensitivity_other: "Redials are taken as they were measured; the number of agents is advised by another model ({other}), so that the figures for the same agents differ a little.",
                           "Повторные вызовы взяты как измеренные; нужное число операторов рассчитано по другой модели ({other}), поэтому значения при том же числе операторов немного расходятся.";
        sensitivity_caption: "By {model} at the load that was measured ({base}).", "{model} при измеренной нагрузке ({base}).";
    }
}
