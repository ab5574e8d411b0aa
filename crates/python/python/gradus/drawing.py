"""Pictures, and the drawn graph: every value with its number and its gradient, and how each came from the others."""

from __future__ import annotations

import os

from gradus import _gradus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gradus._gradus import Value

    Path = str | os.PathLike[str]


class Picture:
    """A picture. A notebook shows it as it is; `save` writes it to a file."""

    def __init__(self, drawing: _gradus.Drawing | _gradus.RunPicture, name: str = "picture") -> None:
        self._drawing, self._name = drawing, name

    def svg(self) -> str:
        """The picture as SVG text."""
        return self._drawing.svg()

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, `scale` pixels to a point."""
        return bytes(self._drawing.png(scale))

    def _writers(self, scale: float) -> Any:
        return {".svg": self.svg, ".png": lambda: self.png(scale)}

    def save(self, path: Path, scale: float = 2.0) -> Path:
        """Writes the picture to `path`, whose ending says how: .svg or .png."""
        ending = os.path.splitext(os.fspath(path))[1].lower()
        writers = self._writers(scale)
        if ending not in writers:
            *endings, last = writers
            raise ValueError(f"save: {os.fspath(path)!r} must end in {', '.join(endings)} or {last}")
        picture = writers[ending]()
        data = picture if isinstance(picture, bytes) else picture.encode()
        partial = f"{os.fspath(path)}.partial"
        with open(partial, "wb") as file:
            file.write(data)
        os.replace(partial, path)
        return path

    def _repr_svg_(self) -> str | None:
        return self.svg()

    def __repr__(self) -> str:
        return f"<picture {self._name}>"


class Drawing(Picture):
    """The drawn graph under a value. `save` writes it as .svg, .png or .dot."""

    _drawing: _gradus.Drawing

    @property
    def source(self) -> str:
        """The graph in Graphviz's DOT language."""
        return self._drawing.source

    def table(self) -> str:
        """Label, operation, value and gradient of every value, one a line, in all their digits."""
        return self._drawing.table()

    def _writers(self, scale: float) -> Any:
        return {**super()._writers(scale), ".dot": lambda: self.source}

    def __repr__(self) -> str:
        return repr(self._drawing)


def draw_dot(root: Value) -> Drawing:
    """Draws the graph under `root`, with its numbers as they are now.

    >>> from gradus import Value, draw_dot
    >>> draw_dot(Value(2.0) * Value(3.0))
    <drawing of 3 values>
    """
    return Drawing(_gradus.draw(root))
