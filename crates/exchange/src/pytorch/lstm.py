"""Long short-term memory (Hochreiter & Schmidhuber 1997) in plain PyTorch, as Gradus trained it. Needs `torch` and
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


class Cell(nn.Module):
    def __init__(self, embedding, hidden):
        super().__init__()
        self.input = nn.Linear(embedding + hidden, hidden)
        self.forget = nn.Linear(embedding + hidden, hidden)
        self.candidate = nn.Linear(embedding + hidden, hidden)
        self.output = nn.Linear(embedding + hidden, hidden)

    def forward(self, x, h, memory):  # [B, embedding], [B, hidden], [B, hidden]
        memory = torch.zeros_like(h) if memory is None else memory
        xh = torch.cat([x, h], dim=-1)
        i, f, o = (torch.sigmoid(gate(xh)) for gate in (self.input, self.forget, self.output))
        memory = f * memory + i * torch.tanh(self.candidate(xh))
        return o * torch.tanh(memory), memory
