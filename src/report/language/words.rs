//! Words used everywhere: units, outcomes, verdicts, nouns with their plural forms.

use super::messages;

messages! {
    /// Units, outcomes, verdicts and nouns (`one|few|many`).
    Words {
        unit_ms: "ms", "мс";
        unit_s: "s", "с";
        unit_min: "min", "мин";
        unit_h: "h", "ч";
        unit_erlangs: "Erl", "Эрл";
        unit_calls_per_second: "calls/s", "выз./с";
        calls: "call|calls", "вызов|вызова|вызовов";
        attempts: "attempt|attempts", "попытка|попытки|попыток";
        channels: "channel|channels", "канал|канала|каналов";
        agents: "agent|agents", "оператор|оператора|операторов";
        customers: "customer|customers", "клиент|клиента|клиентов";
        replications: "replication|replications", "прогон|прогона|прогонов";
        lost_calls: "lost call|lost calls", "потерянный вызов|потерянных вызова|потерянных вызовов";
        none: "–", "–";
        yes: "yes", "да";
        no: "no", "нет";

        pass: "Pass", "Пройдено";
        fail: "Fail", "Не пройдено";
        inconclusive: "Inconclusive", "Данных мало для вывода";
        invalid: "Invalid", "Измерение недействительно";

        live: "live run", "испытание реальными вызовами";
        simulation: "simulation", "имитационное моделирование";
        audit: "audit of a call log", "разбор журнала вызовов";
        complete: "complete", "завершён";
        interrupted: "interrupted: this report is partial", "прерван: отчёт неполный";
        stopped: "stopped early by a gate", "остановлен досрочно по условию";
        target_bundled: "the bundled PBX", "встроенная АТС";

        offered: "Offered", "Поступило";
        completed: "Completed", "Обслужено";
        human: "Lost through people", "Потери, связанные с людьми";
        technical: "Lost for technical reasons", "Потери по техническим причинам";
        other: "Counted in no ratio", "Вне показателей";
        sum: "Sum", "Сумма";

        completed_agent: "answered by an agent", "ответил оператор";
        completed_pbx: "answered by the PBX", "ответила АТС";
        completed_ivr: "served by the voice menu", "обслужено голосовым меню";
        completed_voicemail: "left a voice message", "оставлено голосовое сообщение";
        completed_callback: "asked to be called back", "заказан обратный звонок";
        busy: "busy", "занято";
        no_answer: "no answer", "нет ответа";
        declined: "declined", "отклонено";
        abandoned: "caller gave up", "абонент не дождался";
        queue_full: "queue full", "очередь заполнена";
        queue_timeout: "waited too long, sent away", "время ожидания истекло";
        trunk: "no channel free", "нет свободного канала";
        trunk_or_other: "no channel, leg or room on the link free", "нет свободного канала, плеча или полосы";
        overload: "overload", "перегрузка";
        timeout: "no reply in time", "нет отклика вовремя";
        failure: "server or protocol error", "ошибка сервера или протокола";
        media: "no usable sound", "нет звука";
        cut_off: "cut off", "обрыв разговора";
        policy: "refused on purpose", "отклонено по правилам";
        excluded: "set-up error", "ошибка настройки";
        generator: "spoilt by the generator", "испорчено генератором";
        in_progress: "unfinished when interrupted", "не завершено при прерывании";

        dialled: "dialled", "набрали номер";
        admitted: "admitted", "приняты станцией";
        reached: "reached the queue or the number", "дошли до очереди или номера";
        answered: "answered", "получили ответ";
        finished: "talked to the end", "договорили до конца";

        limit_channels: "channels", "каналы";
        limit_legs: "legs", "плечи вызовов";
        limit_calls_per_second: "calls per second", "вызовы в секунду";
        limit_bandwidth: "bandwidth", "полоса пропускания";
        limit_processor: "processor", "процессор";

        ci_batch_means: "batch means", "метод групповых средних";
        ci_of_batches: "{method} ({batches} batches, lag-1 correlation {lag1})",
                       "{method} (групп: {batches}, корреляция соседних групп {lag1})";
        ci_wilson: "Wilson", "интервал Уилсона";
        ci_wilson_inflated: "Wilson, widened for correlation", "интервал Уилсона с поправкой на корреляцию";
        ci_replications: "over replications", "по независимым прогонам";

        model_erlang_b: "Erlang B", "Erlang B";
        model_extended_erlang_b: "extended Erlang B (with redials)", "расширенная Erlang B (с повторными вызовами)";
        model_erlang_c: "Erlang C", "Erlang C";
        model_simulation: "simulation of this scenario", "моделирование этого сценария";
        model_erlang_a: "Erlang A (with impatience)", "Erlang A (с учётом нетерпения)";
        model_erlang_a_redial: "Erlang A with redials of those who gave up", "Erlang A с повторными вызовами не дождавшихся";
        model_shared_lines: "a queue and other calls on the same channels", "очередь и прочие вызовы на общих каналах";
        model_queue_with_wrap_up: "a queue whose agents' wrap-up holds no channel", "очередь, где завершающая работа операторов не занимает канал";
        model_mmnk: "M/M/n/K (queue with a limited length)", "M/M/n/K (очередь ограниченной длины)";
    }
}

