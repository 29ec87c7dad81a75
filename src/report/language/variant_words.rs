//! Words of the page that compares variants.

use super::messages;

messages! {
    /// Headings, labels and sentences of the comparison.
    VariantWords {
        title: "Variants compared", "Сравнение вариантов";
        lead: "{variants} variants, {replications} replications each, all with the same callers at the same moments (seed {seed}). Differences are from the first variant; intervals are 95 %, over paired replications.",
              "Вариантов: {variants}, повторений каждого: {replications}; во всех одни и те же абоненты звонят в одно и то же время (начальное число {seed}). Разности считаются от первого варианта; интервалы 95-процентные, по парным повторениям.";
        interrupted: "Interrupted: fewer replications than were asked for.", "Прервано: повторений меньше, чем было задано.";
        overview: "At a glance", "Коротко";
        level_note: "Service level: answered in time ÷ calls that asked for the queue.",
                    "Уровень обслуживания: отвечены вовремя ÷ вызовы, вставшие в очередь.";
        month_note: "A month's calls are those of the first variant, redials included; the others are billed for the same callers, however often these dial (with growth, for as many more).",
                    "Вызовы за месяц заданы для первого варианта, вместе с повторными; остальные варианты рассчитаны на тех же абонентов, сколько бы раз те ни перезванивали (при росте — на соответственно большее их число).";
        overview_note: "✓ marks the best of a row. Whether it is more than chance, the sections below say.",
                       "✓ — лучшее значение строки. Не случайность ли это, видно из разделов ниже.";
        figure: "Figure", "Показатель";
        variant: "Variant", "Вариант";
        value: "Value", "Значение";
        difference: "Difference from the first", "Разность с первым";
        narrower: "Half-width, paired : independent", "Полуширина: парная и независимая";
        baseline: "baseline", "исходный";
        none_shown: "No call was lost and nobody waited in any variant: there is nothing to compare.",
                    "Ни в одном варианте вызовы не терялись и никто не ждал: сравнивать нечего.";
        technical_drop_rate: "Technical drop rate", "Доля технических потерь";
        blocked: "Blocked: no free channel", "Отказы: нет свободного канала";
        abandoned: "Abandoned", "Доля не дождавшихся";
        service_level: "Service level by each variant's own threshold", "Уровень обслуживания по порогу варианта";
        service_level_within: "Service level within {threshold}", "Уровень обслуживания за {threshold}";
        asa_s: "Mean wait of the answered", "Среднее ожидание ответа";
        occupancy: "Occupancy of agents", "Загрузка операторов";
        customers_lost: "Customers never served", "Доля необслуженных клиентов";
        lost_calls_per_month: "Technical losses a month", "Технические потери в месяц";
        never_served_callers: "Callers never served for any reason, a month", "Абоненты, не обслуженные по любой причине, в месяц";
        cost_per_month: "Cost of technical losses and waiting a month", "Стоимость технических потерь и ожидания в месяц";
        never_served_per_month: "Worth of callers never served for any reason, a month",
                                "Реклама и выручка абонентов, не обслуженных по любой причине, в месяц";
        load_gini: "Inequality of agents' load (Gini)", "Неравномерность загрузки операторов (Джини)";
        load_cv: "Spread of agents' load (coefficient of variation)", "Разброс загрузки операторов (коэффициент вариации)";
        sales: "Calls that end in a sale", "Доля звонков, которые ведут к продаже";
        revenue_per_month: "Expected revenue a month", "Ожидаемая выручка в месяц";
        legs_peak: "Most legs at once", "Наибольшее число одновременных плеч";
        legs_per_call: "Legs set up per call", "Плеч на вызов";
        axis: "{figure}, {unit}", "{figure}, {unit}";
        axis_difference: "{figure}: difference from the first, {unit}", "{figure}: разность с первым, {unit}";
        unit_percent: "%", "%";
        unit_points: "percentage points", "п. п.";
        unit_seconds: "s", "с";
        unit_calls: "calls", "вызовов";
        unit_callers: "callers", "абонентов";
        unit_legs: "legs", "плеч";
        caption: "Whiskers are 95 % intervals over replications.", "Планки — 95-процентные интервалы по повторениям.";
        caption_difference: "Whiskers are 95 % intervals of the difference over paired replications: one that leaves out zero is no chance.",
                            "Планки — 95-процентные интервалы разности по парным повторениям: если ноль вне планки, это не случайность.";
    }
}
