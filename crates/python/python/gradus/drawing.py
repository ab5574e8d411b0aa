"""Pictures, and the drawn graph: every value with its number and its gradient, and how each came from the others."""

import os

from gradus import _gradus


class Picture:
    """A picture. A notebook shows it as it is; `save` writes it to a file."""

    def __init__(self, drawing, name="picture"):
        self._drawing, self._name = drawing, name

    def svg(self):
        """The picture as SVG text."""
        return self._drawing.svg()

    def png(self, scale=2.0):
        """The picture as PNG, `scale` pixels to a point."""
        return bytes(self._drawing.png(scale))

    def _writers(self, scale):
        return {".svg": self.svg, ".png": lambda: self.png(scale)}

    def save(self, path, scale=2.0):
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

    def _repr_svg_(self):
        return self.svg()

    def __repr__(self):
        return f"<picture {self._name}>"


class Drawing(Picture):
    """The drawn graph under a value. `save` writes it as .svg, .png or .dot."""

    @property
    def source(self):
        """The graph in Graphviz's DOT language."""
        return self._drawing.source

    def table(self):
        """Label, operation, value and gradient of every value, one a line, in all their digits."""
        return self._drawing.table()

    def _writers(self, scale):
        return {**super()._writers(scale), ".dot": lambda: self.source}

    def __repr__(self):
        return repr(self._drawing)


def draw_dot(root):
    """Draws the graph under `root`, with its numbers as they are now.

    >>> from gradus import Value, draw_dot
    >>> draw_dot(Value(2.0) * Value(3.0))
    <drawing of 3 values>
    """
    return Drawing(_gradus.draw(root))
