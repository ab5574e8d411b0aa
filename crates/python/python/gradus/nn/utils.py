"""What concerns the parameters of a model together."""

from gradus import _gradus
from gradus._gradus import Tensor

__all__ = ["clip_grad_norm_"]


def clip_grad_norm_(parameters, max_norm):
    """Scales all gradients down so that their norm together is at most `max_norm`; returns the norm before."""
    return _gradus.clip([parameters] if isinstance(parameters, Tensor) else list(parameters), max_norm)
