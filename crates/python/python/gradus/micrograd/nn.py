"""Neurons, layers and multi-layer perceptrons of `Value`s, as micrograd has them.

First weights come from Python's `random`, in micrograd's order: the same seed gives the same network.
"""

import random

from gradus._gradus import Value, neuron

__all__ = ["Layer", "MLP", "Module", "Neuron"]


class Module:
    """Something with parameters to learn."""

    def zero_grad(self):
        """Sets the parameters' gradients to zero."""
        for p in self.parameters():
            p.grad = 0.0

    def parameters(self):
        """The parameters: of each neuron the weights, then the bias."""
        return []


class Neuron(Module):
    """b + w0*x0 + w1*x1 + …, and `relu` of it unless `nonlin` is false."""

    def __init__(self, nin, nonlin=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x):
        return neuron(self.w, x, self.b, self.nonlin)

    def parameters(self):
        return self.w + [self.b]

    def __repr__(self):
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons side by side, each seeing all `nin` inputs."""

    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self):
        return f"Layer of [{', '.join(str(n) for n in self.neurons)}]"


class MLP(Module):
    """A multi-layer perceptron: layers of `nouts` neurons one behind the other, the last one linear."""

    def __init__(self, nin, nouts):
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last) for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self):
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
