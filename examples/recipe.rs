//! A built-in recipe, changed, trained and asked for names: what `gradus train` does, without files and without a screen.

use gradus_recipe::Recipe;
use gradus_train::generate::Sampling;
use gradus_train::{Error, Session};

fn main() -> Result<(), Error> {
    let recipe = Recipe::builtin("mlp")?.with(&["model.hidden=64", "steps=600"])?;
    let mut session = Session::new(recipe)?;
    let count: usize = session.parameters().iter().map(|(_, param)| param.value().numel()).sum();
    println!("{count} parameters");

    let mut means = Vec::new();
    while session.step() < 600 {
        for _ in 0..200 {
            session.advance()?;
        }
        let mean = session.take_mean_loss().expect("steps were made");
        println!("step {}: mean loss {mean:.3}, learning rate {}", session.step(), session.learning_rate());
        means.push(mean);
    }
    assert!(means[2] < means[0]);

    let sampling = Sampling { temperature: 0.8, ..Sampling::default() };
    for sample in session.generate(5, "ma", &sampling, &session.sample_generator())? {
        let known = if sample.known == Some(true) { " (in the list)" } else { "" };
        println!("  {}{known}", sample.text);
        assert!(sample.text.starts_with("ma"));
    }
    Ok(())
}
