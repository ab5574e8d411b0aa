"""Optimisers, with PyTorch's names, arguments and rules."""

from __future__ import annotations

from gradus import _gradus
from gradus._gradus import Tensor
from gradus.functions import zeros_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]


class Optimizer:
    """A rule that moves parameters by their gradients."""

    _slots: tuple[str, ...] = ()

    def __init__(self, params: Iterable[Any], defaults: Any) -> None:
        params = [params] if isinstance(params, Tensor) else list(params)
        if not params:
            raise ValueError(f"{type(self).__name__}: there are no parameters to move")
        if not isinstance(params[0], dict):
            params = [{"params": params}]
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Any, Any] = {}
        for group in params:
            self.add_param_group(group)

    def add_param_group(self, group: Any) -> None:
        """Adds parameters with settings of their own."""
        group = {**self.defaults, **group}
        group["params"] = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        known = {id(p) for other in self.param_groups for p in other["params"]}
        for p in group["params"]:
            if not isinstance(p, Tensor) or not p.is_leaf:
                raise ValueError(f"{type(self).__name__}: only leaves can be moved, and this is {type(p).__name__}")
            if id(p) in known:
                raise ValueError(f"{type(self).__name__}: a parameter is named twice")
            known.add(id(p))
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p.grad is None:
                    p.grad = None
                else:
                    p.grad.zero_()

    def _states(self, params: Iterable[Any]) -> Any:
        """The parameters' states, made when they are first needed."""
        state = self.state
        for p in params:
            if p not in state:
                state[p] = {"step": 0, **{slot: zeros_like(p) for slot in self._slots}}
            yield state[p]

    def step(self, closure: Any = None) -> Any:
        """Moves every parameter that has a gradient; `closure`, if given, computes the loss first."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            self._move(group, [p for p in group["params"] if p.grad is not None])
        return loss

    def _move(self, group: Any, params: list[Any]) -> None:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Settings and states, by the parameters' numbers."""
        numbers: dict[Any, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers[p] = len(numbers)
            groups.append({**group, "params": [numbers[p] for p in group["params"]]})
        state = {numbers[p]: {k: _copied(v) for k, v in s.items()} for p, s in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Any) -> None:
        """Goes on from what `state_dict` gave."""
        groups = state_dict["param_groups"]
        if [len(g["params"]) for g in groups] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("load_state_dict: the state is of other parameters: their numbers differ")
        params = [p for group in self.param_groups for p in group["params"]]
        numbers = [n for group in groups for n in group["params"]]
        for own, group in zip(self.param_groups, groups):
            own.update({k: v for k, v in group.items() if k != "params"})
        by_number = dict(zip(numbers, params))
        self.state = {by_number[n]: {k: _copied(v) for k, v in s.items()} for n, s in state_dict["state"].items()}


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value


class SGD(Optimizer):
    """Stochastic gradient descent: v = momentum*v + g; p -= lr*v."""

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False) -> None:
        if lr < 0 or momentum < 0 or weight_decay < 0:
            raise ValueError(f"SGD: lr={lr}, momentum={momentum} and weight_decay={weight_decay} must be 0 or more")
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov needs a momentum")
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, settings)

    _slots = ("momentum_buffer",)

    def _move(self, group: Any, params: list[Any]) -> None:
        velocities = []
        if group["momentum"]:
            velocities = [state["momentum_buffer"] for state in self._states(params)]
        _gradus.sgd(params, velocities, group["lr"], group["momentum"], group["weight_decay"], group["nesterov"])


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015)."""

    _slots = ("exp_avg", "exp_avg_sq")
    _decoupled = False

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0.0) -> None:
        if lr < 0 or eps < 0 or weight_decay < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(
                f"{type(self).__name__}: lr={lr}, eps={eps} and weight_decay={weight_decay} must be 0 or more, "
                f"and betas={betas} from 0 up to, not including, 1"
            )
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay})

    def _move(self, group: Any, params: list[Any]) -> None:
        states = list(self._states(params))
        for state in states:
            state["step"] += 1
        _gradus.adam(
            params,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [state["step"] for state in states],
            group["lr"],
            group["betas"],
            group["eps"],
            group["weight_decay"],
            self._decoupled,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    _decoupled = True

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)
