"""makemore's transformer in PyTorch: 4 layers, 4 heads, width 64, block size 16, 27 characters: 204,544 parameters.

As makemore writes it, attention and GELU operation by operation, or with PyTorch's fused ones.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

LAYERS, HEADS, WIDTH, TIME, VOCAB = 4, 4, 64, 16, 27


class NewGelu(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused = fused

    def forward(self, x):
        if self.fused:
            return F.gelu(x, approximate="tanh")
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Attention(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused = fused
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("mask", torch.tril(torch.ones(TIME, TIME)).view(1, 1, TIME, TIME))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (y.view(B, T, HEADS, C // HEADS).transpose(1, 2) for y in self.qkv(x).split(C, dim=2))  # [B, H, T, D]
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            pattern = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))  # [B, H, T, T]
            pattern = F.softmax(pattern.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf")), dim=-1)
            y = pattern @ v
        return self.out(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.ln_1, self.ln_2, self.attention = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), Attention(fused)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), NewGelu(fused), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, WIDTH), nn.Embedding(TIME, WIDTH)
        self.blocks = nn.ModuleList(Block(fused) for _ in range(LAYERS))
        self.ln = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, ids, targets=None):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]).unsqueeze(0))  # [B, T, C]
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln(x))  # [B, T, V]
        if targets is None:
            return logits
        return F.cross_entropy(logits.view(-1, VOCAB), targets.view(-1), ignore_index=-1)
