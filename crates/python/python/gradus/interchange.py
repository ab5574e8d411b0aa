"""Tensors of other libraries."""

import gradus
from gradus._gradus import Tensor, from_dlpack

__all__ = ["as_tensor", "from_dlpack"]


def as_tensor(data, dtype=None):
    """`data` as a tensor: itself if it is one, else from NumPy's, PyTorch's or plain numbers."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if hasattr(data, "__array_interface__") or not hasattr(data, "__dlpack__"):
        return gradus.tensor(data, dtype=dtype)
    data = data.detach() if hasattr(data, "detach") else data
    made = from_dlpack(data)
    return made if dtype is None else made.to(dtype)
