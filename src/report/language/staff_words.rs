//! Words of staffing plans.

use super::messages;

messages! {
    /// Sentences, columns and legends of a staffing plan. `{name}` marks what is filled in.
    StaffWords {
        kind: "Staffing plan", "План персонала";
        one_needed: "{agents} agents answer {target} ({definition}) of {erlangs} E ({model}); {scheduled} on the roster at {shrinkage} shrinkage.",
                    "Нужно операторов: {agents}. Цель {target} ({definition}), нагрузка {erlangs} эрл, модель {model}; в штате при отсутствиях {shrinkage}: {scheduled}.";
        of_offered: "of_offered", "от поступивших";
        of_answered: "of_answered", "от отвеченных";
        of_virtual: "virtual", "при бесконечном терпении";
        of_without_short: "excl_short_abandons", "без быстро ушедших";
        named: "{own}", "{own}, {name}";
        one_names: "", "Уровни обслуживания и их имена для --definition: {names}.";
        one_agents: "agents", "операторы";
        one_wait: "wait", "ожидание";
        one_seconds: "{seconds} s", "{seconds} с";
        one_no_end: "no end", "без конца";
        one_abandoned: "abandoned", "не дождались";
        one_occupancy: "occupancy", "загрузка";
        one_is_needed: "<- needed", "<- нужно";
        one_chance: "With a busyness cv of {cv} the target is met on the day with a chance of {met}; {agents} agents meet it with {chance}.",
                    "Если день бывает напряжённее или спокойнее прогноза (cv {cv}), цель достигается за день с вероятностью {met}; с вероятностью {chance} её достигает такое число операторов: {agents}.";
        one_source: "{file}: {rate} calls an hour ask for the queue{peak}; handle time {handle} s; {patience}. Redials are part of the load.",
                    "{file}: в очередь поступает {rate} вызовов в час{peak}; время обработки {handle} с; {patience}. Повторные звонки входят в нагрузку.";
        one_source_redials: "{file}: {rate} callers an hour ask for the queue{peak}; handle time {handle} s; {patience}. Of those who give up {redial} dial again, on top of that.",
                    "{file}: в очередь обращается {rate} абонентов в час{peak}; время обработки {handle} с; {patience}. Из не дождавшихся {redial} звонят снова, сверх этого.";
        one_patience_given: "patience {patience} as given", "терпение {patience}, как указано";
        one_patience_seen: "mean patience {mean} s (callers waited {waited} s in all, {abandoned} gave up)",
                           "среднее терпение {mean} с (всего ждали {waited} с, не дождались: {abandoned})";
        one_nobody_left: "nobody gave up", "дождались все";
        one_peak: ", raised by {factor} to the busiest planned rate", " (с множителем {factor} до наибольшей плановой интенсивности)";
        headline: "{agents} agents at the busiest time, {hours} agent-hours: {target} ({definition}), {model}.",
                  "В самое напряжённое время нужно операторов: {agents}, всего человеко-часов: {hours}. Цель: {target} ({definition}), модель {model}.";
        target: "{level} within {threshold}", "{level} за {threshold}";
        confirmed: "Simulation confirms every interval: {days} days a round, rounds: {rounds}.",
                   "Моделирование подтверждает каждый интервал: дней в каждой серии {days}, серий {rounds}.";
        not_confirmed: "Simulation does not confirm every interval after {rounds} rounds of {days} days: see the table.",
                       "Моделирование подтверждает не каждый интервал (серий {rounds}, дней в серии {days}): см. таблицу.";
        confirmed_but: "Simulation confirms every interval with calls enough: {days} days a round, rounds: {rounds}. Intervals with too few calls in so many days to confirm anything, judged by their value: {few}; more --days would tell.",
                       "Моделирование подтверждает каждый интервал, в котором достаточно вызовов: дней в каждой серии {days}, серий {rounds}. Интервалов, где за столько дней вызовов слишком мало для доказательства и судить приходится по значению: {few}; уточнить их можно, увеличив --days.";
        finding_too_few: "met, of too few calls to be certain", "цель достигнута, но вызовов мало для уверенности";
        formula_only: "By formula alone: no simulation was asked for.", "Только по формулам, без моделирования.";
        one_fewer: "One agent fewer at {time} ({agents}) gives {level} [{low}, {high}]: {finding}.",
                   "На одного оператора меньше в {time} ({agents}) даёт {level} [{low}; {high}]: {finding}.";
        finding_confirmed: "still met", "цель всё ещё достигнута";
        finding_undecided: "not certain", "не доказано";
        finding_refuted: "missed", "цель не достигнута";
        chance: "On days that are busier or quieter (cv {cv}) the day's own service level meets the target with a chance of {met} [{low}, {high}], {days} simulated days.",
                "Если дни бывают напряжённее или спокойнее прогноза (cv {cv}), уровень обслуживания за день достигает цели с вероятностью {met} [{low}; {high}], смоделировано дней: {days}.";
        wanted: "For a chance of {chance}: staff for {factor} of the forecast, at most {agents} agents, {hours} agent-hours (simulated: {met}).",
                "Для вероятности {chance} персонал рассчитывается на {factor} от прогноза: не более {agents} операторов одновременно, {hours} человеко-часов (моделирование: {met}).";
        spread: "Service level of a day: {q5} to {q95} on nine days of ten, median {q50}.",
                "Уровень обслуживания за день: от {q5} до {q95} в девяти днях из десяти, медиана {q50}.";
        changes: "What the simulation changed", "Что изменило моделирование";
        change: "{time}: {from} → {to} (service level with {from}: {level} [{low}, {high}], {why})",
                "{time}: {from} → {to} (уровень обслуживания при {from}: {level} [{low}; {high}], {why})";
        change_nobody: "{time}: {from} → {to} ({why})", "{time}: {from} → {to} ({why})";
        why_missed: "below the target", "ниже цели";
        why_uncertain: "not certain: the interval reaches below the target", "не доказано: интервал заходит ниже цели";
        why_other: "another of the targets is not certain to be met", "не доказано, что достигнута другая из целей";
        why_waiting: "callers from before still wait", "ещё ждут позвонившие раньше";
        why_idle: "nobody calls, nobody is left from before", "никто не звонит, позвонивших раньше не осталось";
        why_fewer: "one fewer is enough", "достаточно на одного меньше";
        no_changes: "nothing: the formula's numbers were right", "ничего: числа по формуле верны";
        intervals: "Interval by interval", "По интервалам";
        column_time: "From", "С";
        column_calls: "Calls", "Вызовы";
        column_erlangs: "Erlangs", "Эрланги";
        column_stationary: "stationary", "стационарно";
        column_lagged: "lagged", "с запаздыванием";
        column_mol: "MOL", "MOL";
        column_agents: "Agents", "Операторы";
        column_scheduled: "On the payroll", "В штате";
        column_fewer: "Formula, one fewer, %", "Формула, −1, %";
        column_formula: "Formula, %", "Формула, %";
        column_more: "Formula, one more, %", "Формула, +1, %";
        column_simulated: "Simulated, %", "Модель, %";
        column_interval: "95 % interval", "95 % интервал";
        column_asa: "Wait, s", "Ожидание, с";
        column_occupancy: "Occupancy, %", "Загрузка, %";
        ways: "Four ways to plan", "Четыре способа планировать";
        way: "Way", "Способ";
        way_peak: "for the peak, all the time", "по пику, всё время";
        way_mean: "for the mean load, all the time", "по средней нагрузке, всё время";
        way_formula: "by interval, formula", "по интервалам, формула";
        way_recommended: "by interval, recommended", "по интервалам, рекомендация";
        column_most: "Most agents", "Наибольшее число";
        column_hours: "Agent-hours", "Человеко-часы";
        column_paid: "Paid hours", "Оплаченные часы";
        column_cost: "Cost", "Стоимость";
        column_met: "Intervals met by formula", "Интервалов с целью по формуле";
        roster: "Shifts", "Смены";
        roster_sentence: "{heads} shifts, {people} people; required {required} h, rostered {rostered} h; no roster by these rules takes less than {bound} h: gap {gap}.",
                         "Смен: {heads}, людей: {people}; требуется {required} ч, в графике {rostered} ч; меньше {bound} ч по этим правилам не бывает: разрыв {gap}.";
        roster_away: "With {shrinkage} of them away there are as many as each interval needs: the roster covers the column “On the payroll”.",
                     "Если {shrinkage} из них отсутствует, на месте столько, сколько нужно в каждом интервале: график покрывает столбец «В штате».";
        legend_required_of_staff: "required, those away included", "требуется с учётом отсутствующих";
        column_shift: "Shift", "Смена";
        column_break: "Break", "Перерыв";
        column_count: "How many", "Сколько";
        column_shift_hours: "Paid hours each", "Оплаченных часов";
        who: "Who works when", "Кто когда работает";
        person: "Person {n}", "Сотрудник {n}";

        chart_staffing: "Agents through the day", "Операторы в течение дня";
        chart_level: "Service level by interval", "Уровень обслуживания по интервалам";
        chart_roster: "Requirement and roster", "Потребность и график смен";
        chart_cost: "Service level against agents in the busiest interval", "Уровень обслуживания и число операторов в самом напряжённом интервале";
        axis_time: "Time of day, h", "Время суток, ч";
        axis_agents: "Agents", "Операторы";
        level_of: "Service level within {threshold} ({definition}), %", "Уровень обслуживания за {threshold} ({definition}), %";
        all_levels: "All service levels: within {threshold}, {definition}.", "Все уровни обслуживания: за {threshold}, {definition}.";
        legend_recommended: "recommended", "рекомендация";
        legend_stationary: "stationary formula", "стационарная формула";
        legend_mol: "modified offered load", "модифицированная нагрузка (MOL)";
        legend_simulated: "simulated, 95 % interval", "модель, 95 % интервал";
        legend_formula: "formula", "формула";
        legend_required: "required", "требуется";
        legend_roster: "on duty by the roster", "на смене по графику";
        target_line: "target: {target}", "цель: {target}";
        notes: "Notes", "Примечания";

        curve: "Service level and money against agents", "Уровень обслуживания и деньги в зависимости от числа операторов";
        curve_at: "The interval with the most work, from {time}; money per hour.",
                  "Интервал с наибольшей нагрузкой, с {time}; деньги за час.";
        curve_cheapest: "Agents and lost calls together cost least with {cheapest} agents; the target needs {needed}.",
                        "Операторы и потерянные вызовы вместе обходятся дешевле всего при числе операторов {cheapest}; для цели нужно {needed}.";
        curve_cheapest_outside: "Agents and lost calls together cost least with {cheapest} agents, outside the {from} to {to} shown; the target needs {needed}.",
                                "Операторы и потерянные вызовы вместе обходятся дешевле всего при числе операторов {cheapest}, вне показанных {from}–{to}; для цели нужно {needed}.";
        column_abandoned: "Gave up, %", "Не дождались, %";
        cost_agents: "agents", "операторы";
        cost_lost: "lost calls", "потерянные вызовы";
        cost_total: "together", "вместе";
        axis_cost: "Money per hour, {currency}", "Деньги за час, {currency}";
        needed_at: "needed: {n}", "нужно: {n}";
        cheapest_at: "cheapest: {n}", "дешевле всего: {n}";
        both_at: "needed and cheapest: {n}", "нужно и дешевле всего: {n}";
        chart_curve_level: "Service level against agents", "Уровень обслуживания и число операторов";
        chart_curve_cost: "Cost against agents", "Стоимость и число операторов";
    }
}
