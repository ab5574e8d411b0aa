//! The lecture on micrograd, and its README.

use std::f64::consts::FRAC_1_SQRT_2;

use gradus_scalar::Value;
use gradus_train::Error;

use super::Desk;

/// Rounding of numbers that are printed with four decimals.
const PRINTED: f64 = 5e-5;

pub(super) fn work(desk: &mut Desk<'_>) -> Result<(), Error> {
    let value = Value::new;

    let x = value(3.0);
    let f = value(3.0) * &x * &x - value(4.0) * &x + value(5.0);
    f.backward();
    desk.number("f(3) of 3x² − 4x + 5", 20.0, f.data(), 0.0);
    desk.number("its slope there", 14.0, x.grad(), 0.0);

    let [a, b, c, f] = [2.0, -3.0, 10.0, -2.0].map(value);
    let l = (&a * &b + &c) * &f;
    l.backward();
    desk.number("L = (a·b + c)·f", -8.0, l.data(), 0.0);
    for leaf in [&a, &b, &c, &f] {
        leaf.set_data(leaf.data() + 0.01 * leaf.grad());
    }
    l.recompute();
    desk.number("L after a nudge of 0.01·gradient", -7.286496, l.data(), 1e-9);

    let [x1, x2, w1, w2, bias] = [2.0, 0.0, -3.0, 1.0, 6.881_373_587_019_543].map(value);
    let o = (&x1 * &w1 + &x2 * &w2 + &bias).tanh();
    o.backward();
    // The lecture prints 0.7071067811865476: 1/√2.
    desk.number("the neuron's output", FRAC_1_SQRT_2, o.data(), 1e-15);
    for (name, lecture, own) in [("x1", -1.5, &x1), ("w1", 1.0, &w1), ("x2", 0.5, &x2), ("w2", 0.0, &w2)] {
        desk.number(&format!("its gradient at {name}"), lecture, own.grad(), 1e-12);
    }

    let [a, b, c, e] = [2.0, -3.0, 5.0, 10.0].map(value);
    let d = &a + &b;
    let f = &d * &c;
    let l = &f + &e;
    l.backward();
    let graph = [("l", 1.0, &l), ("f", 1.0, &f), ("d", 5.0, &d), ("e", 1.0, &e), ("c", -1.0, &c), ("b", 5.0, &b)];
    for (name, lecture, own) in graph.into_iter().chain([("a", 5.0, &a)]) {
        desk.number(&format!("(a + b)·c + e, gradient at {name}"), lecture, own.grad(), 0.0);
    }

    let [x, y] = [2.0, 3.0].map(value);
    (&x * &x * &y).backward();
    desk.number("x·x·y, gradient at x", 12.0, x.grad(), 0.0);
    desk.number("x·x·y, gradient at y", 4.0, y.grad(), 0.0);

    let (a, b) = (value(-4.0), value(2.0));
    let mut c = &a + &b;
    let mut d = &a * &b + b.powf(3.0);
    c = &c + (&c + value(1.0));
    c = &c + (value(1.0) + &c - &a);
    d = &d + (&d * value(2.0) + (&b + &a).relu());
    d = &d + (value(3.0) * &d + (&b - &a).relu());
    let f = (&c - &d).powf(2.0);
    let g = &f / value(2.0) + value(10.0) / &f;
    g.backward();
    desk.number("the README's g", 24.7041, g.data(), PRINTED);
    desk.number("dg/da", 138.8338, a.grad(), PRINTED);
    desk.number("dg/db", 645.5773, b.grad(), PRINTED);
    Ok(())
}
