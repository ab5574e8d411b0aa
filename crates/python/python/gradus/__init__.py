"""Neural networks from one neuron to a GPT, where you can see and change every number on the way.

One number at a time, as in micrograd::

    from gradus import Value, draw_dot
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    L = (a * b + 10).tanh()
    L.backward()
    draw_dot(L)                      # shows itself in a notebook
"""

from gradus._gradus import Value
from gradus import nn
from gradus.drawing import Drawing, draw_dot

__all__ = ["Drawing", "Value", "draw_dot", "nn"]
