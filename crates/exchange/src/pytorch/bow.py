"""A bag of words: every place sees the mean of what came before it (makemore), in plain PyTorch, as Gradus trained it.
Needs `torch` and `safetensors`.

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
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.position = nn.Embedding(block, embedding)
        self.hidden = nn.Linear(embedding, hidden)
        self.projection = nn.Linear(hidden, embedding)
        self.output = nn.Linear(embedding, vocabulary)
        self.block = block

    def forward(self, tokens):  # [B, T], T at most the block
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.embedding(tokens) + self.position(places)  # [B, T, embedding]
        x = x + x.cumsum(1) / (places + 1)[:, None]  # the mean up to here
        x = x + self.projection(torch.tanh(self.hidden(x)))
        return self.output(x)

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(tokens[:, -self.block :])[:, -1]
