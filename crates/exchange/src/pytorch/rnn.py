"""The simple recurrent network (Elman 1990) in plain PyTorch, as Gradus trained it. Needs `torch` and `safetensors`.

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
        self.hidden = nn.Linear(embedding + hidden, hidden)

    def forward(self, x, h, memory):  # [B, embedding], [B, hidden]
        return torch.tanh(self.hidden(torch.cat([x, h], dim=-1))), memory
