"""micrograd's moons demonstration in Python's micrograd, timed: the peer of
`cargo run --release -p gradus-scalar --example moons -- --bench`.

Same points, same first weights, same steps; prints one JSON object. Needs `pip install micrograd`.
"""

import csv
import json
import pathlib
import statistics
import sys
import time

try:
    from micrograd.engine import Value
    from micrograd.nn import MLP
except ImportError:
    sys.exit("error: micrograd is not installed: pip install micrograd")

POINTS = pathlib.Path(__file__).parents[2] / "crates/scalar/examples/moons.csv"
SEED = 1337


def uniform(seed):
    """SplitMix64 as numbers in [-1, 1): the weights `Mlp::new` starts with."""
    mask = (1 << 64) - 1
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield -1.0 + 2.0 * ((z ^ (z >> 31)) >> 11) / (1 << 53)


def make_model():
    model = MLP(2, [16, 16, 1])
    weights = uniform(SEED)
    for layer in model.layers:
        for neuron in layer.neurons:
            for weight in neuron.w:
                weight.data = next(weights)
    return model


def loss_of(model, points, targets):
    scores = [model(list(map(Value, point))) for point in points]
    losses = [(1 + -target * score).relu() for target, score in zip(targets, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    hits = sum((score.data > 0) == (target > 0) for score, target in zip(scores, targets))
    return data_loss + penalty, hits / len(targets)


def step(model, points, targets, k):
    """One of the 100 steps of gradient descent over all points."""
    loss, accuracy = loss_of(model, points, targets)
    model.zero_grad()
    loss.backward()
    learning_rate = 1.0 - 0.9 * k / 100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    return loss, accuracy


def read_points():
    with open(POINTS, newline="") as file:
        rows = [tuple(map(float, row)) for row in list(csv.reader(file))[1:]]
    return [row[:2] for row in rows], [row[2] * 2.0 - 1.0 for row in rows]


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    points, targets = read_points()
    model = make_model()
    times = []
    for k in range(steps):
        start = time.perf_counter()
        loss, accuracy = step(model, points, targets, k)
        times.append((time.perf_counter() - start) * 1e6)
    print(json.dumps({
        "name": "micrograd",
        "steps": steps,
        "us_per_step_min": round(min(times), 1),
        "us_per_step_median": round(statistics.median(times), 1),
        "loss_last": loss.data,
        "accuracy_last": accuracy,
    }))


if __name__ == "__main__":
    main()
