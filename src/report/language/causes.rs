//! What the rules of the classification mean, for Russian readers: English pages show the rules' own names.

use super::Language;

/// The rule's name and what it means.
const CAUSES: [(&str, &str); 74] = [
    ("generator-fault", "сбой самого генератора"),
    ("pbx-queue-full", "АТС: очередь заполнена"),
    ("pbx-join-empty", "АТС: в очереди некому отвечать"),
    ("pbx-leave-empty", "АТС: в очереди больше некому отвечать"),
    ("pbx-queue-timeout", "АТС: истекло предельное время в очереди"),
    ("pbx-trunk-full", "АТС: нет свободного канала"),
    ("pbx-legs-full", "АТС: нет свободного плеча"),
    ("pbx-rate-limited", "АТС: вызовы поступают слишком часто"),
    ("pbx-link-full", "АТС: не хватает полосы канала связи"),
    ("pbx-overloaded", "АТС: процессор перегружен"),
    ("pbx-capacity", "АТС: таблица вызовов заполнена"),
    ("pbx-blacklisted", "АТС: номер в чёрном списке"),
    ("pbx-turned-away", "АТС: отказано по правилам маршрутизации"),
    ("pbx-hook-failed", "АТС: внешняя система не указала, куда направить звонок"),
    ("pbx-menu-failed", "АТС: меню голосового автоответчика завершило звонок"),
    ("pbx-shut-down", "АТС: завершает работу"),
    ("gave-up-at-answer", "абонент положил трубку в момент ответа"),
    ("abandoned-in-menu", "абонент положил трубку в меню"),
    ("menu-to-busy", "из меню или очереди: занято"),
    ("menu-to-no-answer", "из меню или очереди: никто не ответил"),
    ("menu-to-declined", "из меню или очереди: отклонено"),
    ("menu-to-nowhere", "из меню или очереди: такого номера нет"),
    ("abandoned-in-queue", "абонент положил трубку в очереди"),
    ("in-progress-in-queue", "прервано, пока абонент ждал в очереди"),
    ("drained-in-queue", "испытание закончилось, пока абонент ждал в очереди"),
    ("media-dead", "отвечено, но без пригодного звука"),
    ("media-degraded", "отвечено, но звук пропадал слишком долго"),
    ("bye-in-queue", "станция разъединила до ответа оператора"),
    ("network-after-answer", "после ответа связь потеряна в сети"),
    ("bye-unanswered", "на BYE не было ответа"),
    ("bye-with-cause", "станция разъединила раньше времени"),
    ("gave-up", "кончилось терпение абонента"),
    ("ring-limit", "никто не снял трубку за отведённое время"),
    ("progress-limit", "после 100 не последовало ничего"),
    ("in-progress", "не отвечено к моменту прерывания"),
    ("drained", "не отвечено к концу испытания"),
    ("drained-in-silence", "к концу испытания никакого отклика"),
    ("transport-error", "сеть не приняла сообщение"),
    ("timer-b", "никакого отклика за 64·T1"),
    ("503-reason-34", "503, причина Q.850 34, 44 или 47: нет канала"),
    ("486-reason-34", "486 или 600, причина Q.850 34, 42 или 44: нет канала"),
    ("488-capacity", "488 или 606: не хватает полосы или ёмкости"),
    ("reason-34", "отказ с причиной Q.850 34, 44 или 47: нет канала"),
    ("503-reason-42", "503, причина Q.850 42: перегрузка оборудования"),
    ("480-limit", "480 с указанием на ограничение"),
    ("reason-42", "отказ с причиной Q.850 42: перегрузка"),
    ("reason-17", "отказ с причиной Q.850 17: занято"),
    ("reason-19", "отказ с причиной Q.850 19: нет ответа"),
    ("reason-102", "отказ с причиной Q.850 102: истёк таймер"),
    ("5xx-reason-38", "5xx, причина Q.850 27 или 38: неисправность"),
    ("channel-limit-text", "в тексте отказа назван предел каналов"),
    ("403-limit", "403, в тексте назван предел"),
    ("486-busy", "486: занято"),
    ("600-busy", "600: занято"),
    ("603-declined", "603: отклонено"),
    ("607-unwanted", "607: нежелательный вызов"),
    ("608-rejected", "608: отклонено посредником"),
    ("480-after-ringing", "480 после гудков: нет ответа"),
    ("480-without-ringing", "480 без гудков"),
    ("408-after-ringing", "408 после гудков: нет ответа"),
    ("408-without-ringing", "408 без гудков: нет отклика"),
    ("487-unasked", "487, хотя отмены не было"),
    ("429-too-many", "429: слишком много запросов"),
    ("503-retry-after", "503 с предложением повторить позже"),
    ("503-bare", "503 без пояснений"),
    ("504-timeout", "504: нет отклика вовремя"),
    ("488-codec", "488 или 606: нет общего кодека"),
    ("401-auth", "401 или 407: авторизация не прошла"),
    ("403-forbidden", "403: запрещено"),
    ("404-wrong-number", "404, 410, 484, 485 или 604: неверный номер"),
    ("3xx-redirect", "3xx: перенаправление"),
    ("5xx-server-error", "5xx: ошибка сервера"),
    ("protocol-error", "неожиданный ответ"),
    ("no-evidence", "вызов окончен, причина неизвестна"),
];

/// The cause as a reader of this language knows it; a name that is no rule stays as it is.
#[must_use]
pub fn cause(name: &str, language: Language) -> String {
    let known = CAUSES.iter().find(|(rule, _)| *rule == name).filter(|_| language == Language::Russian);
    known.map_or_else(|| name.to_owned(), |(rule, meaning)| format!("{meaning} ({rule})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::classify::rules;

    #[test]
    fn every_cause_of_a_call_not_completed_is_known_in_russian() {
        for rule in rules().iter().filter(|rule| !rule.outcome.is_completed()) {
            assert_ne!(cause(rule.name, Language::Russian), rule.name, "{}", rule.name);
            assert_eq!(cause(rule.name, Language::English), rule.name);
        }
    }
}
