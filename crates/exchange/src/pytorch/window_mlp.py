"""A multi-layer perceptron that slides along a text (makemore) in plain PyTorch, as Gradus trained it. Needs `torch` and
`safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0]]))     # [B, T] tokens in, [B, T, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, vocabulary, block, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary + 1, embedding)  # the last is the blank before a text
        self.hidden = nn.Linear(block * embedding, hidden)
        self.output = nn.Linear(hidden, vocabulary)
        self.blank, self.block = vocabulary, block

    def forward(self, tokens):  # [B, T]
        tokens = F.pad(tokens, (self.block - 1, 0), value=self.blank)
        windows = tokens.unfold(1, self.block, 1).flip(-1)  # [B, T, block], the newest first
        x = self.embedding(windows).flatten(-2)  # [B, T, block * embedding]
        return self.output(torch.tanh(self.hidden(x)))

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(tokens[:, -self.block :])[:, -1]
