"""makemore's MLP with batch normalisation (part 3), one training step in PyTorch, as the lecture writes it.

Block size 3, embedding 10, hidden 200, no hidden bias, running mean and std updated by hand: 12,097 parameters. A step
draws 32 of 182,625 examples, goes forward to the cross-entropy, backward, and takes a plain gradient step.

  eager  the lecture's lines
  fused  F.batch_norm in their place
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["eager", "fused"])

import torch
import torch.nn.functional as F

torch.set_num_threads(args.threads)
EXAMPLES, VOCAB, BLOCK, EMBEDDING, HIDDEN, BATCH, LR = 182_625, 27, 3, 10, 200, 32, 0.1

g = torch.Generator().manual_seed(2147483647)
X = torch.randint(0, VOCAB, (EXAMPLES, BLOCK), generator=g)
Y = torch.randint(0, VOCAB, (EXAMPLES,), generator=g)
C = torch.randn((VOCAB, EMBEDDING), generator=g)
W1 = torch.randn((BLOCK * EMBEDDING, HIDDEN), generator=g) * (5 / 3) / (BLOCK * EMBEDDING) ** 0.5
W2 = torch.randn((HIDDEN, VOCAB), generator=g) * 0.01
b2 = torch.zeros(VOCAB)
gain, shift = torch.ones(HIDDEN), torch.zeros(HIDDEN)
running_mean, running_spread = torch.zeros(HIDDEN), torch.ones(HIDDEN)
parameters = [C, W1, W2, b2, gain, shift]
assert sum(p.nelement() for p in parameters) == 12_097
for p in parameters:
    p.requires_grad = True


def normalised(x):
    """[32, 200] to zero mean and unit standard deviation over the batch, scaled and shifted."""
    global running_mean, running_spread
    if args.variant == "fused":
        return F.batch_norm(x, running_mean, running_spread, gain, shift, training=True, momentum=0.001)
    mean, std = x.mean(0, keepdim=True), x.std(0, keepdim=True)
    with torch.no_grad():
        running_mean = 0.999 * running_mean + 0.001 * mean
        running_spread = 0.999 * running_spread + 0.001 * std
    return gain * (x - mean) / std + shift


def run(steps):
    global loss
    for _ in range(steps):
        ix = torch.randint(0, EXAMPLES, (BATCH,), generator=g)
        emb = C[X[ix]]  # [32, 3, 10]
        h = torch.tanh(normalised(emb.view(BATCH, -1) @ W1))  # [32, 200]
        loss = F.cross_entropy(h @ W2 + b2, Y[ix])
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -LR * p.grad


timing = measure(run, args.seconds)
emit(f"torch eager{' (fused)' * (args.variant == 'fused')}", "batchnorm", args.threads, timing,
     {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
