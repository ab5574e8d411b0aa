"""Gated recurrent units (Cho et al. 2014) in plain PyTorch, as Gradus trained them. Needs `torch` and `safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0]]))     # [B, T] tokens in, [B, T, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F


class Cell(nn.Module):
    def __init__(self, embedding, hidden):
        super().__init__()
        self.update = nn.Linear(embedding + hidden, hidden)
        self.reset = nn.Linear(embedding + hidden, hidden)
        self.candidate = nn.Linear(embedding + hidden, hidden)

    def forward(self, x, h, memory):  # [B, embedding], [B, hidden]
        xh = torch.cat([x, h], dim=-1)
        z, r = torch.sigmoid(self.update(xh)), torch.sigmoid(self.reset(xh))
        # nn.GRU multiplies by r after the linear layer; the paper, and this, before it.
        c = torch.tanh(self.candidate(torch.cat([x, r * h], dim=-1)))
        return (1 - z) * h + z * c, memory
