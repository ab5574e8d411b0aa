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
from gradus.nn import nonlinearities
from gradus.nn.nonlinearities import *  # noqa: F403

TYPE_CHECKING = False
if TYPE_CHECKING:

    from gradus._gradus import Tensor

__all__ = [
    "avg_pool2d", "batch_norm", "binary_cross_entropy", "binary_cross_entropy_with_logits", "conv1d", "conv2d",
    "cross_entropy", "dropout", "embedding", "l1_loss", "layer_norm", "linear", "log_softmax", "max_pool2d", "mse_loss",
    "nll_loss", "one_hot", "scaled_dot_product_attention", "softmax", *(n for n in nonlinearities.__all__ if n.islower()),
]  # fmt: skip


def softmax(input: Tensor, dim: int) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`."""
    return input.softmax(dim)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """The logarithm of `softmax`."""
    return input.log_softmax(dim)
