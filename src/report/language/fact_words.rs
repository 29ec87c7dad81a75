//! Labels of single figures, and how each is computed.

use super::messages;

messages! {
    /// A figure's label, and after it (`…_how`) its formula or meaning.
    FactWords {
        drop_rate: "Technical drop rate", "Доля технических потерь";
        drop_rate_how: "technical ÷ (completed + human + technical) = {k} ÷ {n}; 95 % interval: {method}",
                       "технические ÷ (обслуженные + связанные с людьми + технические) = {k} ÷ {n}; 95-процентный интервал: {method}";
        blocking: "Blocking", "Вероятность потерь (блокировка)";
        blocking_how: "found every channel busy ÷ counted = {k} ÷ {n}",
                      "застали все каналы занятыми ÷ учтённые = {k} ÷ {n}";
        offered_load: "Offered load", "Поступающая нагрузка";
        offered_load_how: "attempts × mean holding time ÷ measured time",
                          "попытки × среднее время занятия ÷ время измерения";
        fresh_load: "Fresh load, without redials", "Первичная нагрузка, без повторных вызовов";
        fresh_load_how: "first attempts × mean holding time ÷ measured time",
                        "первые попытки × среднее время занятия ÷ время измерения";
        fresh_load_sized: "{how}; channels are sized on it", "{how}; по ней рассчитаны каналы";
        fresh_load_not_sized: "{how}; channels are sized on another load, {erlangs} {basis}",
                              "{how}; каналы рассчитаны по другой нагрузке: {erlangs} {basis}";
        carried_load: "Carried load", "Обслуженная нагрузка";
        carried_load_how: "time average of channels in use", "среднее по времени число занятых каналов";
        holding: "Mean holding time", "Среднее время занятия";
        holding_how: "time in which admitted calls held a channel ÷ admitted calls",
                     "время занятия каналов принятыми вызовами ÷ число принятых вызовов";
        peak: "Most channels in use at once", "Наибольшее число одновременно занятых каналов";
        peak_how: "seen in this run; the scenario states {stated}", "наблюдалось в испытании; в сценарии указано: {stated}";
        call_rate: "Attempts per hour", "Попыток в час";
        call_rate_how: "people's time; on the wire {wire} per second", "время людей; в сети — {wire} в секунду";
        call_rate_simulated: "people's time", "время людей";
        customers: "Callers never served", "Абонентов так и не обслужено";
        customers_how: "after all redials; of {unique} who called",
                       "после всех повторных вызовов; всего звонили: {unique}";

        asr: "ASR, answer-seizure ratio", "ASR, доля отвеченных вызовов";
        asr_how: "answered ÷ attempts (ITU-T E.425)", "отвеченные ÷ попытки (ITU-T E.425)";
        ner: "NER, network effectiveness ratio", "NER, эффективность сети";
        ner_how: "(answered + busy + no answer + declined) ÷ attempts (ITU-T E.425)",
                 "(отвеченные + занято + нет ответа + отклонено) ÷ попытки (ITU-T E.425)";
        ser: "SER, session establishment ratio", "SER, доля установленных сессий";
        ser_how: "200 ÷ (attempts − redirected) (RFC 6076, 4.6)", "200 ÷ (попытки − перенаправленные) (RFC 6076, 4.6)";
        seer: "SEER, session establishment effectiveness", "SEER, эффективность установления сессий";
        seer_how: "(200 + 480 + 486 + 600 + 603) ÷ (attempts − redirected) (RFC 6076, 4.7)",
                  "(200 + 480 + 486 + 600 + 603) ÷ (попытки − перенаправленные) (RFC 6076, 4.7)";
        isa: "ISA, ineffective session attempts", "ISA, доля неудачных попыток";
        isa_how: "(408 + 500 + 503 + 504) ÷ attempts (RFC 6076, 4.8)", "(408 + 500 + 503 + 504) ÷ попытки (RFC 6076, 4.8)";
        scr: "SCR, session completion ratio", "SCR, доля завершённых сессий";
        scr_how: "completed ÷ attempts (RFC 6076, 4.9)", "завершённые ÷ попытки (RFC 6076, 4.9)";
        post_dial_delay: "Post-dial delay", "Задержка после набора";
        answer_delay: "Answer delay", "Задержка ответа";
        disconnect_delay: "Disconnect delay", "Задержка разъединения";
        delay_how: "median · 95th · 99th percentile · maximum; wall time, n = {n}",
                   "медиана · 95-й · 99-й перцентиль · максимум; реальное время, n = {n}";

        service_level: "Service level within {threshold}", "Уровень обслуживания за {threshold}";
        of_offered: "answered in time ÷ calls that asked for the queue", "отвечены вовремя ÷ вызовы, вставшие в очередь";
        of_answered: "answered in time ÷ answered", "отвечены вовремя ÷ отвеченные";
        of_virtual: "in time by virtual waiting time ÷ calls that asked for the queue",
                    "вовремя по виртуальному времени ожидания ÷ вызовы, вставшие в очередь";
        of_without_short: "answered in time ÷ (calls that asked for the queue − short abandons)",
                          "отвечены вовремя ÷ (вставшие в очередь − быстро положившие трубку)";
        asa: "Average speed of answer", "Среднее время ожидания ответа";
        asa_how: "Σ wait of answered calls ÷ answered calls", "Σ ожидания отвеченных ÷ число отвеченных";
        abandoned: "Abandoned in the queue", "Не дождались в очереди";
        abandoned_how: "gave up waiting ÷ calls that asked for the queue ({n})",
                       "положили трубку в очереди ÷ вставшие в очередь ({n})";
        occupancy: "Occupancy of the agents", "Загрузка операторов";
        occupancy_how: "time in talk and wrap-up ÷ time at work", "время разговоров и завершающих работ ÷ рабочее время";
        occupancy_how_blended: "time in talk, in wrap-up and at other contacts ÷ time at work",
                               "время разговоров, завершающих работ и прочих обращений ÷ рабочее время";
        handle: "Average handle time", "Среднее время обработки вызова";
        handle_how: "talk + wrap-up", "разговор + завершающая работа";
        longest_queue: "Longest queue", "Наибольшая длина очереди";
        longest_queue_how: "callers waiting at once", "одновременно ожидали";
        waiting: "Callers' waiting time in all", "Суммарное время ожидания абонентов";
        waiting_how: "Σ wait over all attempts, abandoned ones included", "Σ ожидания по всем попыткам, включая брошенные";

        streams: "Calls with sound", "Вызовов со звуком";
        streams_how: "packets sent {sent}, received {received}", "пакетов отправлено {sent}, принято {received}";
        packet_loss: "Packet loss", "Потери пакетов";
        packet_loss_how: "RTP packets missing ÷ expected", "недостающие пакеты RTP ÷ ожидавшиеся";

        scheduled: "Planned attempts", "Запланировано попыток";
        scheduled_how: "= started {started} + not started {not_started}", "= начато {started} + не начато {not_started}";
        late: "Started late", "Начато с опозданием";
        late_how: "more than 50 ms behind the intended start; still counted",
                  "более чем на 50 мс позже намеченного; учтены";
        lateness: "Lateness of the generator", "Опоздание генератора";
        lateness_how: "median · 99th percentile · maximum, wall time", "медиана · 99-й перцентиль · максимум, реальное время";
        cv: "Variation of the gaps between arrivals", "Коэффициент вариации интервалов между вызовами";
        cv_how: "standard deviation ÷ mean; 1 for random (Poisson) traffic, 0 for evenly spaced",
                "стандартное отклонение ÷ среднее; 1 для случайного (пуассоновского) потока, 0 для равномерного";
        ks: "Kolmogorov–Smirnov p", "Критерий Колмогорова — Смирнова, p";
        ks_how: "chance of gaps at least this unlike Poisson traffic; suspicious below 0.001",
                "вероятность такого или большего отличия от пуассоновского потока; подозрительно ниже 0,001";
        generator_faults: "Spoilt by the generator", "Испорчено генератором";
        generator_faults_how: "in no ratio; more than max(3 calls, 0.1\u{a0}%) makes the run invalid",
                              "вне показателей; больше, чем max(3 вызова, 0,1\u{a0}%), — измерение недействительно";
        books: "The books", "Сверка журналов";
        books_how: "generator {generator} · PBX {cdr} · queue {queue}; each kept by its own side",
                   "генератор {generator} · АТС {cdr} · очередь {queue}; каждый журнал ведёт своя сторона";
        books_two: "generator {generator} · PBX {cdr}; each kept by its own side",
                   "генератор {generator} · АТС {cdr}; каждый журнал ведёт своя сторона";
        hidden: "Calls that the PBX's own records hide", "Вызовы, которых нет в журнале АТС";
        hidden_how: "of {generator} made; {technical} of them lost for technical reasons. An audit of Master.csv cannot see them",
                    "из {generator}; потеряно по техническим причинам {technical}. Аудит по Master.csv их не увидит";
        books_agree: "agree to the call", "сходятся до вызова";
        books_differ: "differ", "расходятся";

        expected_blocking: "Blocking by {model}", "Потери: {model}";
        expected_level: "Service level by {model}", "Уровень обслуживания: {model}";
        expected_how: "{servers} servers, {erlangs}", "обслуживающих мест: {servers}, нагрузка {erlangs}";
        agrees: "Model and measurement agree", "Модель и измерение согласуются";
        agrees_how: "the 95 % interval of the measurement contains the model's figure",
                    "95-процентный интервал измерения содержит значение модели";
    }
}
