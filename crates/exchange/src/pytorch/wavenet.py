"""A tree of layers that joins neighbours (WaveNet: van den Oord et al. 2016; makemore, part 5) in plain PyTorch, as
Gradus trained it. Needs `torch` and `safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0, 0, 0, 0, 0, 0, 0, 0]]))     # [B, block] tokens in, [B, vocabulary] logits out
"""

import json
import math
import pathlib

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch.distributed.nn.functional import all_reduce


class Layer(nn.Module):
    """Joins `group` neighbours along time."""

    def __init__(self, group, width, hidden, places):
        super().__init__()
        self.linear = nn.Linear(group * width, hidden, bias=False)
        self.norm = BatchNorm(hidden, places=places)
        self.group = group

    def forward(self, x):  # [B, T, width]
        B, T, C = x.shape
        x = x.view(B, T // self.group, self.group * C)
        return torch.tanh(self.norm(self.linear(x)))  # [B, T / group, hidden]


class Model(nn.Module):
    def __init__(self, vocabulary, groups, embedding, hidden, norm_each_place):
        super().__init__()
        self.block = math.prod(groups)
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.layers, width, places = nn.ModuleList(), embedding, self.block
        for group in groups:
            places //= group
            self.layers.append(Layer(group, width, hidden, places if norm_each_place else 1))
            width = hidden
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, contexts):  # [B, block]
        x = self.embedding(contexts)  # [B, block, embedding]
        for layer in self.layers:
            x = layer(x)
        return self.output(x.squeeze(1))  # [B, vocabulary]

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(F.pad(tokens, (max(0, self.block - tokens.shape[1]), 0))[:, -self.block :])
