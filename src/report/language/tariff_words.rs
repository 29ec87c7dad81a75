//! Words of the comparison of tariff plans.

use super::messages;

messages! {
    /// Titles, columns and sentences. `{name}` marks what is filled in.
    TariffWords {
        title: "Tariff plans under growth", "Тарифы при росте числа вызовов";
        headline: "The larger the trunk group, the smaller the growth that breaks it.",
                  "Чем крупнее пучок каналов, тем меньший рост его ломает.";
        headline_how: "Filled to {from} loss today, {small} breaks at ×{small_growth} and {large} at ×{large_growth} ({level} loss, Erlang B).",
                      "При заполнении до {from} потерь сегодня {small} ломается при росте ×{small_growth}, а {large} — уже при ×{large_growth} (потери {level}, формула Эрланга B).";
        facts: "Load today {erlangs}, {calls} calls a month; accepted loss {target}; plans on sale on {on}; {replications} replications, seed {seed}.",
               "Нагрузка сегодня {erlangs}, вызовов в месяц: {calls}; допустимые потери {target}; тарифы, действующие на {on}; прогонов: {replications}, начальное число {seed}.";
        illustrative: "Plans marked * are illustrative: made up, nobody's offer.",
                      "Тарифы со знаком * условные: они придуманы для примера и никем не предлагаются.";

        path_title: "What to buy as calls grow", "Что покупать по мере роста";
        path_none: "no plan stays within the accepted loss", "ни один тариф не укладывается в допустимые потери";
        path_even_with: "{growth}: {plan} loses {loss} even with all {channels} channels that it can have.",
                        "{growth}: «{plan}» теряет {loss} даже при наибольшем числе каналов ({channels}).";
        path_saves: "{growth}: {channels} channels hold the accepted loss; by the formula further ones, up to {most}, pay too, and together they save {saved} {currency} a month beyond their price.",
                    "{growth}: каналов для допустимых потерь: {channels}; по формуле окупаются и следующие, до {most}: вместе они сберегут {saved} {currency} в месяц сверх своей цены.";
        path_together: "{growth}: {plan} has the lowest invoice; with what lost calls cost {other} is cheaper, and holds the accepted loss too: {less} instead of {total} {currency} a month.",
                       "{growth}: самый низкий счёт у «{plan}», но вместе с ценой потерянных вызовов дешевле «{other}», который тоже укладывается в допустимые потери: {less} вместо {total} {currency} в месяц.";
        path_months: "Each growth lasts {months} months; a change is advised where it pays within them.",
                     "Каждая ступень роста длится {months} мес.; переход рекомендуется, если он окупается за это время.";
        path_change: "{growth}: from {old} to {new} as of {begins}{costs}.",
                     "{growth}: переход с «{old}» на «{new}» с {begins}{costs}.";
        path_leaving: "commitment {amount} {currency}", "обязательства {amount} {currency}";
        path_setup: "set-up {amount} {currency}", "подключение {amount} {currency}";
        path_notice: "days of notice {amount} {currency}", "дни уведомления {amount} {currency}";
        plans_title: "Where each plan breaks", "Когда ломается каждый тариф";
        plans_caption: "Growth at which a plan loses {level}, with its 95 % interval: by Erlang's formula B, simulated with the channels alone, and simulated with every cap and rule of the plan. A plan that sells further channels has a second row, with all of them.",
                       "Рост, при котором тариф теряет {level}, с 95-процентным интервалом: по формуле Эрланга B, по имитации только с числом каналов и по имитации со всеми ограничениями и правилами тарифа. У тарифа, к которому можно докупить каналы, есть вторая строка: со всеми каналами.";
        loss_title: "Loss against growth by plan", "Потери при росте по тарифам";
        loss_endless: "{growth}: calls over the {channels} channels of {plan} wait, and as many come as the channels can carry or more: the queue grows without end, and {loss} are never served.",
                      "{growth}: вызовы сверх каналов тарифа «{plan}» ({channels}) ждут, а поступает их не меньше, чем каналы могут пропустить: очередь растёт без конца, и {loss} вызовов так и не обслуживаются.";
        loss_wait: "{growth}: on {plan} with {channels} channels calls wait {wait} for one, on average.",
                   "{growth}: на тарифе «{plan}» при {channels} каналах вызов ждёт канала в среднем {wait}.";
        loss_axis: "Lost for technical reasons, %", "Потеряно по техническим причинам, %";
        loss_caption: "Lines are simulated, whiskers their 95 % intervals; diamonds mark the growth at which a plan loses more than is accepted. A plan that sells further channels is shown with those that keep it within the accepted loss, as far as it has them.",
                      "Линии — имитация, усы — её 95-процентные интервалы; ромбы — рост, при котором тариф теряет больше допустимого. Если тариф продаёт дополнительные каналы, он показан с теми, что удерживают потери в допустимых пределах, пока их хватает.";
        cost_title: "Cost and loss along the recommended path", "Затраты и потери по рекомендуемому пути";
        cost_axis: "A month, {currency}", "В месяц, {currency}";
        cost_caption: "What the provider charges and what the remaining lost calls cost; the plan is named where it begins.",
                      "Счёт оператора и цена оставшихся потерянных вызовов; название тарифа — над шагом, с которого он начинается.";
        cost_bill: "provider's invoice", "счёт оператора";
        cost_loss: "lost calls", "потерянные вызовы";
        marginal_title: "The price at which one more channel pays", "Цена, при которой окупается ещё один канал";
        marginal_axis: "A channel and month, {currency}", "За канал в месяц, {currency}";
        marginal_caption: "One more channel, beside those bought at that growth, pays while the calls that it saves (or the minutes over the channels, where the plan takes and bills them) are worth more than its price; by formula at the mean load, so that rushes make it worth more.",
                          "Ещё один канал сверх купленных при этом росте окупается, пока спасённые им вызовы (или сбережённые минуты сверх каналов, если тариф их принимает за плату) стоят больше его цены; по формуле при средней нагрузке, так что при всплесках он ценнее.";
        worth_queue: "{plan}: calls over its channels wait instead of being lost, so nothing is said of what one more channel is worth.",
                     "«{plan}»: вызовы сверх каналов не теряются, а ждут, поэтому цена ещё одного канала не указана.";
        worth_queues: "{plan}: callers in the firm's own queues hold a channel while they wait, the longer the more channels let in, and no formula knows that; so nothing is said of what one more channel is worth.",
                      "«{plan}»: канал занят и пока вызов ждёт в очереди самой АТС, и чем больше каналов, тем дольше; формула этого не учитывает, поэтому цена ещё одного канала не указана.";
        worth_redials: "{plan}: no formula is known for its rules where callers dial again, so nothing is said of what one more channel is worth.",
                       "«{plan}»: для его правил при повторном наборе формула неизвестна, поэтому цена ещё одного канала не указана.";
        worth_duration: "{plan}: no formula is known where a plan cuts calls off, so nothing is said of what one more channel is worth.",
                        "«{plan}»: для тарифа, обрывающего длинные разговоры, формула неизвестна, поэтому цена ещё одного канала не указана.";
        worth_load: "{plan}: the load is beyond its formula, so nothing is said of what one more channel is worth.",
                    "«{plan}»: нагрузка слишком велика для формулы, поэтому цена ещё одного канала не указана.";
        growth: "Growth", "Рост";
        growth_axis: "Growth, times today's calls", "Рост, во сколько раз больше вызовов";
        plan: "Plan", "Тариф";
        provider: "Provider", "Оператор";
        channels: "Channels", "Каналы";
        rate: "Calls/s", "Вызовов/с";
        cost: "Invoice, {currency}", "Счёт, {currency}";
        loss_cost: "Lost calls, {currency}", "Потери, {currency}";
        total: "Together, {currency}", "Всего, {currency}";
        lost_customers: "Customers lost", "Потеряно клиентов";
        loss: "Loss, %", "Потери, %";
        knee_formula: "Erlang B", "Эрланг B";
        knee_channels: "Channels alone", "Только каналы";
        knee_plan: "The whole plan", "Тариф целиком";
        pays_below: "Pays below, {currency}", "Окупается дешевле, {currency}";
        its_price: "Its price, {currency}", "Его цена, {currency}";
        pays_up_to: "Pays up to", "Окупается до";
        never: "never", "никогда";
        target: "accepted {target}", "допустимо {target}";
        not_offered_title: "Not compared", "Не сравнивались";
        reason: "Why", "Почему";
        invoice_title: "Invoice of today's month", "Счёт за сегодняшний месяц";
        invoice_set_up: "set-up", "подключение";
        invoice_plan: "plan", "тариф";
        invoice_users: "users", "пользователи";
        invoice_channels: "channels", "каналы";
        invoice_numbers: "numbers", "номера";
        invoice_feature: "feature {name}", "функция {name}";
        invoice_rate: "calls per second", "вызовы в секунду";
        invoice_minutes: "{direction} minutes", "минуты, {direction}";
        invoice_calls: "{direction} calls", "вызовы, {direction}";
        invoice_fair_use: "{direction} minutes beyond fair use", "минуты сверх нормы, {direction}";
        invoice_burst: "minutes over the channels", "минуты сверх каналов";
        invoice_vat: "tax", "налог";
        invoice_days: " × {days}/{month} days", " × {days}/{month} дней";
        invoice_total: "total {total} {currency}, tax {vat}", "всего {total} {currency}, налог {vat}";
        invoice_left_over: "{minutes} {direction} minutes are left over for next month",
                           "минут, остающихся на следующий месяц ({direction}): {minutes}";
        invoice_unpriced: "{minutes} minutes beyond fair use have no stated price",
                          "минут сверх нормы, цена которых не указана: {minutes}";
        invoice_at_once: "channels at once: the calls held up to {peak}; in this invoice: {channels}",
                         "каналов одновременно: вызовы занимали до {peak}; в этом счёте: {channels}";
        invoice_at_once_alone: "channels at once: the calls held up to {peak}; the plan's source states none",
                               "каналов одновременно: вызовы занимали до {peak}; в источнике их число не указано";
        invoice_pools_by_number: "pools of channels: {pools}; each call belongs to that of the number dialled",
                                 "пучков каналов: {pools}; каждый вызов относится к пучку набранного номера";
        invoice_pools_in_turn: "pools of channels: {pools}; the record does not tell which one a call belongs to: they are taken to go round them in turn",
                               "пучков каналов: {pools}; по записи не видно, к какому относится вызов: считается, что они идут по пучкам по очереди";
        invoice_short: "the plan has no more channels: some of these calls would not have found one",
                       "больше каналов у тарифа нет: части этих вызовов канала не хватило бы";
        invoice_over: "calls over the plan's channels: {calls}; minutes, each begun one in full: {minutes}",
                      "вызовов сверх каналов тарифа: {calls}; минут, считая начатую за целую: {minutes}";
        invoice_legs: "the record does not tell which calls were {kind}: {share} of them, spread evenly, are taken to hold {legs} channels each",
                      "по записи не видно, какие вызовы {kind}: считается, что таких {share}, поровну во времени, и каналов каждый занимает {legs}";
        invoice_out: "the record does not tell which calls were {kind}: {share} of all that were served are billed as calls out as well",
                     "по записи не видно, какие вызовы {kind}: {share} обслуженных оплачиваются ещё и как исходящие";
        invoice_forwarded: "sent on to an outside number", "переведены на внешний номер";
        invoice_consulted: "held while a colleague was asked", "удерживались на время консультации";
        invoice_called_back: "answered by a call back", "завершены обратным звонком";
        invoice_lost: "calls lost for technical reasons: {calls}; they hold no channel here, and with room for them it would take more",
                      "вызовов, потерянных по техническим причинам: {calls}; каналов они здесь не занимают, для них понадобилось бы больше";
        invoice_too_large: "an amount has more than 28 digits", "в одной из сумм больше 28 цифр";
        inbound: "inbound", "входящие";
        outbound: "outbound", "исходящие";
        toll_free: "toll-free", "бесплатный номер";
        sources_title: "Sources", "Источники";
        source: "Source", "Источник";
        read_on: "Read on", "Дата чтения";

        not_before: "not sold before {detail}", "не продаётся до {detail}";
        not_after: "not sold after {detail}", "не продаётся после {detail}";
        no_channels: "its source states no number of channels", "в источнике не указано число каналов";
        no_price: "its source states no regular price", "в источнике нет регулярной цены";
        users: "for at most {detail} users", "не больше {detail} пользователей";
        feature: "without {detail}", "нет функции: {detail}";
        calls_per_second: "at most {detail} calls per second", "не больше {detail} вызовов в секунду";
        codecs: "no codec in common", "нет общего кодека";
        link: "the link does not carry one call", "линия связи не вмещает ни одного вызова";
        currency: "its prices are in {detail}", "цены в другой валюте ({detail})";
        queue: "its queue before the scenario's own is not simulated", "очередь оператора перед очередью АТС не моделируется";
        queue_legs: "a queue of calls that take several channels each is not simulated", "очередь вызовов, занимающих по нескольку каналов, не моделируется";
    }
}

impl TariffWords {
    /// Why nothing is said of what one more channel is worth, `{plan}` to be filled in.
    #[must_use]
    pub fn unknown_worth(&self, reason: &str) -> Option<&'static str> {
        match reason {
            "queue" => Some(self.worth_queue),
            "queues" => Some(self.worth_queues),
            "redials" => Some(self.worth_redials),
            "duration" => Some(self.worth_duration),
            "load" => Some(self.worth_load),
            _ => None,
        }
    }

    /// Why a plan is not compared.
    #[must_use]
    pub fn why(&self, reason: &str, detail: &str) -> String {
        let sentence = match reason {
            "not_before" => self.not_before,
            "not_after" => self.not_after,
            "no_channels" => self.no_channels,
            "no_price" => self.no_price,
            "users" => self.users,
            "feature" => self.feature,
            "calls_per_second" => self.calls_per_second,
            "codecs" => self.codecs,
            "link" => self.link,
            "currency" => self.currency,
            "queue" => self.queue,
            "queue_legs" => self.queue_legs,
            other => return other.to_owned(),
        };
        super::fill(sentence, &[("detail", detail)])
    }
}
