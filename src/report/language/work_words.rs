//! Words about the work of the PBX and its people: owners, contractors, other contacts.

use super::messages;

messages! {
    /// Titles, columns and notes of the tables about it.
    WorkWords {
        owners: "Callers with an agent of their own", "Абоненты с закреплённым оператором";
        queue: "Queue", "Очередь";
        owners_known: "Have an owner", "Есть закреплённый";
        owners_reached: "Reached the owner", "Попали к своему";
        owners_fell_back: "Served by another", "Обслужил другой";
        owners_gone: "Served by nobody", "Не обслужены";
        owners_share: "Share that reached the owner", "Доля попавших к своему";
        owners_note: "Served by another: the owner was busy for longer than the wait allows, was away, or did not pick up.",
                     "Обслужил другой: закреплённый оператор был занят дольше отведённого ожидания, отсутствовал или не ответил.";
    }
}
