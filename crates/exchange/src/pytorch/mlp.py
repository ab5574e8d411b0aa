"""The multi-layer perceptron of Bengio et al. (2003) in plain PyTorch, as Gradus trained it. Needs `torch` and
`safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0, 0, 0]]))     # [B, block] tokens in, [B, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, vocabulary, block, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.hidden = nn.Linear(block * embedding, hidden)
        self.output = nn.Linear(hidden, vocabulary)
        self.block = block

    def forward(self, contexts):  # [B, block]
        x = self.embedding(contexts).flatten(-2)  # [B, block * embedding]
        return self.output(torch.tanh(self.hidden(x)))

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(F.pad(tokens, (max(0, self.block - tokens.shape[1]), 0))[:, -self.block :])
