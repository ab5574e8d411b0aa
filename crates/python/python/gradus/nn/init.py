"""First values of parameters, filled in place."""

from __future__ import annotations

import math

from gradus import _gradus
from gradus.modes import no_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gradus._gradus import Generator, Tensor

__all__ = [
    "calculate_gain", "constant_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "uniform_",
    "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Numbers uniform between `a` and `b`."""
    return _gradus.uniform(tensor, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal numbers."""
    return _gradus.normal(tensor, mean, std, generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """`val` everywhere."""
    with no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Ones."""
    return constant_(tensor, 1.0)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """What a layer before this nonlinearity is multiplied with, so that activations keep their scale."""
    gains = {name: gain for name, _, gain in _gradus.nonlinearities()}
    if nonlinearity == "leaky_relu" and param is not None:
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: {nonlinearity!r} is unknown; use one of {', '.join(gains)}")
    return gains[nonlinearity]


def _fans(tensor: Tensor) -> Any:
    if tensor.dim() < 2:
        raise ValueError(f"a tensor of shape {tensor.shape} has no fan in and fan out; it needs two axes or more")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def kaiming_uniform_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None) -> Tensor:
    """Uniform numbers whose standard deviation is gain / sqrt(fan) (He et al. 2015)."""
    fan = _fans(tensor)[mode == "fan_out"]
    bound = math.sqrt(3.0) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None) -> Tensor:
    """Normal numbers whose standard deviation is gain / sqrt(fan) (He et al. 2015)."""
    fan = _fans(tensor)[mode == "fan_out"]
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(fan), generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform numbers whose variance is gain**2 * 2 / (fan in + fan out) (Glorot & Bengio 2010)."""
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal numbers whose variance is gain**2 * 2 / (fan in + fan out) (Glorot & Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator)
