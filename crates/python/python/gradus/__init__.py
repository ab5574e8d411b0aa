"""Neural networks from one neuron to a GPT, where you can see and change every number on the way.

One number at a time, as in micrograd::

    from gradus import Value, draw_dot
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    L = (a * b + 10).tanh()
    L.backward()
    draw_dot(L)                      # shows itself in a notebook

Tensors, with PyTorch's names::

    import gradus
    import gradus.nn.functional as F
    g = gradus.Generator().manual_seed(2147483647)   # the numbers torch.Generator draws
    W = gradus.randn((27, 27), generator=g, requires_grad=True)
    loss = F.cross_entropy(F.one_hot(xs, num_classes=27).float() @ W, ys)
    loss.backward()
    W.data += -50 * W.grad
"""

from __future__ import annotations

from gradus import _gradus
from gradus._gradus import (
    Generator,
    Tensor,
    Value,
    arange,
    cat,
    default_generator,
    dtype,
    eye,
    from_numpy,
    full,
    get_num_threads,
    is_grad_enabled,
    linspace,
    manual_seed,
    multinomial,
    rand,
    randint,
    randn,
    randperm,
    set_num_threads,
    stack,
    tensor,
    where,
)
from gradus.drawing import Drawing, draw_dot
from gradus.functions import *  # noqa: F403
from gradus.functions import __all__ as _functions
from gradus.interchange import as_tensor, from_dlpack
from gradus.lab import import_model, recipes, resume, run, runs, train, words
from gradus.modes import enable_grad, no_grad, set_grad_enabled
from gradus import nn, optim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

float32 = float = dtype.FLOAT32
float64 = double = dtype.FLOAT64
# There is one type of whole numbers.
int64 = int32 = long = int = dtype.INT64
bool = dtype.BOOL

__version__ = _gradus.__version__

__all__ = [
    *_functions,
    "Drawing", "Generator", "Tensor", "Value", "arange", "as_tensor", "cat", "default_generator", "draw_dot",
    "dtype", "enable_grad", "eye", "float32", "float64", "from_dlpack", "from_numpy", "full", "get_num_threads", "import_model", "int32", "int64", "is_grad_enabled", "linspace", "manual_seed", "multinomial", "nn", "no_grad", "optim",
    "rand", "randint", "randn", "randperm", "recipes", "resume", "run", "runs", "set_grad_enabled", "set_num_threads", "stack", "tensor", "train", "where", "words",
]  # fmt: skip


def _restored(numbers: Any, requires_grad: Any) -> Any:
    """A tensor that was pickled."""
    return tensor(numbers, requires_grad=requires_grad)
