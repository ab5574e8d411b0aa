"""1,000 names from makemore's transformer in PyTorch, the way makemore.py's sampler writes them.

All texts of a batch take all 15 steps, and each step is a whole pass over what there is; a name is what stands before
its first end mark. The weights are as they start.

  makemore     attention and GELU operation by operation, all 1,000 names in one batch
  fused        the same with PyTorch's fused attention and GELU
  fifty        the fused form in batches of 50, as many as makemore.py --sample-only asks for
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["makemore", "fused", "fifty"])

import torch
import torch.nn.functional as F
from makemore_torch import TIME, VOCAB, Transformer

torch.set_num_threads(args.threads)
torch.manual_seed(3407)
NAMES, STEPS = 1000, TIME - 1
BATCH = 50 if args.variant == "fifty" else NAMES
LETTERS = "." + "abcdefghijklmnopqrstuvwxyz"
model = Transformer(args.variant != "makemore").eval()
assert len(LETTERS) == VOCAB
names = []


@torch.no_grad()
def generate(ids):
    for _ in range(STEPS):
        seen = ids if ids.size(1) <= TIME else ids[:, -TIME:]
        logits = model(seen)[:, -1, :]
        ids = torch.cat((ids, torch.multinomial(F.softmax(logits, dim=-1), num_samples=1)), dim=1)
    return ids


def run(times):
    global names
    for _ in range(times):
        names = []
        while len(names) < NAMES:
            for row in generate(torch.zeros(BATCH, 1, dtype=torch.long)):
                row = row[1:].tolist()
                names.append("".join(LETTERS[i] for i in row[: row.index(0) if 0 in row else len(row)]))


titles = {"makemore": "torch eager (as makemore)", "fused": "torch eager (fused)", "fifty": "torch eager (fused, by fifties)"}
timing = measure(run, args.seconds, steps=1)
mean_length = sum(map(len, names)) / len(names)
emit(titles[args.variant], "sampling", args.threads, timing, {"torch": torch.__version__.split("+")[0]}, loss=round(mean_length, 4))