impl Words {
    /// The label of an outcome's part of a name, such as `trunk`; unknown names are shown as they are.
    #[must_use]
    pub fn label<'name>(&self, name: &'name str) -> &'name str
    where
        'static: 'name,
    {
        match name {
            "completed.agent" | "agent" => self.completed_agent,
            "completed.pbx" | "pbx" => self.completed_pbx,
            "completed.ivr" | "ivr" => self.completed_ivr,
            "completed.voicemail" | "voicemail" => self.completed_voicemail,
            "completed.callback" | "callback" => self.completed_callback,
            "human.busy" | "busy" => self.busy,
            "human.no_answer" | "no_answer" => self.no_answer,
            "human.declined" | "declined" => self.declined,
            "human.abandoned" | "abandoned" => self.abandoned,
            "human.queue_full" | "queue_full" => self.queue_full,
            "human.queue_timeout" | "queue_timeout" => self.queue_timeout,
            "technical.trunk" | "trunk" => self.trunk,
            "trunk_or_other" => self.trunk_or_other,
            "technical.overload" | "overload" => self.overload,
            "technical.timeout" | "timeout" => self.timeout,
            "technical.failure" | "failure" => self.failure,
            "technical.media" | "media" => self.media,
            "technical.cut_off" | "cut_off" => self.cut_off,
            "policy" => self.policy,
            "excluded" => self.excluded,
            "generator" => self.generator,
            "in_progress" => self.in_progress,
            other => self.other_label(other),
        }
    }

    fn other_label<'name>(&self, name: &'name str) -> &'name str
    where
        'static: 'name,
    {
        match name {
            "dialled" => self.dialled,
            "admitted" => self.admitted,
            "reached" => self.reached,
            "answered" => self.answered,
            "completed" => self.finished,
            "channels" => self.limit_channels,
            "legs" => self.limit_legs,
            "calls_per_second" => self.limit_calls_per_second,
            "bandwidth" => self.limit_bandwidth,
            "processor" => self.limit_processor,
            "batch_means" => self.ci_batch_means,
            "wilson" => self.ci_wilson,
            "wilson_inflated" => self.ci_wilson_inflated,
            "replications" => self.ci_replications,
            "erlang_b" => self.model_erlang_b,
            "extended_erlang_b" => self.model_extended_erlang_b,
            "erlang_c" => self.model_erlang_c,
            "erlang_a" => self.model_erlang_a,
            "simulation" => self.model_simulation,
            "mmnk" => self.model_mmnk,
            "erlang_a_redial" => self.model_erlang_a_redial,
            "queue_with_wrap_up" => self.model_queue_with_wrap_up,
            "shared_lines" => self.model_shared_lines,
            other => other,
        }
    }
}
