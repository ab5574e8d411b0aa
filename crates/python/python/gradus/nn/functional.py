"""Operations of layers, with PyTorch's names and argument orders."""

from __future__ import annotations

from gradus._gradus import (
    avg_pool2d,
    batch_norm,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    conv1d,
    conv2d,
    cross_entropy,
    dropout,
    embedding,
    l1_loss,
    layer_norm,
    linear,
    max_pool2d,
    mse_loss,
    nll_loss,
    one_hot,
    scaled_dot_product_attention,
)

TYPE_CHECKING = False
if TYPE_CHECKING:

    from gradus._gradus import Tensor

__all__ = [
    "avg_pool2d", "batch_norm", "binary_cross_entropy", "binary_cross_entropy_with_logits", "conv1d", "conv2d",
    "cross_entropy", "dropout", "embedding", "gelu", "l1_loss", "layer_norm", "leaky_relu", "linear", "log_softmax",
    "max_pool2d", "mse_loss", "nll_loss", "one_hot", "relu", "scaled_dot_product_attention", "sigmoid", "softmax",
    "tanh",
]  # fmt: skip


def relu(input: Tensor) -> Tensor:
    """max(x, 0) of every number."""
    return input.relu()


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """max(x, 0) + negative_slope * min(x, 0) of every number."""
    return input.leaky_relu(negative_slope)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x * Phi(x), or with approximate="tanh" its approximation."""
    return input.gelu(approximate)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)) of every number."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of every number."""
    return input.tanh()


def softmax(input: Tensor, dim: int) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`."""
    return input.softmax(dim)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """The logarithm of `softmax`."""
    return input.log_softmax(dim)
