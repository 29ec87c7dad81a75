//! Whose phones may register.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::endpoint::pbx::Account;
use crate::endpoint::pbx::Hash;
use crate::endpoint::pbx::Limits;
use crate::endpoint::pbx::PhoneConfig;
use crate::endpoint::pbx::SessionTimers;
use crate::pbx::config::Extension;
use crate::pbx::config::UserConfig;
use crate::scenario::document::AuthenticateWord;
use crate::scenario::document::ExtensionWord;
use crate::scenario::document::HashWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::RegistrationDocument;
use crate::scenario::document::SessionTimersDocument;
use crate::scenario::document::UserDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::scenario::resolve::or_default;
use crate::time::Duration;
use crate::units::Period;
use crate::units::Ratio;

/// Most users of one scenario.
const USERS_MAX: usize = 100_000;
const NOW: Period = Period(Duration::ZERO);
/// Most phones of one user.
const CONTACTS_MAX: u32 = 100;

impl Resolver<'_> {
    pub(super) fn phones(&mut self, document: &mut PbxDocument) -> PhoneConfig {
        let mut phones = PhoneConfig { echo: echo_numbers(document), ..PhoneConfig::default() };
        phones.session_timers = self.session_timers(document.session_timers.as_mut());
        self.check_phones_of_agents(document);
        if document.users.is_none() {
            if document.authenticate.is_some() || document.registration.is_some() {
                let message =
                    "nobody may register; write users: [{name: \"101\", password_env: PASSWORD_101}]";
                self.wrong("pbx.users", message);
            }
            return phones;
        }
        phones.users = self.users(document);
        let authenticate = document.authenticate.get_or_insert(AuthenticateWord::Registrations);
        phones.authenticate_calls = *authenticate == AuthenticateWord::Calls;
        self.registration(document.registration.get_or_insert_default(), &mut phones);
        phones
    }

    fn users(&mut self, document: &PbxDocument) -> Vec<Account> {
        let users = document.users.as_deref().unwrap_or_default();
        if users.is_empty() || users.len() > USERS_MAX {
            let message = format!("{} users; write 1 to {USERS_MAX}", users.len());
            self.wrong("pbx.users", &message);
            return Vec::new();
        }
        let mut names = BTreeSet::new();
        let mut accounts = Vec::with_capacity(users.len());
        for (place, user) in users.iter().enumerate() {
            let path = format!("pbx.users[{place}]");
            let name = user.name.as_deref().unwrap_or_default();
            if document.extensions.as_ref().is_some_and(|extensions| extensions.contains_key(name)) {
                let message = format!("`{name}` is an extension, too; give one of them another number");
                self.wrong(&format!("{path}.name"), &message);
            }
            if !names.insert(name) {
                let message = format!("a second user `{name}`; give every user a name of their own");
                self.wrong(&format!("{path}.name"), &message);
            }
            accounts.extend(self.user(user, &path));
        }
        accounts
    }

    fn session_timers(&mut self, document: Option<&mut SessionTimersDocument>) -> SessionTimers {
        let defaults = SessionTimers::default();
        let Some(document) = document else { return defaults };
        let min = or_default(&mut document.min, defaults.min);
        let expires = document.expires.map(|expires| expires.0);
        if min < Duration::from_secs(1) || expires.is_some_and(|expires| expires < min) {
            let message = "must hold 1s <= min <= expires; write {expires: 30m, min: 90s}";
            self.wrong("pbx.session_timers", message);
        }
        SessionTimers { expires, min }
    }

    /// The users as numbers that can be called.
    pub(super) fn dialled_users(&mut self, document: &mut PbxDocument) -> Vec<(Arc<str>, Extension)> {
        let mut dialled = Vec::new();
        for (place, user) in document.users.iter_mut().flatten().enumerate() {
            let path = format!("pbx.users[{place}]");
            let defaults = UserConfig::default();
            let habits = UserConfig {
                ring_timeout: or_default(&mut user.ring_timeout, defaults.ring_timeout),
                answer_delay: self.law_or(&mut user.answer_delay, NOW, &format!("{path}.answer_delay")),
                no_answer: user.no_answer.get_or_insert(Ratio(0.0)).0,
            };
            let number = user.name.as_deref().unwrap_or_default();
            dialled.push((Arc::from(number), Extension::User(habits)));
        }
        dialled
    }

    /// Every agent's phone is a user's, and nobody else's.
    fn check_phones_of_agents(&mut self, document: &PbxDocument) {
        let Some(Written::List(agents)) = &document.agents else { return };
        let users = document.users.as_deref().unwrap_or_default();
        let users: Vec<&str> = users.iter().filter_map(|user| user.name.as_deref()).collect();
        let mut taken = BTreeSet::new();
        for (place, agent) in agents.iter().enumerate() {
            let Some(phone) = agent.phone.as_deref() else { continue };
            let path = format!("pbx.agents[{place}].phone");
            if !users.contains(&phone) {
                let remedy = format!("write users: [{{name: \"{phone}\", password_env: PASSWORD_{phone}}}]");
                self.wrong(&path, &format!("no user `{phone}` may register; {remedy}"));
            }
            if !taken.insert(phone) {
                let message = format!("the phone of `{phone}` is another agent's, too; give each their own");
                self.wrong(&path, &message);
            }
        }
    }

    fn user(&mut self, user: &UserDocument, path: &str) -> Option<Account> {
        let Some(name) = &user.name else {
            self.wrong(path, "a user needs a name, which is the number; write {name: \"101\"}");
            return None;
        };
        self.check_number(name, &format!("{path}.name"));
        let Some(variable) = &user.password_env else {
            return Some(Account { user: name.as_str().into(), password: "".into() });
        };
        let Some(password) = (self.inputs.environment)(variable) else {
            let message = format!("environment variable {variable} is not set; export the password in it");
            self.wrong(&format!("{path}.password_env"), &message);
            return None;
        };
        Some(Account { user: name.as_str().into(), password: password.into() })
    }

    fn registration(&mut self, document: &mut RegistrationDocument, phones: &mut PhoneConfig) {
        let path = "pbx.registration";
        let defaults = Limits::default();
        let contacts = *document.max_contacts.get_or_insert(10);
        if !(1..=CONTACTS_MAX).contains(&contacts) {
            let message = format!("{contacts} phones of one user; write 1 to {CONTACTS_MAX}");
            self.wrong(&format!("{path}.max_contacts"), &message);
        }
        phones.limits = Limits {
            default_expires: or_default(&mut document.expires, defaults.default_expires),
            min_expires: or_default(&mut document.min_expires, defaults.min_expires),
            max_expires: or_default(&mut document.max_expires, defaults.max_expires),
            contacts: usize::try_from(contacts).unwrap_or(usize::MAX),
        };
        let Limits { default_expires, min_expires, max_expires, .. } = phones.limits;
        let in_order = min_expires <= default_expires && default_expires <= max_expires;
        if min_expires < Duration::from_secs(1) || !in_order {
            let message = "must hold 1s <= min_expires <= expires <= max_expires; \
                write {min_expires: 1m, expires: 1h, max_expires: 2h}";
            self.wrong(path, message);
        }
        phones.nonce_lifetime = or_default(&mut document.nonce_lifetime, phones.nonce_lifetime);
        let algorithms = document.algorithms.get_or_insert_with(|| vec![HashWord::Md5]);
        let repeated = (1..algorithms.len()).any(|place| algorithms[..place].contains(&algorithms[place]));
        if algorithms.is_empty() || repeated {
            self.wrong(&format!("{path}.algorithms"), "name one or more, each once, as [MD5, SHA-256]");
        }
        phones.hashes = algorithms.iter().map(|word| hash(*word)).collect();
    }
}

