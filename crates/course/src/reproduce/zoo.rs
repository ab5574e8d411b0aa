//! The models of makemore.py, at what it says of them.

use gradus_train::corpus::Split;
use gradus_train::{Error, Session};

use super::Desk;

pub(super) fn work(desk: &mut Desk<'_>) -> Result<(), Error> {
    let zoo = [("transformer", 204_544), ("window-mlp", 69_147), ("rnn", 11_803), ("gru", 28_315), ("bow", 12_827)];
    for (name, lecture) in zoo.into_iter().chain([("bigram", 729)]) {
        let session = Session::new(desk.recipe(name, &[])?)?;
        desk.count(&format!("{name}: parameters"), lecture, session.model().parameter_count());
    }
    if desk.quick {
        return Ok(());
    }
    let mut test_loss = |name: &str| {
        let recipe = desk.recipe(name, &[])?;
        let steps = recipe.training.steps;
        let (session, _) = desk.train(name, recipe, steps)?;
        Ok::<_, Error>(session.evaluate(Split::Test)?.loss)
    };
    let [transformer, mlp, gru, lstm] =
        [test_loss("transformer")?, test_loss("window-mlp")?, test_loss("gru")?, test_loss("lstm")?];
    desk.at_most("transformer: test loss (about 1.92 after longer training)", 1.95, transformer);
    desk.at_most("GRU: test loss, against the MLP's", mlp, gru);
    desk.at_most("LSTM: test loss, against the MLP's", mlp, lstm);
    Ok(())
}
