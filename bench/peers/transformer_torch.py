"""makemore's transformer, one training step in PyTorch.

4 layers, 4 heads, width 64, block size 16, 27 characters: 204,544 parameters. A step is zero_grad, forward to the
cross-entropy on a batch of 32 x 16, backward, AdamW (5e-4, betas .9/.99, weight decay .01).

  makemore  attention and GELU written out operation by operation, AdamW with PyTorch's defaults
  fused     scaled_dot_product_attention, F.gelu, fused AdamW
  compile   the fused form under torch.compile
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["makemore", "fused", "compile"])

import torch
from makemore_torch import TIME, VOCAB, Transformer

torch.set_num_threads(args.threads)
torch.manual_seed(3407)
BATCH = 32
FUSED = args.variant != "makemore"


model = Transformer(FUSED)
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
