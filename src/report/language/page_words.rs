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
        basis_scenario: "stated in the scenario", "(задана в сценарии)";
        cost_lost_calls: "lost calls", "потерянные вызовы";
        cost_lost_customers: "lost customers", "потерянные клиенты";
        cost_marketing: "advertising spent on lost calls", "реклама, потраченная на потерянные вызовы";
        cost_revenue: "revenue lost with the customers", "выручка, потерянная с клиентами";
        cost_image: "damage to the firm's image", "ущерб репутации";
        cost_minutes: "minutes that callers waited", "минуты ожидания абонентов";
        cost_caller_time: "value of the callers' time", "стоимость времени абонентов";
        cost_total: "total", "всего";
    }
}
