//! Texts that many records hold at once.

use std::sync::Arc;

/// Makes `text` one more holder of `wanted`. Where it is one already nothing is counted, which in a simulation, whose
/// calls have most of their texts in common, is nearly always.
pub fn share(text: &mut Arc<str>, wanted: &Arc<str>) {
    if !Arc::ptr_eq(text, wanted) {
        *text = Arc::clone(wanted);
    }
}

/// The same for a text that may be absent.
pub fn share_option(text: &mut Option<Arc<str>>, wanted: Option<&Arc<str>>) {
    match (text, wanted) {
        (Some(text), Some(wanted)) => share(text, wanted),
        (text, wanted) => *text = wanted.map(Arc::clone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_it_was_told_to_be() {
        let (anna, boris): (Arc<str>, Arc<str>) = ("anna".into(), "boris".into());
        let mut text = Some(Arc::clone(&anna));
        for wanted in [Some(&anna), Some(&boris), None, None, Some(&boris)] {
            share_option(&mut text, wanted);
            assert_eq!(text.as_ref(), wanted);
        }
        assert_eq!((Arc::strong_count(&anna), Arc::strong_count(&boris)), (1, 2));
    }
}
