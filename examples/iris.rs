//! Fisher's irises. The scaling is measured on what is trained on, and on nothing else; a softmax regression is held
//! against the nearest centroid, which learns by taking three means.

use gradus_data::{Samples, Scaling, Split, Targets, iris};
use gradus_models::NearestCentroid;
use gradus_nn::{Linear, Module, Optimizer, Sgd, init::Init};
use gradus_tensor::random::{Generator, Scheme};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let flowers = Samples::from(&iris()?);
    let [train, _, test] = flowers.deal(&Split::COURSE)?;
    let (mut train, mut test) = (flowers.rows(&train), flowers.rows(&test));
    let scaling = Scaling::of(&train);
    scaling.apply(&mut train);
    scaling.apply(&mut test);
    println!("{} flowers to learn from, {} held out", train.len(), test.len());

    let rows: Vec<i64> = (0..train.len() as i64).collect();
    let (x, y) = train.batch(&rows)?; // [N, 4], [N]
    let regression = Linear::new(4, 3, true, Init::Constant(0.0), &mut Generator::new(Scheme::Gradus, 1))?;
    let mut sgd = Sgd::new(regression.parameters());
    for _ in 0..300 {
        regression.forward(&x)?.cross_entropy(&y)?.into_backward()?;
        sgd.step(0.3);
    }
    let rows: Vec<i64> = (0..test.len() as i64).collect();
    let (x, y) = test.batch(&rows)?;
    let said = regression.forward(&x)?.argmax_dim(1, false)?.to_vec::<i64>();
    let learned = share(&said, &y.to_vec::<i64>());

    let Targets::Classes { labels, names } = &train.targets else { unreachable!("flowers have classes") };
    let centroids = NearestCentroid::fit(&train.features, 4, labels)?;
    let nearest = share(&centroids.predict(&test.features)?, &y.to_vec::<i64>());

    println!("classes: {}", names.join(", "));
    println!("softmax regression: {:.0} % right", 100.0 * learned);
    println!("nearest centroid:   {:.0} % right", 100.0 * nearest);
    assert!(learned > 0.85 && nearest > 0.7);
    Ok(())
}

fn share(said: &[i64], right: &[i64]) -> f64 {
    said.iter().zip(right).filter(|(a, b)| a == b).count() as f64 / right.len() as f64
}
