"""A decoder-only Transformer in plain PyTorch, as Gradus trained it. Needs `torch` and `safetensors`.

    from model import load
    model, config = load(".")
    logits = model(torch.tensor([[0]]))     # [B, T] tokens in, [B, T, vocabulary] logits out
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, width, heads, bias, dropout):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.proj = nn.Linear(width, width, bias=bias)
        self.heads, self.dropout = heads, dropout

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)  # [B, H, T, C/H]
        p = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=p)
        return F.dropout(self.proj(y.transpose(1, 2).reshape(B, T, C)), self.dropout, self.training)


class Block(nn.Module):
    def __init__(self, width, heads, bias, gelu, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, bias=bias)
        self.attn = Attention(width, heads, bias, dropout)
        self.norm2 = nn.LayerNorm(width, bias=bias)
        self.fc1 = nn.Linear(width, 4 * width, bias=bias)
        self.fc2 = nn.Linear(4 * width, width, bias=bias)
        self.gelu, self.dropout = gelu, dropout

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        h = self.fc2(F.gelu(self.fc1(self.norm2(x)), approximate=self.gelu))
        return x + F.dropout(h, self.dropout, self.training)


class Model(nn.Module):
    def __init__(self, vocabulary, block, layers, heads, width, bias, tied, gelu, dropout):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(block, width)
        self.blocks = nn.ModuleList([Block(width, heads, bias, gelu, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width, bias=bias)
        self.head = None if tied else nn.Linear(width, vocabulary, bias=False)
        self.block, self.dropout = block, dropout

    def forward(self, tokens):  # [B, T]
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = F.dropout(self.token(tokens) + self.position(places), self.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return F.linear(x, self.token.weight) if self.head is None else self.head(x)

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T], of which the last `block` are seen."""
        return self(tokens[:, -self.block :])[:, -1]
