"""Layers, with PyTorch's names, arguments and first values."""

from __future__ import annotations

import math

import gradus
from gradus.functions import ones, zeros
from gradus.nn import functional as F, init
from gradus.nn.module import Module, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gradus._gradus import Generator, Tensor

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d", "CrossEntropyLoss", "Dropout", "Embedding", "Flatten", "Identity",
    "LayerNorm", "Linear", "LogSoftmax", "MSELoss", "MaxPool2d", "Softmax",
]  # fmt: skip


class Linear(Module):
    """x @ weight.T + bias, with `weight` [out_features, in_features]."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, generator: Generator | None = None) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(zeros(out_features, in_features))
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        self.bias = None
        if bias:
            bound = 1 / math.sqrt(in_features) if in_features else 0.0
            self.bias = Parameter(zeros(out_features))
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """A table with a vector for each symbol: `weight` [num_embeddings, embedding_dim]."""

    def __init__(self, num_embeddings: int, embedding_dim: int, generator: Generator | None = None) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(gradus.randn(num_embeddings, embedding_dim, generator=generator))

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(input, self.weight)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"


class _BatchNorm(Module):
    axes: tuple[int, ...] = ()

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(ones(num_features)) if affine else None
        self.bias = Parameter(zeros(num_features)) if affine else None
        self.register_buffer("running_mean", zeros(num_features) if track_running_stats else None)
        self.register_buffer("running_var", ones(num_features) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", gradus.tensor(0) if track_running_stats else None)

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in self.axes:
            raise ValueError(f"{type(self).__name__}: input of shape {input.shape} must have {' or '.join(map(str, self.axes))} axes")
        own = self.training or self.running_mean is None
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        mean, var = (self.running_mean, self.running_var) if self.training or not own else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, own, self.momentum, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Each channel of [N, C] or [N, C, L] with mean 0 and variance 1 over the batch, scaled and shifted."""

    axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Each channel of [N, C, H, W] with mean 0 and variance 1 over the batch, scaled and shifted."""

    axes = (4,)


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last axes, scaled and shifted."""

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.weight = Parameter(ones(self.normalized_shape)) if elementwise_affine else None
        self.bias = Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"


class Dropout(Module):
    """In training, sets each number to 0 with probability `p` and divides the others by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def _pair(value: Any, axes: Any) -> Any:
    return (value,) * axes if isinstance(value, int) else tuple(value)


class _Conv(Module):
    axes = 1

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...], stride: int | tuple[int, ...] | None = 1, padding: int | tuple[int, ...] = 0, dilation: int | tuple[int, ...] = 1, groups: int = 1, bias: bool = True) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = _pair(kernel_size, self.axes)
        self.stride, self.padding, self.dilation = (_pair(x, self.axes) for x in (stride, padding, dilation))
        self.groups = groups
        self.weight = Parameter(zeros(out_channels, in_channels // groups, *self.kernel_size))
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.bias = None
        if bias:
            bound = 1 / math.sqrt(in_channels // groups * math.prod(self.kernel_size))
            self.bias = init.uniform_(Parameter(zeros(out_channels)), -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        convolve = F.conv1d if self.axes == 1 else F.conv2d
        return convolve(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"


class Conv1d(_Conv):
    """Convolution over [N, C, L]."""


class Conv2d(_Conv):
    """Convolution over [N, C, H, W]."""

    axes = 2


class MaxPool2d(Module):
    """The largest number in each window."""

    def __init__(self, kernel_size: int | tuple[int, ...], stride: int | tuple[int, ...] | None = None, padding: int | tuple[int, ...] = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}"


class Flatten(Module):
    """Joins axes into one, by default all but the first."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)


class Identity(Module):
    """Passes its input through as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Softmax(Module):
    """exp(x) / sum(exp(x)) along `dim`."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return input.softmax(self.dim)


class LogSoftmax(Softmax):
    """The logarithm of softmax along `dim`."""

    def forward(self, input: Tensor) -> Tensor:
        return input.log_softmax(self.dim)


class CrossEntropyLoss(Module):
    """The mean of -log softmax(input)[target]."""

    def __init__(self, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__()
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(input, target, ignore_index=self.ignore_index, reduction=self.reduction)


class MSELoss(Module):
    """The mean of (input - target) ** 2."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)
