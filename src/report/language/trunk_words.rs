//! What is said about circuits.

use super::messages;

messages! {
    /// Sentences of the sizing of circuits. `{name}` marks what is filled in.
    TrunkWords {
        headline: "{circuits} for {erlangs} with at most {target} of calls lost: {model}",
                  "{circuits} при нагрузке {erlangs} и потерях не более {target} вызовов: {model}";
        circuits: "circuit|circuits", "канал|канала|каналов";
        agents: "agent|agents", "оператор|оператора|операторов";
        column_circuits: "circuits", "каналы";
        column_lost: "lost", "потери";
        is_needed: "<- needed", "<- нужно";
        is_needed_alone: "<- for the mean busy hour alone", "<- только для среднего часа";
        now: "With {circuits} as now: {loss} lost.", "С нынешними {circuits}: потери {loss}.";
        growth: "When calls grow", "При росте числа вызовов";
        growth_behind: "When calls grow and the {agents} stay", "При росте числа вызовов и прежнем числе операторов ({agents})";
        growth_overloads: "more work than they can do: hire first, then size circuits",
                          "больше, чем они могут обслужить: сначала нужны люди, затем каналы";
        growth_step: "x{growth}: {erlangs}, {circuits}", "x{growth}: {erlangs}, {circuits}";
        source_result: "The load is the measured fresh load of {file}.",
                       "Нагрузка — измеренная нагрузка первичных вызовов из {file}.";
        source_waits: "Waits in its queue, as they were with {agents}, are part of this load; its report sizes lines for the agents that are needed.",
                      "В эту нагрузку входит ожидание в очереди, каким оно было при тогдашнем числе операторов ({agents}); линии вместе с нужным числом операторов рассчитаны в отчёте.";
        source_peakedness: "Peakedness {z} follows from the arrivals of {file} and holding times of {holding}.",
                           "Пиковость {z} следует из потока вызовов {file} и длительности {holding}.";

        source_call_times: "Measured peakedness {z} [{low}, {high}] of {n} call times in {file}, for holding times of {holding}.",
                           "Измеренная пиковость {z} [{low}; {high}] по моментам поступления вызовов ({n}) из {file} при длительности {holding}.";
        source_no_bursts: "That is no more than chance: calls are taken for random.",
                          "Это не больше случайного: поток считается простейшим.";

        erlang_b: "Erlang B", "Erlang B";
        extended: "extended Erlang B: blocked callers dial again", "расширенная Erlang B: не дозвонившиеся набирают снова";
        engset: "Engset: {sources} callers, each free one offering {beta} E",
                "Энгсет: {sources} абонентов, каждый свободный создаёт {beta} Эрл";
        hayward: "Fredericks-Hayward at peakedness {z}", "Фредерикс — Хейворд при пиковости {z}";
        equivalent: "equivalent random traffic (Wilkinson) at peakedness {z}",
                    "эквивалентный случайный поток (Вилкинсон) при пиковости {z}";
        lines: "exact M/M/n/K+M: {agents}, waiting callers hold a circuit",
               "точная M/M/n/K+M: {agents}, ожидающий занимает канал";
        lines_with_wrap_up: "{agents}, waiting callers hold a circuit, wrap-up holds none",
                            "{agents}, ожидающий занимает канал, завершающая работа — нет";
        rule: "the usual rule, Erlang B on talk + wait: {erlangs}, not exact",
              "обычное правило, Erlang B на разговор + ожидание: {erlangs}, неточно";
        peaked_note: "Both are approximations, and differ most in the tail: a simulation decides.",
                     "Обе формулы приближённые и сильнее всего расходятся при малых потерях: решает моделирование.";
        lines_note: "The exact number differs from the rule by {difference}.",
                    "Точное число отличается от правила на {difference}.";

        two_conditions: "ITU-T E.520 asks for {circuits}: {normal} for at most {target} in the mean busy hour ({normal_load}), {busiest} for at most 7 % on the five busiest days ({busiest_load}).",
                        "По ITU-T E.520 нужно {circuits}: {normal} — не более {target} в средний час наибольшей нагрузки ({normal_load}), {busiest} — не более 7 % в пять самых нагруженных дней ({busiest_load}).";
        two_losses: "They lose {normal} and {busiest}.", "Потери при этом: {normal} и {busiest}.";
        split_apart: "Apart: {groups} of {circuits} lose {loss} of their calls.",
                     "Порознь: {groups} по {circuits} теряют {loss} вызовов.";
        split_pooled: "Pooled: {circuits} for {erlangs} lose {loss}.",
                      "Вместе: {circuits} при {erlangs} теряют {loss}.";
        split_same: "Together, {circuits} lose no more than the groups apart.",
                    "Вместе {circuits} теряют не больше, чем группы порознь.";
        groups: "group|groups", "группа|группы|групп";
        link: "A call takes {rate} kbit/s one way ({codec}, {ptime} ms, {layer}); {link} holds {calls}.",
              "Вызов занимает {rate} кбит/с в одну сторону ({codec}, {ptime} мс, {layer}); на {link} помещается {calls}.";
        link_loss: "{codec}: {erlangs}, {loss} of calls find no room.",
                   "{codec}: {erlangs}, места не находят {loss} вызовов.";
        link_use: "Mean use: {rate} kbit/s of {link}.", "В среднем занято {rate} кбит/с из {link}.";
        link_needed: "For at most {target} lost, room for {calls} at once: {rate} kbit/s in each direction, {compared}.",
                     "Чтобы терялось не более {target}, нужно место на {calls} одновременно: {rate} кбит/с в каждую сторону, {compared}.";
        link_needed_mixed: "For each codec to lose at most {target}: {rate} kbit/s in each direction, {compared}.",
                           "Чтобы каждый кодек терял не более {target}, нужно {rate} кбит/с в каждую сторону, {compared}.";
        link_has: "which the link has", "столько есть";
        link_lacks: "{rate} kbit/s more than the link has", "на {rate} кбит/с больше, чем есть";
        calls: "call|calls", "вызов|вызова|вызовов";

        chart_title: "Loss against circuits", "Потери в зависимости от числа каналов";
        chart_caption: "Each line is a model; the dashed line is the accepted loss, and upright lines mark the numbers needed.",
                       "Каждая линия — модель; пунктир — допустимые потери, вертикали — нужное число каналов.";
    }
}
