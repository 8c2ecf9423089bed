//! Values changed in place, as tests make one configuration or state out of another.

use crate::framework::value::Value;

impl Value {
    /// Puts `value` at a dotted path.
    ///
    /// # Panics
    /// Where the way there is no object: a test that changes nothing proves nothing.
    pub fn put(&mut self, dotted: &str, value: Value) {
        let (way, name) = dotted.rsplit_once('.').unwrap_or(("", dotted));
        let mut here = self;
        for step in way.split('.').filter(|step| !step.is_empty()) {
            let Self::Map(entries) = here else { panic!("{dotted}: there is no object around {step}") };
            here = entries.get_mut(step).unwrap_or_else(|| panic!("{dotted}: there is no {step}"));
        }
        let Self::Map(entries) = here else { panic!("{dotted}: there is no object around {name}") };
        entries.insert(name.to_owned(), value);
    }
}
