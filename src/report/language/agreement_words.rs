//! Words of the page that sets wire, simulation and formula side by side.

use super::messages;

messages! {
    /// Headings, labels and sentences of the agreement.
    AgreementWords {
        title: "Wire, simulation and formula", "Реальные вызовы, моделирование и формула";
        lead: "One scenario, three answers: real calls over SIP, the same callers and the same PBX in virtual time, and the closest formula at the measured load.",
              "Один сценарий, три ответа: реальные вызовы по SIP, те же абоненты и та же АТС в виртуальном времени и ближайшая формула при измеренной нагрузке.";
        figure: "Figure", "Показатель";
        wire: "Wire", "Реальные вызовы";
        simulation: "Simulation", "Моделирование";
        formula: "Formula", "Формула";
        z: "z, wire against simulation", "z: реальные вызовы и моделирование";
        agrees: "Formula inside the interval", "Формула внутри интервала";
        both: "both", "обоих";
        neither: "neither", "ни одного";
        wire_only: "wire only", "реальных";
        simulation_only: "simulation only", "модели";
        technical_drop_rate: "Technical drop rate", "Доля технических потерь";
        blocking: "Blocking", "Вероятность потерь (нет канала)";
        abandoned: "Abandoned", "Доля не дождавшихся";
        service_level: "Service level", "Уровень обслуживания";
        service_level_within: "Service level within {threshold} ({definition})", "Уровень обслуживания за {threshold} ({definition})";
        asa_s: "Mean wait of the answered", "Среднее ожидание ответа";
        occupancy: "Occupancy of agents", "Загрузка операторов";
        offered_erlangs: "Offered load", "Поступающая нагрузка";
        carried_erlangs: "Carried load", "Обслуженная нагрузка";
        model: "Formula: {model}.", "Формула: {model}.";
        differs: "These are not results of the same scenario: what differs may be all that the figures below show, and no distance between them says whether wire and simulation agree.",
                 "Сценарии результатов различаются: возможно, показатели ниже отражают только это различие, и расстояние между ними не говорит, согласуются ли реальные вызовы и моделирование.";
        difference: "{key}: {wire} on the wire, {simulation} in the simulation", "{key}: в реальных вызовах {wire}, при моделировании {simulation}";
        absent: "absent", "нет";
        and_others: "and {n} others", "и ещё: {n}";
        differs_by: "The largest distance of a figure is {z} standard errors ({figure}); a change too small for so many calls would not show.",
                    "Наибольшее расстояние — {z} стандартной ошибки ({figure}); изменение, слишком малое для такого числа вызовов, здесь не проявится.";
        same_calls: "Both played the same calls (seed {seed})", "В обоих случаях одни и те же вызовы (начальное число {seed})";
        same_plan: "The plan of calls is the same (seed {seed})", "План вызовов один и тот же (начальное число {seed})";
        z_paired: "{same}: z of {figures} rests on the calls' own differences.",
                  "{same}: z рассчитано по различиям отдельных вызовов ({figures}).";
        z_unpaired: "z of {figures} takes the two for independent: for the same calls that error is too wide, and z too near 0.",
                    "Для показателей ({figures}) z принимает оба измерения за независимые: для одних и тех же вызовов такая ошибка завышена, а z занижено.";
        not_paired: "{same}, but they are not paired: {why}.", "{same}, но по отдельности они не сопоставлены: {why}.";
        alike: "Of {n} calls that both have, {ratio} ended alike.", "Из вызовов, которые есть в обоих случаях ({n}), {ratio} завершились одинаково.";
        alike_first: "Of {n} calls that both the wire and the first replication have, {ratio} ended alike.",
                     "Из вызовов, которые есть и среди реальных, и в первом из независимых прогонов ({n}), {ratio} завершились одинаково.";
        apart: "Besides, {wire} are on the wire only and {simulation} in the simulation only.",
               "Кроме того, только среди реальных вызовов — {wire}, только при моделировании — {simulation}.";
        other_calls: "The two played different calls: |z| over 4 would be no chance.",
                     "Вызовы были разными: |z| больше 4 случайностью не объяснить.";
        all_near: "No shared figure of wire and simulation differs by more than 4 standard errors; the largest |z| is {z} ({figure}). That alone proves no agreement: so many calls show only larger differences.",
                  "Ни один общий показатель реальных вызовов и моделирования не различается более чем на 4 стандартные ошибки; наибольшее |z| = {z} ({figure}). Само по себе это не доказывает согласия: при таком числе вызовов видны лишь большие различия.";
        some_far: "Wire and simulation differ by more than 4 standard errors in: {figures}.",
                  "Реальные вызовы и моделирование различаются более чем на 4 стандартные ошибки: {figures}.";
        no_z: "No figure has an interval on both sides: the runs are too short to compare.",
              "Ни у одного показателя нет интервала с обеих сторон: испытания слишком коротки для сравнения.";
        formula_fits: "The formula lies inside every interval.", "Формула лежит внутри всех интервалов.";
        formula_misses: "The formula lies outside the interval of: {figures}.", "Формула лежит вне интервала: {figures}.";
        why_formula: "Where the formula's assumptions fail", "Какие допущения формулы нарушены";
        why_wire: "What the wire has and virtual time lacks", "Что есть в реальных вызовах и чего нет в виртуальном времени";
        none_known: "None is known.", "Таких не найдено.";
        chart_title: "Difference from the simulation: {scenario}", "Отличие от моделирования: {scenario}";
        chart_axis: "Difference from the simulation's value, %", "Отличие от значения моделирования, %";
        chart_caption: "Whiskers are 95 % intervals; the formula has none. A bar that reaches over the edge is cut there.",
                       "Планки — 95-процентные интервалы; у формулы их нет. Планка, выходящая за край, обрезана.";
        no_reference: "the simulation has no figure above 0 to compare with", "у моделирования нет ненулевых показателей для сравнения";
        unit_seconds: "s", "с";
    }
}
