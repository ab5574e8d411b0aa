//! What every built-in recipe's model is made of: names and shapes, in their order, as checkpoints have them.

use gradus_recipe::{BUILTIN, Recipe};
use gradus_train::Session;
use std::fmt::Write;

/// Data that have to be fetched, and built-in ones of their kind.
const IN_PLACE_OF: [(&str, &str); 2] = [("shakespeare", "data.source=given-names"), ("mnist", "data.source=digits")];

fn session(name: &str) -> Session {
    let recipe = Recipe::builtin(name).unwrap();
    let other = IN_PLACE_OF.iter().find(|(source, _)| *source == recipe.data.source).map(|(_, change)| *change);
    Session::new(recipe.with(other.as_slice()).unwrap()).unwrap()
}

/// `fixtures/parameters.txt` was written before models registered their parts by themselves: checkpoints of then are read
/// by these names, and optimisers go through them in this order.
#[test]
fn names_and_shapes_stay_what_checkpoints_know() {
    let mut all = String::new();
    for builtin in BUILTIN {
        writeln!(all, "{}", builtin.name).unwrap();
        let session = session(builtin.name);
        let model = session.model();
        for (places, kind) in [(model.parameters(), ""), (model.buffers(), " buffer")] {
            for (name, param) in places {
                writeln!(all, "    {name} {:?}{kind}", param.value().shape()).unwrap();
            }
        }
    }
    let known = include_str!("fixtures/parameters.txt");
    let differs = all.lines().zip(known.lines()).find(|(now, known)| now != known);
    assert_eq!((differs, all.lines().count()), (None, known.lines().count()), "{all}");
}
