"""What concerns the parameters of a model together."""

from __future__ import annotations

import math

from gradus import _gradus
from gradus._gradus import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["clip_grad_norm_"]


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """Scales all gradients down so that their norm together is at most `max_norm`; returns the norm before.

    As in PyTorch a gradient that is not a number makes all of them so, and an infinite one makes the others 0; with
    `error_if_nonfinite` that is an error and nothing is changed.
    """
    parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if norm_type == 2.0:
        norm = _gradus.gradient_norm(parameters)
    else:
        norms = [float(p.grad.norm(norm_type)) for p in parameters if p.grad is not None]
        if any(math.isnan(n) for n in norms):
            norm = math.nan
        elif norm_type == math.inf:
            norm = max(norms, default=0.0)
        else:
            norm = sum(n**norm_type for n in norms) ** (1 / norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of all gradients is {norm} and cannot be brought to {max_norm}; nothing was changed. "
            "Look for the gradient that is not finite, or leave out error_if_nonfinite=True to clip all the same"
        )
    _gradus.clip(parameters, max_norm, norm)
    return norm
