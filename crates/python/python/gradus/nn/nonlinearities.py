"""Nonlinearities, as functions and as layers. What each computes, and what is known of it, stands in the engine."""

from __future__ import annotations

from gradus._gradus import nonlinearity
from gradus.nn.module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradus._gradus import Tensor

__all__ = [
    "ELU", "GELU", "LeakyReLU", "ReLU", "ReLUSquared", "SiLU", "Sigmoid", "Softplus", "Tanh",
    "elu", "gelu", "leaky_relu", "relu", "relu_squared", "sigmoid", "silu", "softplus", "tanh",
]


def relu(input: Tensor) -> Tensor:
    """max(x, 0) of every number."""
    return nonlinearity("relu", input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """max(x, 0) + negative_slope * min(x, 0) of every number."""
    return input.leaky_relu(negative_slope)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x * Phi(x), or with approximate="tanh" its approximation."""
    return input.gelu(approximate)


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is above 0, else alpha * (exp(x) - 1)."""
    return input.elu(alpha)


def relu_squared(input: Tensor) -> Tensor:
    """max(x, 0)**2 of every number."""
    return nonlinearity("relu_squared", input)


def silu(input: Tensor) -> Tensor:
    """x * sigmoid(x) of every number."""
    return nonlinearity("silu", input)


def softplus(input: Tensor) -> Tensor:
    """log(1 + exp(x)) of every number."""
    return nonlinearity("softplus", input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)) of every number."""
    return nonlinearity("sigmoid", input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of every number."""
    return nonlinearity("tanh", input)


class Nonlinearity(Module):
    """A layer that applies the function `name` to every number."""

    name = "linear"

    def forward(self, input: Tensor) -> Tensor:
        return nonlinearity(self.name, input)


class Tanh(Nonlinearity):
    """The hyperbolic tangent of every number."""

    name = "tanh"


class ReLU(Nonlinearity):
    """max(x, 0) of every number."""

    name = "relu"


class LeakyReLU(Nonlinearity):
    """max(x, 0) + negative_slope * min(x, 0) of every number."""

    name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return input.leaky_relu(self.negative_slope)


class Sigmoid(Nonlinearity):
    """1 / (1 + exp(-x)) of every number."""

    name = "sigmoid"


class GELU(Nonlinearity):
    """x * Phi(x), or with approximate="tanh" its approximation."""

    name = "gelu"

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return input.gelu(self.approximate)


class ELU(Nonlinearity):
    """x where it is above 0, else alpha * (exp(x) - 1)."""

    name = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return input.elu(self.alpha)


class ReLUSquared(Nonlinearity):
    """max(x, 0)**2 of every number."""

    name = "relu_squared"


class SiLU(Nonlinearity):
    """x * sigmoid(x) of every number."""

    name = "silu"


class Softplus(Nonlinearity):
    """log(1 + exp(x)) of every number."""

    name = "softplus"
