"""Tensors of other libraries."""

from __future__ import annotations

import gradus
from gradus._gradus import Tensor, from_dlpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gradus._gradus import dtype as DType

__all__ = ["as_tensor", "from_dlpack"]


def as_tensor(data: Any, dtype: DType | None = None) -> Tensor:
    """`data` as a tensor: itself if it is one, over the same memory if it is NumPy's or PyTorch's, else a copy."""
    if isinstance(data, Tensor):
        made = data
    elif hasattr(data, "__array_interface__"):
        shared = getattr(data, "dtype", None) in ("float32", "float64", "int64", "bool")
        made = gradus.from_numpy(data) if shared else gradus.tensor(data)
    elif hasattr(data, "__dlpack__"):
        made = from_dlpack(data.detach() if hasattr(data, "detach") else data)
    else:
        return gradus.tensor(data, dtype=dtype)
    return made if dtype is None else made.to(dtype)
