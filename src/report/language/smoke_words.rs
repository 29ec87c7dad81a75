//! Words of the smoke test before launch.

use super::messages;

messages! {
    /// Its lines: where each number and branch leads, and what became of the call.
    SmokeWords {
        title: "smoke test: one call down every number and branch", "проверка перед запуском: по одному вызову на каждый номер и каждую ветвь меню";
        nothing: "nothing", "ничего";
        goodbye: "goodbye", "прощание";
        answer: "answer", "ответ АТС";
        menu: "menu {name}", "меню {name}";
        queue: "queue {name}", "очередь {name}";
        extension: "extension {name}", "внутренний номер {name}";
        voicemail: "voicemail", "голосовая почта";
        callback: "a callback", "обратный звонок";
        refusal: "refusal on purpose", "намеренный отказ";
        unknown: "unknown number", "неизвестный номер";
        hook: "where the hook says", "куда укажет внешняя система";
        open: "open, {time}", "открыто, {time}";
        closed: "closed, {time}", "закрыто, {time}";
        hour: "at {time}", "время {time}";
        untested: "not tested: {what}", "не проверено: {what}";
        untested_template: "of the numbers {template} all but one", "из номеров {template} все, кроме одного";
        untested_web: "callers {class}, who ask for a call on a web page", "абоненты {class}: они просят о звонке на сайте";
        untested_deep: "menus behind more than {keys} keys", "меню глубже {keys} нажатий";
        untested_many: "paths beyond the first {ways}", "пути после первых {ways}";
        untested_target: "other hours; the target goes by its own clock and is judged by the scenario's start, {state}: --set start=TIME judges it by another", "другие часы; у цели свои часы, её ответ сверен с началом сценария ({state}): --set start=ВРЕМЯ сверит с другим";
        not_placed: "BROKEN: not placed", "НЕ РАБОТАЕТ: вызов не удалось начать";
        broken: "BROKEN: {ended} ({cause}{queue})", "НЕ РАБОТАЕТ: {ended}; {cause}{queue}";
        sum: "{works} of {all} paths work.", "Работает путей: {works} из {all}.";
        broken_path: "broken: {path} → {leads_to}", "не работает: {path} → {leads_to}";
    }
}
