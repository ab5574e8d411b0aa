"""What concerns the parameters of a model together."""

from __future__ import annotations

from gradus import _gradus
from gradus._gradus import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["clip_grad_norm_"]


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Scales all gradients down so that their norm together is at most `max_norm`; returns the norm before."""
    return _gradus.clip([parameters] if isinstance(parameters, Tensor) else list(parameters), max_norm)
