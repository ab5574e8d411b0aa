"""The laboratory from Python: recipes, recorded runs, sampling, diagnostics, and a run's model opened up.

    import gradus
    run = gradus.train("mlp", steps=5000)        # a progress bar, then a recorded run
    run.sample(5)
    run.history["loss"]                          # a Series of NumPy arrays: steps and values
    model = run.model()
    logits, seen = model.record([[0, 0, 0]])     # every named activation on the way
"""

from __future__ import annotations

import json
import os
import sys
import time

from gradus import _gradus
from gradus._gradus import Tensor
from gradus.drawing import Picture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Path = str | os.PathLike[str]

__all__ = ["Confusion", "Model", "Run", "Series", "import_model", "recipes", "resume", "run", "runs", "train", "words"]


def _home(home: Path | None) -> str:
    return os.fspath(home or os.environ.get("GRADUS_HOME") or ".gradus")


def recipes() -> dict[str, str]:
    """The built-in recipes by name, each as TOML with every default written out."""
    return dict(_gradus.lab_recipes())


def words(source: Path = "given-names") -> list[str]:
    """The lines of a data set that is a list: a built-in name, or a file with one thing a line."""
    return _gradus.lab_lines(os.fspath(source))


def train(recipe: Path, *, steps: int | None = None, seed: int | None = None, data: Any = None, name: str | None = None, home: Path | None = None, progress: bool = True, **changes: Any) -> Run:
    """Trains a recipe (a built-in name or a TOML file) and records the run, which is returned.

    `changes` are keys of the recipe, with an underscore for each dot: `model_hidden=300`, `schedule_lr=0.05`; a dict
    under `set` takes them as they are: `set={"model.hidden": 300}`. Interrupted, the run is saved, and `resume` goes on.
    """
    keys = dict(changes.pop("set", {}))
    keys.update({key.replace("_", ".", 1): value for key, value in changes.items()})
    keys.update({key: value for key, value in (("steps", steps), ("seed", seed), ("data.source", data)) if value is not None})
    written = [(key, _toml(value)) for key, value in keys.items()]
    with _Bar(progress) as bar:
        summary = json.loads(_gradus.lab_train(_home(home), os.fspath(recipe), written, name, bar))
    return Run(summary["run"], home, summary)


def resume(run: str | Run, *, steps: int | None = None, home: Path | None = None, progress: bool = True) -> Run:
    """Goes on with a run from its last checkpoint, up to step `steps` in all."""
    with _Bar(progress) as bar:
        summary = json.loads(_gradus.lab_resume(_home(home), _name(run), steps, bar))
    return Run(summary["run"], home, summary)


def runs(home: Path | None = None) -> list[Run]:
    """The recorded runs, the oldest first."""
    return [Run(about["name"], home) for about in _gradus.lab_runs(_home(home))]


def run(name: str, home: Path | None = None) -> Run:
    """The recorded run of a name."""
    _gradus.lab_run(_home(home), name)
    return Run(name, home)


def import_model(file: Path, *, name: str | None = None, heads: int | None = None, data: Any = None, home: Path | None = None) -> Run:
    """Takes a GPT-2 model of nanoGPT or Hugging Face in as a run; nothing in its file is executed.

    `file` is a .safetensors file, PyTorch's .pt or .bin, or the folder they are in with config.json and tokenizer.
    """
    data = None if data is None else os.fspath(data)
    return Run(_gradus.lab_import(_home(home), os.fspath(file), name, heads, data), home)


def _name(run: str | Run) -> str:
    return run.name if isinstance(run, Run) else run


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


class _Bar:
    """A line on the screen that tells how far training is."""

    def __init__(self, wanted: bool) -> None:
        self._wanted, self._shown, self._last = wanted, False, 0.0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._shown:
            print(file=sys.stderr)

    def __call__(self, step: int, steps: int, loss: float, speed: float) -> Any:
        if not self._wanted or (time.monotonic() - self._last < 0.1 and step < steps):
            return
        self._last, self._shown = time.monotonic(), True
        done = int(30 * step / steps) if steps else 30
        left = (steps - step) / speed if speed else 0.0
        bar = "━" * done + "╌" * (30 - done)
        print(f"\r{bar} {step:,}/{steps:,}  loss {loss:.4f}  {speed:,.0f}/s  {left:.0f} s left ", end="", file=sys.stderr, flush=True)


class Series:
    """A recorded series: `steps` and `values` as NumPy arrays. Unpacks into the two."""

    def __init__(self, steps: Any, values: Any) -> None:
        import numpy

        self.steps, self.values = numpy.array(steps, dtype="int64"), numpy.array(values, dtype="float64")

    def __iter__(self) -> Iterator[Any]:
        return iter((self.steps, self.values))

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        last = f", {self.values[-1]:.4f} at the end" if len(self) else ""
        return f"<series of {len(self)} values{last}>"


