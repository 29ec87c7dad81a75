//! What the call records must hold.

use crate::pbx::fields::Field;
use crate::pbx::fields::Requirement;
use crate::pbx::fields::When;
use crate::scenario::problem::nearest;
use crate::scenario::resolve::Resolver;

impl Resolver<'_> {
    /// Each required field; an unknown name, and one that is said twice, are mistakes.
    pub(super) fn required_fields(&mut self, written: Option<&[String]>) -> Vec<Requirement> {
        let mut required: Vec<Requirement> = Vec::new();
        for (place, text) in written.into_iter().flatten().enumerate() {
            let path = format!("required_fields[{place}]");
            match read(text) {
                Err(message) => self.wrong(&path, &message),
                Ok((field, when))
                    if required.iter().any(|known| (known.field, known.when) == (field, when)) =>
                {
                    self.wrong(&path, &format!("`{text}` is required twice; remove one"));
                }
                Ok((field, when)) => {
                    let written_at = self.tree.nearest_to(&path).place.line_of(self.file);
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    required.push(Requirement { field, when, text, written_at });
                }
            }
        }
        required
    }
}

/// `FIELD` or `FIELD if CALLS`.
fn read(text: &str) -> Result<(Field, When), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (name, when) = match words.as_slice() {
        [name] => (*name, None),
        [name, "if", calls] => (*name, Some(*calls)),
        _ => {
            return Err(format!(
                "`{text}` is no field; write its name, as start, or for some calls only, as agent if answered"
            ));
        }
    };
    let fields = Field::ALL.map(Field::name);
    let field = Field::from_name(name)
        .ok_or_else(|| format!("no field `{name}` in a call record; {}", remedy(name, &fields)))?;
    let Some(calls) = when else { return Ok((field, When::Always)) };
    let known: Vec<&str> = When::WORDS.into_iter().chain(fields).collect();
    match When::from_name(calls) {
        Some(When::Filled(same)) if same == field => {
            Err(format!("`{text}` is always so; write {name} alone, or another field after `if`"))
        }
        Some(when) => Ok((field, when)),
        None => Err(format!("no calls `{calls}`; {}", remedy(calls, &known))),
    }
}

/// What may have been meant, and all that may be written.
fn remedy(word: &str, known: &[&str]) -> String {
    let near = nearest(word, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("{near}write one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::pbx::fields::Field;
    use crate::pbx::fields::When;
    use crate::scenario::Inputs;
    use crate::scenario::Scenario;
    use crate::scenario::parse;

    fn read(fields: &str) -> Result<Scenario, String> {
        let text = format!("name: x\nseed: 1\npbx: {{channels: 2}}\nrequired_fields:\n{fields}");
        parse(&text, "x.yaml", &Inputs::with_seed(1)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn fields_are_required_of_all_calls_or_of_some_and_are_written_out_again() {
        let scenario =
            read("  - start\n  - agent  if answered\n  - cause if refused\n  - queue if agent\n").unwrap();
        let read_as: Vec<_> =
            scenario.required_fields.iter().map(|required| (required.field, required.when)).collect();
        let expected = [
            (Field::Start, When::Always),
            (Field::Agent, When::Answered),
            (Field::Cause, When::Refused),
            (Field::Queue, When::Filled(Field::Agent)),
        ];
        assert_eq!(read_as, expected);
        assert_eq!(scenario.required_fields[1].text, "agent if answered");
        assert_eq!(scenario.required_fields[1].written_at, "x.yaml:6");
        let again = parse(&scenario.effective, "x.yaml", &Inputs::with_seed(1)).unwrap();
        assert_eq!(again.effective, scenario.effective);
        let none = read("  []\n").unwrap();
        assert_eq!(none.required_fields, []);
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_the_names_that_exist() {
        for (field, says) in [
            (
                "agnet",
                "x.yaml:6:5: required_fields[1]: no field `agnet` in a call record; did you mean `agent`? write one of call_id, from, to,",
            ),
            (
                "agent if anwsered",
                "x.yaml:6:5: required_fields[1]: no calls `anwsered`; did you mean `answered`? write one of answered, unanswered, refused, call_id,",
            ),
            (
                "agent when answered",
                "x.yaml:6:5: required_fields[1]: `agent when answered` is no field; write its name, as start, or",
            ),
            ("agent if agent", "x.yaml:6:5: required_fields[1]: `agent if agent` is always so"),
            ("start", "x.yaml:6:5: required_fields[1]: `start` is required twice; remove one"),
        ] {
            let told = read(&format!("  - start\n  - {field}\n")).unwrap_err();
            assert!(told.starts_with(says), "{told}");
        }
    }
}
