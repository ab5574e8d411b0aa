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

    @torch.no_grad()
    def generate(self, tokens, count, temperature=1.0):
        """Goes on with `tokens` [B, T] by `count` more."""
        for _ in range(count):
            logits = self(tokens) / temperature
            tokens = torch.cat([tokens, torch.multinomial(F.softmax(logits, dim=-1), 1)], dim=1)
        return tokens


def load(folder="."):
    """The model with its parameters, and what config.json says."""
    from safetensors.torch import load_file

    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    model = Model(**config["model"])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval(), config
