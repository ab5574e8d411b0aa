"""makemore's transformer, one training step in PyTorch.

4 layers, 4 heads, width 64, block size 16, 27 characters: 204,544 parameters. A step is zero_grad, forward to the
cross-entropy on a batch of 32 x 16, backward, AdamW (5e-4, betas .9/.99, weight decay .01).

  makemore  attention and GELU written out operation by operation, AdamW with PyTorch's defaults
  fused     scaled_dot_product_attention, F.gelu, fused AdamW
  compile   the fused form under torch.compile
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["makemore", "fused", "compile"])

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(3407)
LAYERS, HEADS, WIDTH, TIME, VOCAB, BATCH = 4, 4, 64, 16, 27, 32
FUSED = args.variant != "makemore"


class NewGelu(nn.Module):
    def forward(self, x):
        if FUSED:
            return F.gelu(x, approximate="tanh")
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("mask", torch.tril(torch.ones(TIME, TIME)).view(1, 1, TIME, TIME))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (y.view(B, T, HEADS, C // HEADS).transpose(1, 2) for y in self.qkv(x).split(C, dim=2))  # [B, H, T, D]
        if FUSED:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            pattern = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))  # [B, H, T, T]
            pattern = F.softmax(pattern.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf")), dim=-1)
            y = pattern @ v
        return self.out(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2, self.attention = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), Attention()
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), NewGelu(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, WIDTH), nn.Embedding(TIME, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]).unsqueeze(0))  # [B, T, C]
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln(x))  # [B, T, V]
        return F.cross_entropy(logits.view(-1, VOCAB), targets.view(-1), ignore_index=-1)


model = Transformer()
assert sum(p.numel() for p in model.parameters()) == 204_544
optimiser = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8, fused=True if FUSED else None)
forward = torch.compile(model) if args.variant == "compile" else model
ids = torch.randint(0, VOCAB, (BATCH, TIME))
targets = torch.randint(0, VOCAB, (BATCH, TIME))
loss = None


def run(steps):
    global loss
    for _ in range(steps):
        loss = forward(ids, targets)
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


names = {"makemore": "torch eager (as makemore)", "fused": "torch eager (fused)", "compile": "torch.compile"}
timing = measure(run, args.seconds)
emit(names[args.variant], "transformer", args.threads, timing, {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
