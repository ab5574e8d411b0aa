//! Graphs that nobody holds are freed. Alone in its process, as it counts all nodes there are.

use gradus_scalar::nn::{Mlp, Module};
use gradus_scalar::{Op, Trace, Value, living_nodes, loss};

#[test]
fn a_training_loop_does_not_grow() {
    let model = Mlp::new(2, &[8, 8, 1], Op::Tanh, 1);
    let parameters = model.parameters();
    let at_rest = living_nodes();
    assert_eq!(at_rest, parameters.len());
    for k in 0..50 {
        let x = [0.1 * f64::from(k), -0.5].map(Value::new);
        let out = model.forward(&x).expect("two inputs");
        // Forward without backward, every other step.
        if k % 2 == 0 {
            let loss = loss::squared_error(&out, &[1.0]) + loss::l2(&parameters, 1e-3);
            model.zero_grad();
            loss.backward();
            assert!(loss.topological().len() < living_nodes() + 1);
            assert_eq!(Trace::of(&loss).nodes().len(), loss.topological().len());
            loss::descend(&parameters, 0.1);
        }
        drop((x, out));
        assert_eq!(living_nodes(), at_rest, "after step {k}");
    }
    drop((model, parameters));
    assert_eq!(living_nodes(), 0);
}