class Run:
    """A recorded run."""

    def __init__(self, name: str, home: Path | None = None, summary: Any = None) -> None:
        self.name, self._home, self.summary = name, _home(home), summary

    @property
    def about(self) -> dict[str, Any]:
        """What the store knows of it: recipe, model, data, parameters, step, steps, seconds, status, why it ended, tags, note."""
        return _gradus.lab_run(self._home, self.name)

    @property
    def tags(self) -> tuple[str, ...]:
        """The words on it, in order. Assign to change them: `run.tags = ["good", "wide"]`."""
        return tuple(self.about["tags"])

    @tags.setter
    def tags(self, words: Iterable[str]) -> None:
        if isinstance(words, str):
            raise TypeError(f"tags are several words: run.tags = [{words!r}]")
        _gradus.lab_tag(self._home, self.name, list(words))

    @property
    def note(self) -> str:
        """What is noted of it. Assign to change it; an empty text takes it away."""
        return str(self.about["note"])

    @note.setter
    def note(self, text: str) -> None:
        _gradus.lab_note(self._home, self.name, text)

    def rename(self, name: str) -> Run:
        """Gives it another name; the run itself, which goes by that from here on."""
        _gradus.lab_rename(self._home, self.name, name)
        self.name = name
        return self

    def delete(self) -> None:
        """Removes it with all that was recorded of it. Its name is free then."""
        _gradus.lab_delete(self._home, self.name)

    @property
    def history(self) -> dict[str, Series]:
        """Every recorded series by name (`loss`, `learning_rate`, `dev_loss`, …)."""
        return {name: Series(*series) for name, series in sorted(_gradus.lab_history(self._home, self.name).items())}

    def frame(self) -> Any:
        """The history as a pandas frame, a row a step, a column a series."""
        try:
            import pandas  # type: ignore[import-untyped, unused-ignore]
        except ImportError:
            raise ImportError("Run.frame needs pandas: pip install pandas; Run.history does without") from None
        columns = {name: pandas.Series(s.values, index=s.steps) for name, s in self.history.items()}
        return pandas.DataFrame(columns).rename_axis("step")

    def model(self, step: int | None = None) -> Model:
        """Its model at the last checkpoint, or at that of `step`."""
        return Model(_gradus.RunModel(self._home, self.name, step, False))

    def sample(self, n: int = 20, *, prompt: Any = "", temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None, length: int = 500, seed: int | None = None, step: int | None = None) -> list[str]:
        """Texts that its model writes."""
        return self.model(step).sample(n, prompt=prompt, temperature=temperature, top_k=top_k, top_p=top_p, length=length, seed=seed)

    def evaluate(self, split: str = "dev", *, data: Any = None, step: int | None = None) -> dict[str, Any]:
        """How well it predicts a split of its data, or other data: loss in nats, perplexity, accuracy, examples."""
        told: dict[str, Any] = json.loads(_gradus.RunModel(self._home, self.name, step, data is None).evaluate(split, data))
        return told

    def inspect(self, step: int | None = None) -> dict[str, Any]:
        """Every parameter and named activation in numbers, at the step that would come next."""
        told: dict[str, Any] = json.loads(_gradus.RunModel(self._home, self.name, step, True).inspect())
        return told

    def predict(self, examples: Any, step: int | None = None) -> Tensor:
        """The probability of each class (or the values) for examples as they were measured, or for words: `[N, outputs]`."""
        return self.model(step).predict(examples)

    def confusion(self, split: str = "test", step: int | None = None) -> Confusion:
        """How often each class was taken for each in a split of its data. Shows itself in a notebook."""
        told, picture = _gradus.RunModel(self._home, self.name, step, True).confusion(split)
        return Confusion(json.loads(told), picture)

    def explain(self, example: Any, *, class_name: str | None = None, split: str = "test", step: int | None = None) -> tuple[dict[str, Any], dict[str, Picture]]:
        """Why a classifier says what it says of an example: a row of a split by its number, measurements or a word.

        A dict of what was found, and a dict of pictures.
        """
        example = example if isinstance(example, (str, int)) else ",".join(str(float(x)) for x in example)
        told, pictures = _gradus.RunModel(self._home, self.name, step, True).explain(str(example), class_name, split)
        return json.loads(told), _pictures(pictures)

    def pictures(self, step: int | None = None) -> dict[str, Picture]:
        """What there is to see of its model, by name: activations, gradients, embeddings, what it decides where."""
        return _pictures(_gradus.RunModel(self._home, self.name, step, True).pictures())

    def export(self, to: str, path: Path, step: int | None = None) -> Path:
        """Writes it for other programs: `to` is "safetensors", "pytorch" or "tensorboard"."""
        _gradus.lab_export(self._home, self.name, to, os.fspath(path), step)
        return path

    def __repr__(self) -> str:
        about = self.about
        return f"<run {self.name}: {about['model']}, {about['parameters']:,} parameters, {about['status']} at step {about['step']:,}>"

    def _repr_svg_(self) -> str | None:
        return _chart({name: s for name, s in self.history.items() if name == "loss" or name.endswith("_loss")}, self.name)


def _pictures(pictures: Any) -> dict[str, Picture]:
    return {name: Picture(picture, name) for name, picture in pictures}


