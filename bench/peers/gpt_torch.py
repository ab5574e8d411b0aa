"""nanoGPT's character model, one training step in PyTorch.

6 layers, 6 heads, width 384, block size 256, 65 characters, no biases, head tied to the token table: 10,646,784
parameters without the positions. A step is forward to the cross-entropy on a batch of 4 x 256, backward, gradients
clipped to norm 1.0, AdamW (1e-3, betas .9/.99, weight decay .1 on matrices alone); no dropout.

  fused    scaled_dot_product_attention, F.gelu (erf), fused AdamW
  foreach  the same with the foreach AdamW
  compile  the fused form under torch.compile
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["fused", "foreach", "compile"], default_seconds=10.0)

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(1337)
LAYERS, HEADS, WIDTH, TIME, VOCAB, BATCH = 6, 6, 384, 256, 65, 4


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (y.view(B, T, HEADS, C // HEADS).transpose(1, 2) for y in self.qkv(x).split(C, dim=2))  # [B, H, T, D]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.attention = Attention()
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH, bias=False))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, WIDTH), nn.Embedding(TIME, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln = nn.LayerNorm(WIDTH, bias=False)
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)
        self.tokens.weight = self.head.weight
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))  # [B, T, C]
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln(x))  # [B, T, V]
        return F.cross_entropy(logits.view(-1, VOCAB), targets.view(-1), ignore_index=-1)


model = Gpt()
assert sum(p.numel() for p in model.parameters()) - model.positions.weight.numel() == 10_646_784
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0},
]
kind = "foreach" if args.variant == "foreach" else "fused"
optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), **{kind: True})
forward = torch.compile(model) if args.variant == "compile" else model
ids = torch.randint(0, VOCAB, (BATCH, TIME))
targets = torch.randint(0, VOCAB, (BATCH, TIME))
loss = None


def run(steps):
    global loss
    for _ in range(steps):
        loss = forward(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)


names = {"fused": "torch eager (fused)", "foreach": "torch eager (foreach)", "compile": "torch.compile"}
timing = measure(run, args.seconds)
emit(names[args.variant], "gpt", args.threads, timing, {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
