//! Headings and sentences of the page, the terminal summary and the Markdown summary.

use super::messages;

messages! {
    /// Headings, labels and sentences of a report. `{name}` marks what is filled in.
    PageWords {
        gates: "Gates", "Условия приёмки";
        gate_condition: "Condition", "Условие";
        gate_value: "Measured, 95 % interval", "Измерено, 95-процентный интервал";
        gate_written_at: "Written at", "Где записано";
        column_outcome: "Outcome", "Исход";
        column_calls: "Calls", "Вызовы";
        outcomes: "What happened to the calls", "Что произошло с вызовами";
        buy: "What to buy or hire", "Что купить и кого нанять";
        cost: "What the loss costs in a month", "Во что обходятся потери за месяц";
        notes: "Notes", "Примечания";
        tariff: "Tariff", "Тариф";
        drop_rate: "technical drop rate", "доля технических потерь";
        sums: "The outcomes add up: {sum} of {offered} offered.",
              "Исходы сходятся: {sum} из {offered} поступивших.";
        sums_not: "The outcomes do NOT add up: {sum} of {offered} offered. Do not use this result.",
                  "Исходы НЕ сходятся: {sum} из {offered} поступивших. Этим результатом пользоваться нельзя.";
        advice_trunks: "{now} now, {needed} needed for blocking of at most {target} ({around}), by {model} at {erlangs} {basis}",
                       "сейчас {now}, нужно {needed}, чтобы вероятность потерь не превышала {target} ({around}); {model}, нагрузка {erlangs} {basis}";
        advice_agents: "{now} now, {needed} needed for a service level of at least {target} ({around}), by {model} at {erlangs} {basis}",
                       "сейчас {now}, нужно {needed}, чтобы уровень обслуживания был не ниже {target} ({around}); {model}, нагрузка {erlangs} {basis}";
        basis_measured: "measured", "(измерена)";
        basis_measured_peak: "measured and raised to the busiest planned rate", "(измерена и пересчитана на самое напряжённое время плана)";
        basis_measured_work: "of agents' work, measured", "(работа операторов, измерена)";
        basis_measured_work_peak: "of agents' work, measured and raised to the busiest planned rate", "(работа операторов, измерена и пересчитана на самое напряжённое время плана)";
        basis_simulated_contacts: "of agents' work, mail and chats as often in their time as callers", "(работа операторов; письма и чаты в срок с той же долей, что и вызовы)";
        basis_simulated_redials: "of agents' work, redials of those who give up played out, not counted as fresh calls", "(работа операторов; повторные вызовы не дождавшихся разыграны, а не приняты за новые)";
        basis_busy_hour: "measured in the busiest hour", "(измерена в час наибольшей нагрузки)";
        basis_busy_hour_work: "of agents' work, measured in the busiest hour", "(работа операторов, измерена в час наибольшей нагрузки)";
        basis_served: "in the {served} of {all} in which people are served", "за {served} из {all}, когда вызовы обслуживаются";
        basis_closed: "in the {served} of {all} in which nobody is served", "за {served} из {all}, когда вызовы не обслуживаются";
        basis_with_blocked: "with those who found no channel", "вместе с вызовами, которым не хватило канала";
        basis_with_agents: "with the agents that this load needs: {agents}", "при нужном для неё числе операторов: {agents}";
        basis_beside: "and {erlangs} that hold channels without agents (menus, other numbers, messages)", "и {erlangs}, которые занимают каналы без операторов (меню, другие номера, сообщения)";
        basis_scenario_peak: "stated in the scenario, at its busiest rate", "(задана в сценарии, самое напряжённое время)";
        basis_scenario: "stated in the scenario", "(задана в сценарии)";
        cost_lost_calls: "calls lost for technical reasons", "вызовы, потерянные по техническим причинам";
        cost_never_served_callers: "callers never served, for any reason", "абоненты, не обслуженные по любой причине";
        cost_lost_customers: "lost buyers (calls × conversion)", "потерянные покупатели (вызовы × конверсия)";
        cost_marketing: "advertising spent on lost calls", "реклама, потраченная на потерянные вызовы";
        cost_revenue: "revenue lost with the buyers", "выручка, потерянная с покупателями";
        cost_image: "damage to the firm's image", "ущерб репутации";
        cost_minutes: "minutes that callers waited", "минуты ожидания абонентов";
        cost_caller_time: "value of the callers' time", "стоимость времени абонентов";
        cost_total: "total", "всего";
        cost_never_served: "The total is that of technical losses. Callers who were never served, for whatever reason, after all their attempts: {callers} a month, whose advertising and revenue are {worth}.",
                           "Итог относится к техническим потерям. Абонентов, так и не обслуженных по любой причине после всех попыток: {callers} в месяц; их реклама и выручка — {worth}.";
        cost_never_served_redials: "The total counts every attempt that was lost for technical reasons ({attempts} attempts of {people} callers), also of callers who got through when they dialled again. Callers who were never served, for whatever reason, after all their attempts: {callers} a month, whose advertising and revenue are {worth}.",
                                   "Итог считает каждую попытку, потерянную по техническим причинам (попыток {attempts}, абонентов {people}), в том числе тех, кто дозвонился позже. Абонентов, так и не обслуженных по любой причине после всех попыток: {callers} в месяц; их реклама и выручка — {worth}.";
        cost_how: "Lost calls × price of a call is wasted advertising; lost calls × conversion is lost buyers; all scaled to {calls} a month.",
                  "Потерянные вызовы × цена привлечения вызова = впустую потраченная реклама; потерянные вызовы × конверсия = потерянные покупатели; всё в пересчёте на {calls} в месяц.";

        report: "Capacity report", "Отчёт о пропускной способности";
        seed: "seed", "начальное число";
        started: "start {start}", "начало {start}";
        measured_for: "{duration} measured after {warm_up} of warm-up", "измерение {duration} после разогрева {warm_up}";
        scaled: "people's time {scale} × faster than the clock", "время людей идёт в {scale} раз быстрее часов";
        lost_of: "{k} of {n} counted calls were lost for technical reasons", "по техническим причинам потеряно {k} из {n} учтённых вызовов";
        channels_card: "Channels", "Каналы";
        agents_card: "Agents", "Операторы";
        now: "now", "сейчас";
        needed: "needed", "нужно";
        needed_column: "Needed", "Нужно";
        now_column: "{measure} now", "{measure} сейчас";
        report_at: "Report", "Отчёт";
        callers_lost: "Callers, with their redials: {lost} of {unique} were never served.",
                      "Абоненты с учётом повторных вызовов: так и не обслужены {lost} из {unique}.";
        one_fewer: "one fewer", "на один меньше";
        one_more: "one more", "на один больше";
        count_column: "Number", "Количество";
        blocking_column: "Blocking", "Вероятность потерь";
        level_column: "Service level within {threshold}", "Уровень обслуживания за {threshold}";
        contacts_column: "At other contacts", "Прочие обращения";
        occupancy_column: "Occupancy", "Загрузка";
        asa_column: "Mean wait", "Среднее ожидание";
        growth_column: "Growth", "Рост";
        load_column: "Load", "Нагрузка";
        with_now: "With what there is now", "При нынешнем количестве";
        advice_rests: "Rests on {erlangs} {basis}, by {model}; target {target}.",
                      "Основание: нагрузка {erlangs} {basis}, {model}; цель {target}.";
        carried_caveat: "A log of answered calls shows only carried traffic. These numbers rest on offered traffic, refused calls included.",
                        "Журнал отвеченных вызовов показывает только обслуженную нагрузку. Эти числа рассчитаны по поступающей, с учётом отказов.";
        no_advice: "Nothing is advised {why}", "Рекомендаций нет {why}";
        seen_fewer: "The scenario states {stated} channels, but the target behaves as one with {seen}; the advice starts from {seen}.",
                    "В сценарии указано каналов: {stated}, но станция ведёт себя так, будто их {seen}; расчёт исходит из {seen}.";
        share_column: "Share of offered", "Доля поступивших";
        causes: "Causes in detail", "Причины подробно";
        cause_column: "Cause", "Причина";
        limiter_column: "Refused by the limit on", "Отказы по ограничению";
        status_column: "Final SIP status", "Итоговый ответ SIP";
        charts: "Charts", "Графики";
        numbers_in_csv: "The numbers of this chart stand in intervals.csv.", "Данные этого графика — в файле intervals.csv.";
        numbers_in_result: "The numbers of this chart stand in result.json.", "Данные этого графика — в файле result.json.";
        load: "Loss and load", "Потери и нагрузка";
        indicators: "Indicators and delays", "Показатели и задержки";
        figure_column: "Figure", "Показатель";
        value_column: "Value", "Значение";
        how_column: "How it is computed", "Как вычислено";
        queue: "Queue and agents", "Очередь и операторы";
        agent_column: "Agent", "Оператор";
        answered_column: "Answered", "Отвечено";
        missed_column: "Not answered", "Без ответа";
        talk_column: "Talk time", "Время разговоров";
        ladders: "The first failed call of each cause", "Первый потерянный вызов по каждой причине";
        ladder_caller: "caller", "абонент";
        ladder_target: "PBX", "АТС";
        ladder_time: "ms from the intended start", "мс от намеченного начала";
        validity: "May this measurement be trusted?", "Можно ли верить этому измерению?";
        expected: "Expected and measured", "Ожидалось и измерено";
        assumptions: "Assumptions of the model", "Допущения модели";
        scenario: "Scenario, to repeat the run", "Сценарий для повторения";
        repeat: "The same arrivals again:", "Тот же поток вызовов ещё раз:";
        effective: "The scenario with every default written out", "Сценарий со всеми значениями по умолчанию";
        checksum: "SHA-256 of the effective scenario", "SHA-256 полного сценария";
        page_of: "Made by {tool} {version} from result.json; no script, no request to any other host.",
                 "Создано {tool} {version} из result.json; без скриптов и обращений к другим узлам.";
    }
}
