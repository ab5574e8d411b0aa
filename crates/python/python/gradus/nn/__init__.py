"""Layers and models: PyTorch's, over tensors, and micrograd's (`Neuron`, `Layer`, `MLP`), over single numbers."""

from gradus.micrograd.nn import MLP, Layer, Neuron
from gradus.nn import functional, init, nonlinearities, utils
from gradus.nn.layers import (
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    CrossEntropyLoss,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    Linear,
    LogSoftmax,
    MaxPool2d,
    MSELoss,
    Softmax,
)
from gradus.nn.nonlinearities import *  # noqa: F403
from gradus.nn.module import Module, ModuleDict, ModuleList, Parameter, Sequential

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d", "CrossEntropyLoss", "Dropout", "Embedding", "Flatten", "Identity",
    "Layer", "LayerNorm", "Linear", "LogSoftmax", "MLP", "MSELoss", "MaxPool2d", "Module", "ModuleDict", "ModuleList",
    "Neuron", "Parameter", "Sequential", "Softmax", "functional", "init", "utils",
    *(n for n in nonlinearities.__all__ if not n.islower()),
]  # fmt: skip
