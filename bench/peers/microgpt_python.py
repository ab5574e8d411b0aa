"""A whole GPT of single numbers in plain Python, timed: the peer of
`cargo run --release -p gradus-scalar --example microgpt -- --bench`.

The same sizes (4,192 numbers) and names; a graph of objects, walked back recursively in order, as a learner writes it
first. Prints one JSON object. Needs nothing but Python.
"""

import json
import math
import random
import statistics
import time

NAMES = ("anna olivia maria nora isabella eva charlotte amelia leo william theodore jan sebastian henry alexander hugo").split()
MARK, WIDTH, HEADS, BLOCK = 26, 16, 4, 16
STEPS = 48


class Number:
    """A value, what it came from, and how it changes with each of these."""

    __slots__ = ("data", "grad", "parents", "slopes")

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes

    def __add__(self, other):
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    __radd__ = __add__

    def power(self, k):
        return Number(self.data**k, (self,), (k * self.data ** (k - 1),))

    def exp(self):
        e = math.exp(self.data)
        return Number(e, (self,), (e,))

    def log(self):
        return Number(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        return Number(max(self.data, 0.0), (self,), (float(self.data > 0.0),))

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad


def matrix(rows, columns):
    return [[Number(random.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]


def linear(x, weights):
    return [sum(w * v for w, v in zip(row, x)) for row in weights]


def norm(x):
    scale = (sum(v * v for v in x) * (1.0 / len(x)) + 1e-5).power(-0.5)
    return [v * scale for v in x]


def softmax(x):
    largest = max(v.data for v in x)
    exps = [(v + -largest).exp() for v in x]
    share = sum(exps).power(-1.0)
    return [e * share for e in exps]


class Gpt:
    def __init__(self):
        self.tokens, self.positions, self.head = matrix(MARK + 1, WIDTH), matrix(BLOCK, WIDTH), matrix(MARK + 1, WIDTH)
        self.query, self.key, self.value, self.out = (matrix(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = matrix(4 * WIDTH, WIDTH), matrix(WIDTH, 4 * WIDTH)
        all_ = (self.tokens, self.positions, self.head, self.query, self.key, self.value, self.out, self.up, self.down)
        self.parameters = [p for weights in all_ for row in weights for p in row]

    def read(self, token, position, keys, values):
        x = norm([t + p for t, p in zip(self.tokens[token], self.positions[position])])
        residual, x = x, norm(x)
        query = linear(x, self.query)
        keys.append(linear(x, self.key))
        values.append(linear(x, self.value))
        gathered = []
        size = WIDTH // HEADS
        for first in range(0, WIDTH, size):
            dots = [sum(query[i] * key[i] for i in range(first, first + size)) * size**-0.5 for key in keys]
            weights = softmax(dots)
            gathered += [sum(w * value[i] for w, value in zip(weights, values)) for i in range(first, first + size)]
        x = [a + b for a, b in zip(linear(gathered, self.out), residual)]
        residual, x = x, norm(x)
        hidden = [h.relu() for h in linear(x, self.up)]
        x = [a + b for a, b in zip(linear(hidden, self.down), residual)]
        return linear(x, self.head)


def main():
    random.seed(42)
    gpt = Gpt()
    mean, square = [0.0] * len(gpt.parameters), [0.0] * len(gpt.parameters)
    times = []
    for step in range(STEPS):
        start = time.perf_counter()
        text = [MARK] + [ord(letter) - ord("a") for letter in NAMES[step % len(NAMES)]] + [MARK]
        keys, values, losses = [], [], []
        for position in range(min(BLOCK, len(text) - 1)):
            p = softmax(gpt.read(text[position], position, keys, values))[text[position + 1]]
            losses.append(p.log() * -1.0)
        loss = sum(losses) * (1.0 / len(losses))
        loss.backward()
        rate = 0.01 * (1.0 - step / 1000)
        for i, p in enumerate(gpt.parameters):
            mean[i] = 0.85 * mean[i] + 0.15 * p.grad
            square[i] = 0.99 * square[i] + 0.01 * p.grad**2
            p.data -= rate * (mean[i] / (1 - 0.85 ** (step + 1))) / ((square[i] / (1 - 0.99 ** (step + 1))) ** 0.5 + 1e-8)
            p.grad = 0.0
        times.append((time.perf_counter() - start) * 1e6)
    rounds = [statistics.mean(times[i : i + len(NAMES)]) for i in range(0, STEPS, len(NAMES))]
    print(json.dumps({"name": "python", "repeats": STEPS, "us_min": round(min(rounds), 1),
                      "us_median": round(statistics.median(rounds), 1), "loss_last": loss.data}))


main()
