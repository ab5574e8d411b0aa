//! `gradus recipes`: what can be trained.

use serde::Serialize;
use gradus_train::Session;
use gradus_recipe::{BUILTIN, Recipe, Source};

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Lists the built-in recipes, or shows one of them, or every key a recipe may hold.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show this recipe in full, ready to be kept in a file and changed
    recipe: Option<String>,
    /// Show every key a recipe may hold: type, limits, default, meaning
    #[arg(long, conflicts_with = "recipe")]
    keys: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    name: &'static str,
    model: &'static str,
    /// `None` where the recipe's data are not at hand: they decide the vocabulary.
    parameters: Option<usize>,
    steps: usize,
    about: String,
}

#[derive(Debug, Serialize)]
struct Listing {
    recipes: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Keys {
    keys: Vec<KeyLine>,
}

#[derive(Debug, Serialize)]
struct KeyLine {
    key: String,
    /// The `kind` of its section it belongs to.
    kind: Option<&'static str>,
    wanted: String,
    /// In TOML.
    default: String,
    doc: &'static str,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    match (&args.recipe, args.keys) {
        (Some(name), _) => show(name, args.json),
        (None, true) => keys(args.json),
        (None, false) => list(args.json),
    }
}

fn list(json: bool) -> Outcome {
    let recipes = BUILTIN
        .iter()
        .map(|builtin| {
            let recipe = Recipe::builtin(builtin.name)?;
            Ok(Line {
                name: builtin.name,
                model: recipe.model.kind(),
                steps: recipe.training.steps,
                about: recipe.training.about.clone(),
                parameters: Session::new(recipe).ok().map(|s| s.model().parameter_count()),
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    if json {
        return output::json(&Listing { recipes });
    }
    let mut rows = vec![["recipe", "model", "parameters", "steps", "about"].map(String::from).to_vec()];
    rows.extend(recipes.into_iter().map(|recipe| {
        vec![
            recipe.name.to_string(),
            recipe.model.to_string(),
            recipe.parameters.map_or("–".to_string(), |n| grouped(n as u64)),
            grouped(recipe.steps as u64),
            recipe.about,
        ]
    }));
    output::text(&output::table(&rows, &[2, 3]))
}

fn show(name: &str, json: bool) -> Outcome {
    let recipe = Source::find(name)?.read(&[])?;
    if json {
        let keys = recipe.entries().into_iter().map(|(key, value)| (key.path(), value.to_string()));
        return output::json(&keys.collect::<std::collections::BTreeMap<_, _>>());
    }
    output::text(&recipe.to_toml())
}

fn keys(json: bool) -> Outcome {
    let keys: Vec<KeyLine> = Recipe::keys()
        .into_iter()
        .map(|key| KeyLine {
            key: key.path(),
            kind: key.kind,
            wanted: key.form.wanted(&key.limits),
            default: key.default.to_string(),
            doc: key.doc,
        })
        .collect();
    if json {
        return output::json(&Keys { keys });
    }
    // The meaning belongs beside its key: where there is no room for that, below it.
    if output::is_narrower_than(100) {
        let mut out = String::new();
        for line in &keys {
            let kind = line.kind.map_or(String::new(), |kind| format!(", where the kind is {kind:?}"));
            out.push_str(&format!("{} = {}\n    {}\n    ({}{kind})\n", line.key, line.default, line.doc, line.wanted));
        }
        return output::text(&output::paragraphs(&out));
    }
    let mut rows = vec![["key", "of kind", "default", "wanted", "meaning"].map(String::from).to_vec()];
    rows.extend(keys.into_iter().map(|line| {
        let kind = line.kind.unwrap_or_default().to_string();
        vec![line.key, kind, line.default, line.wanted, line.doc.to_string()]
    }));
    output::text(&output::table(&rows, &[]))
}
