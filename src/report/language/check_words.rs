//! Words of `check`: what a scenario will do.

use super::messages;

messages! {
    /// Its lines. Labels are as wide as the longest.
    CheckWords {
        sound: "{name}: the scenario is sound.", "{name}: сценарий составлен верно.";
        calls: "  calls        {calls} first attempts with seed {seed}, {warm_up} of them in the warm-up",
               "  вызовы    первых попыток: {calls} (начальное число {seed}), из них во время разогрева: {warm_up}";
        people: "  people       {mean} in the mean, {peak} at most, for {length}; mean talk {talk} s",
                "  абоненты  {mean} в среднем, {peak} в пике; длительность {length}; средний разговор {talk} с";
        per_hour: "{rate}/h", "{rate} выз./ч";
        load: "  load         {mean} E in the mean, {peak} E at most",
              "  нагрузка  {mean} Эрл в среднем, {peak} Эрл в пике";
        wire: "  on the wire  {mean} calls/s in the mean, {peak} at most; mean talk {talk} ms; {length} and the drain",
              "  в сети    {mean} выз./с в среднем, {peak} в пике; средний разговор {talk} мс; {length}, затем завершение вызовов";
        routing: "  routing      every caller, hour and number leads to exactly one target",
                 "  маршруты  каждый абонент, час и номер ведут ровно в одно место";
        gates: "  gates", "  условия приёмки";
        records: "  call records must hold   {fields}", "  записи о вызовах должны содержать   {fields}";
        warning: "  warning: {warning}", "  внимание: {warning}";
        anybody: "anybody", "любой";
        always: "always", "всегда";
        otherwise: "otherwise", "иначе";
        open: "open", "часы работы";
        closed: "closed", "нерабочие часы";
    }
}
