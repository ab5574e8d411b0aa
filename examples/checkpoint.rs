//! A training goes on from a checkpoint to the very bits that it came to the first time.

use gradus_recipe::Recipe;
use gradus_train::{Error, Session};

fn main() -> Result<(), Error> {
    let recipe = Recipe::builtin("mlp-batchnorm")?;
    let mut session = Session::new(recipe.clone())?;
    advance(&mut session, 50)?;
    let here = session.checkpoint()?;
    let first = advance(&mut session, 50)?;
    let there = bits(&session);
    println!("step {}: loss {first}", session.step());

    session.restore(&here)?;
    println!("back at step {}", session.step());
    let second = advance(&mut session, 50)?;
    println!("step {}: loss {second}", session.step());
    assert!(first.to_bits() == second.to_bits() && bits(&session) == there);

    // Another session of the same recipe takes it up as well.
    let mut other = Session::new(recipe)?;
    other.restore(&here)?;
    advance(&mut other, 50)?;
    assert!(bits(&other) == there);
    println!("all {} numbers are the same bits, in this session and in another", there.len());
    Ok(())
}

/// Makes some steps, and gives the loss of the last.
fn advance(session: &mut Session, steps: u64) -> Result<f64, Error> {
    let mut loss = f64::NAN;
    for _ in 0..steps {
        loss = session.advance()?;
    }
    Ok(loss)
}

/// Every parameter and running statistic, bit by bit.
fn bits(session: &Session) -> Vec<u32> {
    let places = session.parameters().iter().chain(session.buffers());
    places.flat_map(|(_, param)| param.value().to_vec::<f32>()).map(f32::to_bits).collect()
}