const fn hash(word: HashWord) -> Hash {
    match word {
        HashWord::Md5 => Hash::Md5,
        HashWord::Sha256 => Hash::Sha256,
        HashWord::Sha512Over256 => Hash::Sha512Over256,
    }
}

fn echo_numbers(document: &PbxDocument) -> BTreeSet<Arc<str>> {
    let extensions = document.extensions.iter().flatten();
    let echo = extensions.filter(|(_, value)| matches!(value, Written::Text(ExtensionWord::Echo)));
    echo.map(|(number, _)| Arc::from(number.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(pbx: &str) -> Result<Scenario, String> {
        let environment = |name: &str| (name == "P").then(|| "secret".to_owned());
        let inputs = Inputs { environment: &environment, ..Inputs::with_seed(1) };
        let text = format!("name: phones\nquestion: Who?\npbx:\n{pbx}");
        parse(&text, "p.yaml", &inputs).map_err(|problems| problems.to_string())
    }

    #[test]
    fn users_and_their_terms_are_read_and_passwords_written_nowhere() {
        let scenario = read(
            "  users: [{name: \"101\", password_env: P}]\n  authenticate: calls\n  \
             extensions: {\"600\": echo}\n  registration: {min_expires: 30s, algorithms: [SHA-256]}\n",
        )
        .unwrap();
        let phones = &scenario.live.phones;
        assert_eq!(phones.users, [Account { user: "101".into(), password: "secret".into() }]);
        assert!(phones.authenticate_calls && phones.echo.contains("600"));
        assert_eq!(phones.limits, Limits { min_expires: Duration::from_secs(30), ..Limits::default() });
        assert_eq!(phones.hashes, [Hash::Sha256]);
        assert!(!scenario.effective.contains("secret") && scenario.effective.contains("password_env: P"));
        assert!(!format!("{scenario:?}").contains("secret"));
        let habits = UserConfig { ring_timeout: Duration::from_secs(20), ..UserConfig::default() };
        let called = read("  users: [{name: \"101\", password_env: P, ring_timeout: 20s}]\n").unwrap();
        assert_eq!(called.pbx.extensions["101"], Extension::User(habits));
        let timed = read("  session_timers: {expires: 10m}\n").unwrap().live.phones.session_timers;
        let expected = SessionTimers { expires: Some(Duration::from_mins(10)), min: Duration::from_secs(90) };
        assert_eq!(timed, expected);
        assert_eq!(read("  channels: 1\n").unwrap().live.phones, PhoneConfig::default());
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_remedy() {
        let one = "  users: [{name: \"101\", password_env: P}]\n";
        for (pbx, expected) in [
            ("  authenticate: calls\n", "nobody may register"),
            ("  session_timers: {expires: 1m}\n", "min <= expires"),
            ("  users: []\n", "0 users"),
            ("  agents: [{name: Anna, phone: \"101\"}]\n", "no user `101` may register; write users"),
            (
                &format!("{one}  agents: [{{name: A, phone: \"101\"}}, {{name: B, phone: \"101\"}}]\n"),
                "another agent's, too",
            ),
            ("  users: [{password_env: P}]\n", "a user needs a name"),
            ("  users: [{name: \"101\", password_env: Q}]\n", "environment variable Q is not set"),
            ("  users: [{name: \"1 1\", password_env: P}]\n", "`1 1` is no number or user name"),
            (
                "  users: [{name: \"1\", password_env: P}, {name: \"1\", password_env: P}]\n",
                "a second user `1`",
            ),
            (&format!("{one}  extensions: {{\"101\": busy}}\n"), "`101` is an extension, too"),
            (&format!("{one}  registration: {{expires: 3h}}\n"), "min_expires <= expires <= max_expires"),
            (&format!("{one}  registration: {{min_expires: 0s}}\n"), "min_expires <= expires <= max_expires"),
            (&format!("{one}  registration: {{algorithms: []}}\n"), "name one or more"),
            (&format!("{one}  registration: {{algorithms: [MD5, MD5]}}\n"), "each once"),
            (&format!("{one}  registration: {{max_contacts: 0}}\n"), "0 phones of one user"),
        ] {
            let problem = read(pbx).unwrap_err();
            assert!(problem.contains(expected) && problem.contains("p.yaml:"), "{pbx}{problem}");
        }
    }
}
