"""Functions of tensors that are methods too, and tensors of simple patterns."""

from __future__ import annotations

from gradus._gradus import Tensor, dtype as _dtype, full
from gradus._gradus import rand as _rand, randn as _randn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from gradus._gradus import Generator, dtype as DType

__all__ = [
    "abs", "add", "all", "allclose", "clip", "diagonal", "isclose",
    "log2", "log10", "log1p", "expm1", "tan", "erf", "floor", "ceil", "round", "trunc", "sign", "neg", "logical_not", "argsort", "count_nonzero", "dot", "flip", "isfinite", "isinf", "isnan", "logical_and", "logical_or", "sort", "topk", "amax", "any", "amin", "argmax", "argmin", "bmm", "clamp", "concat", "cos", "cumsum", "div", "empty",
    "empty_like", "equal", "exp", "flatten", "full_like", "gather", "index_select", "is_tensor", "log", "log_softmax",
    "logsumexp", "masked_fill", "matmul", "max", "maximum", "mean", "min", "minimum", "mm", "mul", "nonzero", "norm",
    "numel", "ones", "ones_like", "outer", "permute", "pow", "prod", "rand_like", "randn_like", "relu", "reshape",
    "rsqrt", "sigmoid", "sin", "softmax", "split", "chunk", "sqrt", "square", "squeeze", "std", "sub", "sum", "tanh",
    "transpose", "tril", "triu", "unbind", "unsqueeze", "var", "zeros", "zeros_like",
]  # fmt: skip


def _method(name: str) -> Any:
    method = getattr(Tensor, name)

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        return method(input, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    return function


abs = _method("abs")
add = _method("add")
all = _method("all")
any = _method("any")
allclose = _method("allclose")
amax = _method("amax")
amin = _method("amin")
argmax = _method("argmax")
argmin = _method("argmin")
chunk = _method("chunk")
clamp = _method("clamp")
cos = _method("cos")
cumsum = _method("cumsum")
div = _method("div")
clip = clamp
diagonal = _method("diagonal")
argsort = _method("argsort")
ceil = _method("ceil")
count_nonzero = _method("count_nonzero")
dot = _method("dot")
erf = _method("erf")
expm1 = _method("expm1")
flip = _method("flip")
floor = _method("floor")
isfinite = _method("isfinite")
isinf = _method("isinf")
isnan = _method("isnan")
log10 = _method("log10")
log1p = _method("log1p")
log2 = _method("log2")
logical_and = _method("logical_and")
logical_not = _method("logical_not")
logical_or = _method("logical_or")
neg = _method("neg")
round = _method("round")
sign = _method("sign")
sort = _method("sort")
tan = _method("tan")
topk = _method("topk")
trunc = _method("trunc")
equal = _method("equal")
exp = _method("exp")
flatten = _method("flatten")
gather = _method("gather")
index_select = _method("index_select")
isclose = _method("isclose")
log = _method("log")
log_softmax = _method("log_softmax")
logsumexp = _method("logsumexp")
masked_fill = _method("masked_fill")
matmul = mm = bmm = _method("matmul")
maximum = _method("maximum")
mean = _method("mean")
minimum = _method("minimum")
mul = _method("mul")
nonzero = _method("nonzero")
norm = _method("norm")
numel = _method("numel")
permute = _method("permute")
pow = _method("pow")
prod = _method("prod")
relu = _method("relu")
reshape = _method("reshape")
rsqrt = _method("rsqrt")
sigmoid = _method("sigmoid")
sin = _method("sin")
softmax = _method("softmax")
split = _method("split")
sqrt = _method("sqrt")
square = _method("square")
squeeze = _method("squeeze")
std = _method("std")
sub = _method("sub")
sum = _method("sum")
tanh = _method("tanh")
transpose = _method("transpose")
tril = _method("tril")
triu = _method("triu")
unbind = _method("unbind")
unsqueeze = _method("unsqueeze")
var = _method("var")


def max(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The largest number; with `dim`, the largest along it and where each stands; of two tensors, `maximum`."""
    return input.maximum(dim) if isinstance(dim, Tensor) else input.max(dim, keepdim)


def min(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest number; with `dim`, the smallest along it and where each stands; of two tensors, `minimum`."""
    return input.minimum(dim) if isinstance(dim, Tensor) else input.min(dim, keepdim)


def concat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """`cat` under its other name."""
    from gradus._gradus import cat

    return cat(tensors, dim)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The products of every number of one vector with every number of another."""
    return input.unsqueeze(1) * vec2.unsqueeze(0)


def is_tensor(obj: Any) -> bool:
    """Whether this is a tensor."""
    return isinstance(obj, Tensor)


def _shape(size: Any) -> Any:
    return size[0] if len(size) == 1 and not isinstance(size[0], int) else size


def zeros(*size: Any, dtype: DType | None = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """Zeros: `zeros(2, 3)` or `zeros((2, 3))`."""
    return full(_shape(size), 0, dtype or _dtype.FLOAT32, requires_grad, device)


def ones(*size: Any, dtype: DType | None = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """Ones: `ones(2, 3)` or `ones((2, 3))`."""
    return full(_shape(size), 1, dtype or _dtype.FLOAT32, requires_grad, device)


def empty(*size: Any, dtype: DType | None = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """A tensor to be filled; there is no memory without numbers here, so it holds zeros."""
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


def full_like(input: Tensor, fill_value: float, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` everywhere, in the shape and type of `input`."""
    return full(input.shape, fill_value, dtype or input.dtype, requires_grad)


def zeros_like(input: Tensor, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and type of `input`."""
    return full_like(input, 0, dtype, requires_grad)


def ones_like(input: Tensor, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and type of `input`."""
    return full_like(input, 1, dtype, requires_grad)


def empty_like(input: Tensor, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and type of `input`."""
    return full_like(input, 0, dtype, requires_grad)


def rand_like(input: Tensor, dtype: DType | None = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Numbers uniform in [0, 1) in the shape and type of `input`."""
    return _rand(*input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(input: Tensor, dtype: DType | None = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Standard normal numbers in the shape and type of `input`."""
    return _randn(*input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)
