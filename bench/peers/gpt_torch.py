"""nanoGPT's character models, one training step in PyTorch.

65 characters, no biases, head tied to the token table. A step is forward to the cross-entropy, backward, gradients
clipped to norm 1.0, AdamW (1e-3, betas .9/.99, weight decay .1 on matrices alone); no dropout.

The one it is known for: 6 layers, 6 heads, width 384, batch 4 x 256; 10,646,784 parameters without the positions.

  fused    scaled_dot_product_attention, F.gelu (erf), fused AdamW
  plain    the same with AdamW as it comes, which is what nanoGPT uses on a CPU
  compile  the fused form under torch.compile

The small one that nanoGPT's README gives for a CPU: 4 layers, 4 heads, width 128, batch 12 x 64; 795,904 parameters.

  small-fused, small-plain, small-compile
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["fused", "plain", "compile", "small-fused", "small-plain", "small-compile"], default_seconds=10.0)
SMALL, VARIANT = args.variant.startswith("small-"), args.variant.removeprefix("small-")

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(1337)
LAYERS, HEADS, WIDTH, TIME, BATCH, COUNT = (4, 4, 128, 64, 12, 795_904) if SMALL else (6, 6, 384, 256, 4, 10_646_784)
VOCAB = 65


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
assert sum(p.numel() for p in model.parameters()) - model.positions.weight.numel() == COUNT
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0},
]
optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True if VARIANT != "plain" else None)
forward = torch.compile(model) if VARIANT == "compile" else model
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


names = {"fused": "torch eager (fused)", "plain": "torch eager (as nanoGPT)", "compile": "torch.compile"}
timing = measure(run, args.seconds)
emit(names[VARIANT], "nanogpt" if SMALL else "gpt", args.threads, timing, {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