class Confusion(Picture):
    """How often each class (a row) was taken for each (a column)."""

    def __init__(self, told: Any, picture: Any) -> None:
        import numpy

        super().__init__(picture, "confusion")
        self.classes, self.accuracy, self.of_class = told["classes"], told["accuracy"], told["of_class"]
        self.matrix = numpy.array(told["matrix"], dtype="int64")

    def __repr__(self) -> str:
        right = "" if self.accuracy is None else f", {100 * self.accuracy:.1f} % right"
        return f"<confusion of {', '.join(self.classes)}: {self.matrix.sum()} examples{right}>\n{self.matrix}"


class Model:
    """A run's model: ask it, look at every named activation, replace some, change its parameters."""

    def __init__(self, model: _gradus.RunModel) -> None:
        self._model = model

    @property
    def step(self) -> int:
        """How many steps it has been trained."""
        return self._model.step()

    def __repr__(self) -> str:
        return self._model.summary()

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return self._model.encode(text)

    def decode(self, tokens: Iterable[Any]) -> str:
        """The text of tokens."""
        return self._model.decode([int(token) for token in tokens])

    @property
    def classes(self) -> list[str]:
        """What the outputs of a model that tells classes or values stand for."""
        return self._model.classes()

    def predict(self, examples: Any) -> Tensor:
        """The probability of each class (or the values) for examples as they were measured, or for words: `[N, outputs]`.

        `model.predict([[5.1, 3.5, 1.4, 0.2]])`, `model.predict(["anna", "bob"])`
        """
        if not self._model.takes_numbers():
            return self._model.predict_words([examples] if isinstance(examples, str) else list(examples))
        from gradus.interchange import as_tensor

        return self._model.predict(as_tensor(examples).float())

    def __call__(self, tokens: Any, replace: dict[str, Callable[[Tensor], Any]] | None = None) -> Any:
        """The logits for tokens, or for numbers as the model sees them; `replace` has a function for each named activation that is to be changed on the way.

        `model(x, replace={"tanh": lambda h: h * 0})` ablates the hidden layer.
        """
        return self._model.forward(self._inputs(tokens), [], replace or {})[0]

    def _inputs(self, inputs: Any) -> Tensor:
        if isinstance(inputs, Tensor):
            return inputs
        import gradus

        return gradus.tensor(inputs, dtype=gradus.float32 if self._model.takes_numbers() else gradus.int64)

    def record(self, tokens: Any, names: Iterable[str] | None = None, replace: dict[str, Callable[[Tensor], Any]] | None = None) -> tuple[Tensor, dict[str, Tensor]]:
        """The logits, and the activations `names` (all, if none is named) by name."""
        logits, seen = self._model.forward(self._inputs(tokens), None if names is None else list(names), replace or {})
        return logits, dict(seen)

    def state_dict(self) -> dict[str, Tensor]:
        """The parameters (and buffers) by name, as they are now."""
        return dict(self._model.parameters())

    def __getitem__(self, name: str) -> Tensor:
        parameters = self.state_dict()
        if name not in parameters:
            raise KeyError(f"there is no parameter {name}; they are {', '.join(parameters)}")
        return parameters[name]

    def __setitem__(self, name: str, value: Any) -> None:
        from gradus.interchange import as_tensor

        self._model.set_parameter(name, as_tensor(value))

    def sample(self, n: int = 20, *, prompt: Any = "", temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None, length: int = 500, seed: int | None = None) -> list[str]:
        """Texts that it writes. The same seed gives the same texts."""
        seed = int.from_bytes(os.urandom(4), "little") if seed is None else seed
        return [s["text"] for s in json.loads(self._model.sample(n, prompt, temperature, top_k, top_p, length, seed))]


def _chart(series: Any, title: str, width: int = 560, height: int = 220) -> str | None:
    """Lines over steps as SVG."""
    series = {name: s for name, s in series.items() if len(s)}
    values = [v for s in series.values() for v in s.values if v == v]
    steps = [x for s in series.values() for x in s.steps]
    if not values:
        return None
    low, high = min(values), max(values)
    span, last = (high - low) or 1.0, max(max(steps), 1)
    left, top, inner, depth = 52, 28, width - 64, height - 56
    colours = ["#2166ac", "#b2182b", "#4d9221", "#7b3294"]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{left}" y="14" font-weight="bold">{title}</text>'
    ]
    for value in (low, (low + high) / 2, high):
        y = top + depth * (high - value) / span
        out.append(f'<path d="M{left},{y:.1f}h{inner}" stroke="#ddd"/><text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    for step in (0, last // 2, last):
        out.append(f'<text x="{left + inner * step / last:.1f}" y="{height - 10}" text-anchor="middle">{step:,}</text>')
    for i, (name, s) in enumerate(series.items()):
        colour, dash = colours[i % 4], ' stroke-dasharray="5 3"' if i % 2 else ""
        path = " ".join(f"{left + inner * x / last:.1f},{top + depth * (high - y) / span:.1f}" for x, y in zip(s.steps, s.values) if y == y)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>')
        out.append(f'<text x="{left + inner - 90 * (len(series) - 1 - i)}" y="14" text-anchor="end" fill="{colour}">{name}</text>')
    return "".join([*out, "</svg>"])
