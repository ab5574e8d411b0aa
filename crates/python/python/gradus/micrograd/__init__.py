"""micrograd's two modules: code written for micrograd runs with only the import line changed.

    from gradus.micrograd.engine import Value
    from gradus.micrograd.nn import Neuron, Layer, MLP
"""

from gradus.micrograd import engine, nn

__all__ = ["engine", "nn"]
