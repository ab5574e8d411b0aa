"""Layers and models."""

from gradus.micrograd.nn import MLP, Layer, Neuron

__all__ = ["Layer", "MLP", "Neuron"]
