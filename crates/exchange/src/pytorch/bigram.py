"""A bigram model in plain PyTorch, as Gradus trained it: a table of logits. Needs `torch` and `safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0]]))     # [B, 1] tokens in, [B, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.logits = nn.Embedding(vocabulary, vocabulary)

    def forward(self, contexts):  # [B, 1]
        return self.logits(contexts[:, -1])

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last is seen."""
        return self(tokens)
