//! Runs side by side: where their recipes differ.

use gradus_recipe::Recipe;
use serde::Serialize;

/// A key whose value is not the same in all recipes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// `model.hidden`.
    pub key: String,
    /// Its value in each recipe; `None` where the recipe has no such key.
    pub values: Vec<Option<String>>,
}

/// The keys in which some recipes differ, in the order in which recipes are written.
///
/// ```
/// use gradus_insight::compare::differences;
/// use gradus_recipe::Recipe;
///
/// let (one, other) = (Recipe::builtin("mlp")?, Recipe::builtin("mlp")?.with(&["model.hidden=300"])?);
/// let found = differences(&[&one, &other]);
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].key.as_str(), found[0].values[1].as_deref()), ("model.hidden", Some("300")));
/// # Ok::<(), gradus_recipe::RecipeError>(())
/// ```
pub fn differences(recipes: &[&Recipe]) -> Vec<Difference> {
    let written: Vec<Vec<(String, String)>> = recipes
        .iter()
        .map(|recipe| recipe.entries().into_iter().map(|(key, value)| (key.path(), value.to_string())).collect())
        .collect();
    let mut keys: Vec<String> = Recipe::keys().iter().map(|key| key.path()).collect();
    // A key of several kinds is one key.
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    let row = |key: String| {
        let find = |entries: &Vec<(String, String)>| {
            entries.iter().find(|(found, _)| *found == key).map(|(_, value)| value.clone())
        };
        let values: Vec<Option<String>> = written.iter().map(find).collect();
        // What a recipe is about is no difference between runs.
        (key != "about" && values.windows(2).any(|pair| pair[0] != pair[1])).then_some(Difference { key, values })
    };
    keys.into_iter().filter_map(row).collect()
}
