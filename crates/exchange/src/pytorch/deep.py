"""A deep stack of tanh layers (makemore, part 3) in plain PyTorch, as Gradus trained it. Needs `torch` and
`safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0, 0, 0]]))     # [B, block] tokens in, [B, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch.distributed.nn.functional import all_reduce


class Layer(nn.Module):
    """Linear, normalised or with a bias."""

    def __init__(self, fan_in, fan_out, normalised):
        super().__init__()
        self.linear = nn.Linear(fan_in, fan_out, bias=not normalised)
        self.norm = BatchNorm(fan_out) if normalised else nn.Identity()

    def forward(self, x):
        return self.norm(self.linear(x))


class Model(nn.Module):
    def __init__(self, vocabulary, block, embedding, hidden, layers, batch_norm):
        super().__init__()
        widths = [block * embedding] + layers * [hidden]
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.hidden = nn.ModuleList([Layer(*pair, batch_norm) for pair in zip(widths, widths[1:])])
        self.output = Layer(widths[-1], vocabulary, batch_norm)
        self.block = block

    def forward(self, contexts):  # [B, block]
        x = self.embedding(contexts).flatten(-2)  # [B, block * embedding]
        for layer in self.hidden:
            x = torch.tanh(layer(x))  # [B, hidden]
        return self.output(x)

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(F.pad(tokens, (max(0, self.block - tokens.shape[1]), 0))[:, -self.block :])
