//! nanoGPT's small configuration on Shakespeare.

use gradus_recipe::Recipe;
use gradus_train::corpus::Split;
use gradus_train::{Error, Session};

use super::{Desk, quoted};

pub(super) fn work(desk: &mut Desk<'_>) -> Result<(), Error> {
    let source = format!("data.source={}", quoted(&desk.text));
    // As nanoGPT counts, without the table of positions.
    let counted =
        |session: &Session, width: usize| session.model().parameter_count() - session.recipe().data.block_size * width;
    let recipe = Recipe::builtin("gpt")?.with(&[&source])?;
    let (block, steps) = (recipe.data.block_size, recipe.training.steps);
    let session = Session::new(recipe.clone())?;
    desk.count("different characters", 65, session.corpus().output_count());
    let part = |split| session.corpus().examples(split).len() + block;
    desk.count("characters to learn from", 1_003_854, part(Split::Train));
    desk.count("characters to test on", 111_540, part(Split::Dev));
    desk.count("parameters", 795_904, counted(&session, 128));
    let large = Session::new(Recipe::builtin("gpt-large")?.with(&[&source])?)?;
    desk.count("parameters of the larger one", 10_646_784, counted(&large, 384));
    if !desk.quick {
        let (session, _) = desk.train("a small GPT", recipe, steps)?;
        desk.at_most("val loss (nanoGPT: 1.88)", 1.90, session.evaluate(Split::Dev)?.loss);
    }
    Ok(())
}
