//! Words about menus, what callers wanted, and the longest cases.

use super::messages;

messages! {
    /// Titles, columns and notes of these tables and of their chart.
    MenuWords {
        exits: "Where callers leave the menus", "Где абоненты покидают меню";
        menu: "Menu", "Меню";
        way: "How they left it", "Как вышли";
        calls: "Calls", "Вызовы";
        share: "Share", "Доля";
        all: "all", "все";
        chose: "went on", "перешли дальше";
        chose_zero: "asked for a person", "попросили соединить с человеком";
        contained: "the answer was enough", "хватило ответа меню";
        no_input: "pressed nothing", "ничего не нажали";
        invalid_input: "pressed keys that lead nowhere", "нажимали не те клавиши";
        abandoned: "hung up", "повесили трубку";
        cut_short: "cut short", "прерваны";
        exits_note: "Whoever comes into a menu leaves it once; who goes through several counts in each. Key 0 leads to a person.",
                    "Каждый вошедший выходит из меню один раз; кто прошёл несколько меню, посчитан в каждом. Клавиша 0 ведёт к человеку.";
        cases: "The longest cases, step by step", "Самые долгие обращения по шагам";
        call: "Call", "Вызов";
        at: "After its start", "От начала вызова";
        step: "What happened", "Что произошло";
        step_started: "the caller dialled", "абонент набрал номер";
        step_ringing: "it rings", "пошли гудки";
        step_answered: "answered", "ответ";
        step_menu: "came into a menu", "вошёл в меню";
        step_left_menu: "left the menu", "вышел из меню";
        step_queued: "entered the queue", "встал в очередь";
        step_announced: "heard the position", "услышал своё место";
        step_offered: "a phone rings", "звонит телефон оператора";
        step_not_answered: "nobody picked up", "никто не снял трубку";
        step_canceled: "the phone stops ringing", "телефон перестал звонить";
        step_connected: "connected to an agent", "соединён с оператором";
        step_left_queue: "left the queue", "вышел из очереди";
        step_transferred: "passed on", "переведён";
        step_ended: "ended", "завершён";
        cases_note: "From the generator's book, the PBX's and the queue log together; the first replication's.",
                    "По журналу генератора, записям АТС и журналу очереди вместе; по первому повторению.";
        trends: "What callers want more often", "О чём звонят чаще";
        topic: "Topic", "Тема";
        before: "First half", "Первая половина";
        after: "Second half", "Вторая половина";
        growth: "Beyond the plan", "Сверх плана";
        p: "p", "p";
        topic_class: "callers", "абоненты";
        topic_number: "number", "номер";
        topic_branch: "menu", "меню";
        trends_note: "⚠: at least a fifth more than the plan of the two halves leads to expect (of a key: than all else that callers did in its menu), and more than chance: among topics that do not grow, one such mark in 20 reports (exact tests, 5 % shared among all topics).",
                     "⚠ — не меньше чем на пятую часть больше, чем следует из плана двух половин (для клавиши — из всего остального, что нажимали в её меню), и это не случайность: если темы не растут, такой знак появится в одном отчёте из 20 (точные критерии, 5 % поделены на все темы).";
    }
}
