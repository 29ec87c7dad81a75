//! Words about the work of the PBX and its people: owners, contractors, other contacts.

use super::messages;

messages! {
    /// Titles, columns and notes of the tables about it.
    WorkWords {
        cut: "Calls by {column}", "Вызовы: разбивка по столбцу {column}";
        cut_value: "Value", "Значение";
        cut_calls: "Calls", "Вызовы";
        cut_share: "Share", "Доля";
        cut_answered: "Answered", "Отвечено";
        cut_talk: "Talk", "Разговор";
        cut_mean_talk: "Mean talk", "Средний разговор";
        cut_total: "total", "всего";
        cut_others: "{groups} others", "прочие значения: {groups}";
        cut_lead: "{name}: rows of cdr.csv whose calls began in the measured time. Every call is in exactly one row of this table.",
                  "{name}: строки cdr.csv, вызовы которых начались за время измерения. Каждый вызов попадает ровно в одну строку этой таблицы.";
        callbacks: "Callbacks", "Обратные звонки";
        callbacks_requested: "Requested", "Заказано";
        callbacks_done: "Done", "Выполнено";
        callbacks_failed: "Failed", "Не дозвонились";
        callbacks_pending: "Pending", "Ожидают";
        callbacks_promise: "Promised within", "Обещано за";
        callbacks_in_time: "In time", "В срок";
        callbacks_late: "Late", "С опозданием";
        callbacks_never: "Never called", "Не звонили";
        callbacks_kept: "Promise kept", "Обещание выполнено";
        callbacks_note: "Requested = done + failed + pending. In time: the first call began within the promised time after the request, or after the next opening.",
                        "Заказано = выполнено + не дозвонились + ожидают. В срок: первый звонок сделан не позже обещанного времени после заказа или после открытия.";
        callbacks_axis: "Customers", "Абоненты";
        callbacks_kept_title: "Who asked to be called, and was", "Кто просил перезвонить и кому перезвонили";
        callbacks_kept_caption: "Of those who asked: first called within the promised time, later, or not at all. The last three bars add up to the first.",
                                "Из просивших: первый звонок сделан в обещанный срок, позже или не сделан вовсе. Три последних столбца в сумме дают первый.";
        callbacks_waits_title: "How long customers wait to be called", "Сколько ждут обратного звонка";
        callbacks_x: "Time from the request to the first call, min", "Время от заказа до первого звонка, мин";
        callbacks_y: "Called by then, % of those who asked", "Получили звонок к этому времени, % от просивших";
        callbacks_promised: "promised: {promise}", "обещано: {promise}";
        callbacks_at_promise: "called by the end of the promised time", "получили звонок к концу обещанного срока";
        callbacks_waits_caption: "{queue}: {kept} of {asked} who asked were called within the promised {promise}.",
                                 "{queue}: за обещанные {promise} перезвонили {kept} из {asked} просивших.";
        contacts: "Other contacts", "Другие обращения";
        contact_kind: "Kind", "Вид";
        contact_arrived: "Came", "Поступило";
        contact_answered: "Answered", "Отвечено";
        contact_in_time: "In time", "В срок";
        contact_due: "Due within", "Срок ответа";
        contact_wait: "Mean wait", "Среднее ожидание";
        contact_resolution: "Mean time to resolution", "Среднее время до решения";
        contact_work: "Agents' time", "Время операторов";
        contacts_note: "Taken up when no caller waits, unless the scenario puts contacts first or goes by age; once taken up, one is seen to its end. Of several in hand at once each takes an equal part of the agent's time.",
                       "Берутся в работу, когда абоненты не ждут, если сценарий не ставит обращения вперёд и не считает по времени ожидания; взятое доводится до конца. Из нескольких обращений в работе каждое занимает равную долю времени оператора.";
        processor: "Processor of the PBX", "Процессор АТС";
        processor_what: "What it takes", "Что он тратит";
        processor_value: "Measured", "Измерено";
        processor_setup: "Milliseconds a call, set-up and end", "Миллисекунд на вызов, установление и завершение";
        processor_calls: "% of a core a hundred calls in progress", "% ядра на сто вызовов в разговоре";
        processor_nothing: "nothing that could be measured", "меньше, чем удалось измерить";
        processor_carries: "What fills it alone, as a scenario writes it", "Что загрузит его целиком, как пишут в сценарии";
        processor_basis: "Rests on", "Основано на";
        processor_rests: "{seconds} s, {setups} set-ups, {calls} calls at once on average, {used} s of processor time; cores: {cores}",
                         "{seconds} с, установлено вызовов: {setups}, одновременно в среднем {calls}, процессорного времени {used} с; ядер: {cores}";
        processor_note: "Least squares over the seconds of the run, with intervals at 95 %; wall time, so that the figures are those of time_scale 1. Far from the measured load they are an extrapolation.",
                        "Метод наименьших квадратов по секундам испытания, интервалы 95-процентные; реальное время, то есть при time_scale 1. Вдали от измеренной нагрузки это экстраполяция.";
        sent_on: "Callers whom a queue did not keep", "Кого очередь не удержала";
        sent_on_why: "Why", "Почему";
        sent_on_to: "Sent on to", "Куда направлены";
        sent_on_callers: "Callers", "Абоненты";
        sent_on_full: "No place", "Нет места";
        sent_on_timeout: "Longest wait over", "Истекло ожидание";
        sent_on_empty: "Nobody there", "Никого нет";
        sent_on_voicemail: "Voicemail", "Голосовая почта";
        sent_on_callback: "Promise of a call", "Обещание перезвонить";
        sent_on_menu: "Menu", "Меню";
        sent_on_extension: "Number", "Номер";
        sent_on_note: "By the time at which the call came. Who is sent on from one queue and then from the next is counted at both.",
                      "По времени поступления вызова. Кого одна очередь направила дальше, а за ней и следующая, учтён в обеих.";
        transfers: "Callers whom agents sent on", "Кого операторы перевели дальше";
        transfer_number: "Number", "Номер";
        transfer_conversations: "Conversations", "Разговоры";
        transfer_sent_on: "Sent on", "Переведено";
        transfer_share: "Share", "Доля";
        transfers_note: "Conversations of the queue's agents in calls that came in the measured time. Who has said all before the agent would send them on is not sent on.",
                        "Разговоры операторов очереди в вызовах, поступивших за время измерения. Кто договорил раньше, чем оператор перевёл бы вызов, не переводится.";
        transfer_waits: "Who waited where", "Кто где ждал";
        transfer_callers: "Callers", "Абоненты";
        transfer_came_so: "Of them sent here by agents", "Из них переведены сюда операторами";
        transfer_answered: "Answered", "Отвечено";
        transfer_wait: "Mean wait", "Среднее ожидание";
        transfer_wait_so: "Of those sent here", "У переведённых сюда";
        transfer_in_time: "Answered within", "Отвечено за";
        transfer_waits_note: "Each entry into a queue counts: who is sent on waits anew. The figures of the whole run count a caller's first wait only.",
                             "Считается каждый вход в очередь: кого перевели, тот ждёт заново. В показателях всего прогона учтено только первое ожидание абонента.";
        owners: "Callers with an agent of their own", "Абоненты с закреплённым оператором";
        queue: "Queue", "Очередь";
        owners_known: "Have an owner", "Есть закреплённый";
        owners_reached: "Reached the owner", "Попали к своему";
        owners_fell_back: "Served by another", "Обслужил другой";
        owners_gone: "Served by nobody", "Не обслужены";
        owners_share: "Share that reached the owner", "Доля попавших к своему";
        cost_contractors: "contractors' invoices", "счета подрядчиков";
        flows: "Own agents and contractors", "Свои операторы и подрядчики";
        flows_entered: "Entered", "Поступило";
        flows_own: "Served by own agents", "Обслужили свои";
        flows_outsourced: "Served by a contractor", "Обслужил подрядчик";
        flows_lost: "Lost", "Потеряно";
        flows_note: "Every caller who enters a queue is served by the firm, served by a contractor, or lost.",
                    "Каждого поступившего в очередь абонента обслуживают свои, обслуживает подрядчик, либо он потерян.";
        contractors: "What the contractors did", "Работа подрядчиков";
        contractor_offered: "Passed on", "Передано";
        contractor_answered: "Answered", "Принято";
        contractor_back: "Handed back", "Возвращено";
        contractor_in_time: "In time", "В срок";
        contractor_promised: "Promised", "Обещано";
        contractor_minutes: "Minutes charged", "Минут к оплате";
        contractor_invoice: "Invoice", "Счёт";
        contractor_promise: "{share} in {time}", "{share} за {time}";
        contractors_note: "The invoice is for calls that began in the measured time: minutes, by begun steps, and calls at their prices. `cdr.csv` holds the same calls.",
                          "Счёт — за вызовы, начавшиеся за время измерения: минуты, округлённые до начатого шага, и вызовы по их ценам. Те же вызовы есть в `cdr.csv`.";
        owners_note: "Served by another: the owner was busy for longer than the wait allows, was away, or did not pick up.",
                     "Обслужил другой: закреплённый оператор был занят дольше отведённого ожидания, отсутствовал или не ответил.";
    }
}
