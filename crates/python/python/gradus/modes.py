"""Whether results are recorded, so that gradients can flow back."""

from __future__ import annotations

import functools

from gradus import _gradus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["enable_grad", "no_grad", "set_grad_enabled"]


class set_grad_enabled:
    """Turns recording on or off, for good or, as a `with` block, until its end."""

    def __init__(self, mode: bool) -> None:
        self._before = _gradus.set_grad_enabled(mode)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        _gradus.set_grad_enabled(self._before)


class _Mode:
    """A block, or a decorated function, with recording on or off."""

    _recording = True

    def __init__(self, function: Any = None) -> None:
        self._function = function
        self._before: list[bool] = []
        if function is not None:
            functools.update_wrapper(self, function)

    def __enter__(self) -> Any:
        self._before.append(_gradus.set_grad_enabled(self._recording))
        return self

    def __exit__(self, *_: Any) -> None:
        _gradus.set_grad_enabled(self._before.pop())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._function is not None:  # @no_grad
            with type(self)():
                return self._function(*args, **kwargs)
        (function,) = args  # @no_grad()

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return run

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class no_grad(_Mode):
    """A block, or a decorated function, in which nothing is recorded.

    >>> import gradus
    >>> w = gradus.ones(2, requires_grad=True)
    >>> with gradus.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    _recording = False


class enable_grad(_Mode):
    """A block, or a decorated function, in which results are recorded, inside of `no_grad` too."""
