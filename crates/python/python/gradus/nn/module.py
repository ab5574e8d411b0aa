"""What layers and models have in common."""

from __future__ import annotations

from gradus._gradus import Tensor
from gradus.modes import no_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


__all__ = ["Module", "ModuleDict", "ModuleList", "Parameter", "Sequential"]


class Parameter(Tensor):
    """A tensor that belongs to a model: a leaf that requires a gradient."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        self = super().__new__(cls, data)
        if requires_grad:
            self.requires_grad = True
        return self

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def __reduce__(self) -> Any:
        return Parameter, (self.detach(), self.requires_grad)


class Handle:
    """What a registered hook is taken away with."""

    def __init__(self, hooks: Any, hook: Callable[..., Any]) -> None:
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        """Takes the hook away."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


class Module:
    """A layer or a model: attributes that are parameters, buffers or modules are found by name.

    A subclass says in `forward` how a tensor passes through.
    """

    training = True

    def __init__(self) -> None:
        self._prepare()

    def _prepare(self) -> dict[str, Any]:
        state = self.__dict__
        for name in ("_parameters", "_buffers", "_modules"):
            state.setdefault(name, {})
        state.setdefault("_hooks", [])
        state.setdefault("_pre_hooks", [])
        return state

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        if "_parameters" not in state:
            state = self._prepare()
        homes = (state["_parameters"], state["_buffers"], state["_modules"])
        if isinstance(value, Parameter):
            home = homes[0]
        elif isinstance(value, Module):
            home = homes[2]
        elif name in homes[1] and (value is None or isinstance(value, Tensor)):
            home = homes[1]
        else:
            home = next((home for home in homes if name in home and value is None), None)
        for other in homes:
            if other is not home:
                other.pop(name, None)
        if home is None:
            state[name] = value
        else:
            state.pop(name, None)
            home[name] = value

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        for home in ("_parameters", "_modules", "_buffers"):
            found = state.get(home, {})
            if name in found:
                return found[name]
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for home in (self._parameters, self._buffers, self._modules):
            if name in home:
                del home[name]
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._parameters, *self._buffers, *self._modules]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Passes the input through; what a subclass defines."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        state = self.__dict__
        if state.get("_pre_hooks"):
            for hook in list(state["_pre_hooks"]):
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        out = self.forward(*args, **kwargs)
        if state.get("_hooks"):
            for hook in list(state["_hooks"]):
                changed = hook(self, args, out)
                if changed is not None:
                    out = changed
        return out

    def register_forward_hook(self, hook: Callable[..., Any]) -> Any:
        """Calls `hook(module, inputs, output)` after each pass; what it returns, unless None, takes the output's place."""
        hooks = self._prepare()["_hooks"]
        hooks.append(hook)
        return Handle(hooks, hook)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> Any:
        """Calls `hook(module, inputs)` before each pass; what it returns, unless None, takes the inputs' place."""
        hooks = self._prepare()["_pre_hooks"]
        hooks.append(hook)
        return Handle(hooks, hook)

    def record(self, *names: Any) -> Any:
        """A `with` block that keeps the outputs of the modules `names` (all, if none is named), by name.

        Their gradients are kept too: after `backward()`, `seen["fc1"].grad` answers.

        >>> import gradus
        >>> from gradus import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
        >>> with model.record() as seen:
        ...     model(gradus.ones(1, 2)).sum().backward()
        >>> sorted(seen), seen["1"].grad.tolist()
        (['0', '1'], [[1.0, 1.0, 1.0]])
        """
        return _Hooked(self, names, None)

    def replace(self, **changes: Any) -> Any:
        """A `with` block in which `change(output)` takes the place of a module's output: to edit, ablate or patch.

        `model.replace(fc1=lambda h: h * 0)`; for a name with dots, `model.replace(**{"blocks.0.fc": change})`.
        """
        return _Hooked(self, tuple(changes), changes)

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, by name."""
        yield from ((name, module) for name, module in self._prepare()["_modules"].items() if module is not None)

    def modules(self) -> Iterator[Module]:
        """This module and all inside of it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_modules(self, memo: Any = None, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside of it, each once, by the path of names."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self.named_children():
            yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name)

    def _members(self, home: str, prefix: str = "", recurse: bool = True, shared: bool = False) -> Any:
        seen = set()
        modules = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in module._prepare()[home].items():
                if value is None or (not shared and id(value) in seen):
                    continue
                seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The parameters by name, each once."""
        yield from self._members("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Tensor]:
        """The parameters, each once."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """What modules remember by themselves, such as running statistics, by name."""
        yield from self._members("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """What modules remember by themselves."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def register_buffer(self, name: str, tensor: Tensor | None) -> None:
        """Remembers a tensor that is no parameter, but part of the state."""
        self._prepare()["_buffers"][name] = tensor

    def register_parameter(self, name: str, param: Any) -> None:
        """Adds a parameter by name."""
        self._prepare()["_parameters"][name] = param

    def add_module(self, name: str, module: Module) -> None:
        """Adds a module by name."""
        self._prepare()["_modules"][name] = module

    def state_dict(self) -> dict[str, Any]:
        """All parameters and buffers by name, without histories."""
        members = [*self._members("_parameters", shared=True), *self._members("_buffers", shared=True)]
        return {name: value.detach() for name, value in members}

    def load_state_dict(self, state_dict: Any, strict: bool = True) -> tuple[list[str], list[str]]:
        """Copies the numbers of a `state_dict` into the parameters and buffers. Tensors may be PyTorch's or NumPy's."""
        from gradus.interchange import as_tensor

        own = self.state_dict()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        if strict and (missing or unexpected):
            parts = [f"{kind}: {', '.join(names)}" for kind, names in (("missing", missing), ("unexpected", unexpected)) if names]
            raise RuntimeError(f"load_state_dict: the names do not fit {type(self).__name__}; {'; '.join(parts)}")
        new = {name: as_tensor(state_dict[name]) for name in own if name in state_dict}
        for name, value in new.items():
            if value.shape != own[name].shape:
                raise RuntimeError(f"load_state_dict: {name} has shape {value.shape}, and {own[name].shape} is needed")
        with no_grad():
            for name, value in new.items():
                own[name].copy_(value)
        return missing, unexpected

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients of all parameters."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.zero_()

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Makes all parameters want gradients, or not."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def train(self, mode: bool = True) -> Any:
        """Lets dropout drop and batch normalisation use the batch's statistics."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Any:
        """Predicts: nothing is dropped, running statistics are used."""
        return self.train(False)

    def apply(self, fn: Callable[..., Any]) -> Any:
        """Calls `fn` with every module, inner ones first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Brings all floating-point parameters and buffers to another type; "cpu" is where everything is."""
        for home in ("_parameters", "_buffers"):
            for _, value in self._members(home):
                if value.is_floating_point():
                    value.data = value.detach().to(*args, **kwargs)
        return self

    def float(self) -> Any:
        """All floating-point parameters and buffers as float32."""
        import gradus

        return self.to(gradus.float32)

    def double(self) -> Any:
        """All floating-point parameters and buffers as float64."""
        import gradus

        return self.to(gradus.float64)

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._prepare()["_modules"].items()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"


class _Hooked:
    def __init__(self, model: Any, names: Any, changes: Any) -> None:
        modules = {name: module for name, module in model.named_modules() if name}
        for name in names:
            if name not in modules:
                raise ValueError(f"there is no module {name!r}; the names are {', '.join(modules) or '(none)'}")
        self._modules = {name: modules[name] for name in names or modules}
        self._changes = changes

    def __enter__(self) -> Any:
        self._seen: dict[str, Tensor] = {}
        self._handles = [module.register_forward_hook(self._hook(name)) for name, module in self._modules.items()]
        return self._seen

    def __exit__(self, *_: Any) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, name: str) -> Any:
        def keep(module: Module, inputs: Any, output: Any) -> Any:
            if self._changes is not None:
                output = self._changes[name](output)
            if isinstance(output, Tensor) and output.requires_grad:
                output.retain_grad()
            self._seen[name] = output
            return output

        return keep


class Sequential(Module):
    """Modules one after the other, called 0, 1, …, or by the names of a dict."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else enumerate(modules)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Tensor) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def append(self, module: Module) -> Any:
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        modules = list(self._modules.values())
        return Sequential(*modules[index]) if isinstance(index, slice) else modules[index]


class ModuleList(Module):
    """A list of modules."""

    def __init__(self, modules: Any = ()) -> None:
        super().__init__()
        self.extend(modules)

    def append(self, module: Module) -> Any:
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Any) -> Any:
        """Adds modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        modules = list(self._modules.values())
        return ModuleList(modules[index]) if isinstance(index, slice) else modules[index]


class ModuleDict(Module):
    """Modules by name."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        for name, module in (modules or {}).items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Names and modules."""
        return self._modules.items()
