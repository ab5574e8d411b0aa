"""makemore's WaveNet (part 5), one training step in PyTorch.

Block size 8, embedding 24, hidden 128; three times: join neighbouring pairs, linear without bias, batch normalisation
over both leading axes, tanh: 76,579 parameters. A step draws 32 of 182,625 examples, goes forward to the cross-entropy,
backward, and takes a plain gradient step.

  eager  batch normalisation written out, as in the lecture
  fused  nn.BatchNorm1d in its place
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["eager", "fused"])

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(42)
EXAMPLES, VOCAB, BLOCK, EMBEDDING, HIDDEN, BATCH, LR = 182_625, 27, 8, 24, 128, 32, 0.1

X = torch.randint(0, VOCAB, (EXAMPLES, BLOCK))
Y = torch.randint(0, VOCAB, (EXAMPLES,))


class Pairs(nn.Module):
    """[B, T, C] to [B, T/2, 2C]; an axis of length 1 goes."""

    def forward(self, x):
        B, T, C = x.shape
        x = x.view(B, T // 2, C * 2)
        return x.squeeze(1) if x.shape[1] == 1 else x


class Normalised(nn.Module):
    """Batch normalisation over all axes but the last."""

    def __init__(self):
        super().__init__()
        self.gain, self.shift = nn.Parameter(torch.ones(HIDDEN)), nn.Parameter(torch.zeros(HIDDEN))
        self.register_buffer("running_mean", torch.zeros(HIDDEN))
        self.register_buffer("running_var", torch.ones(HIDDEN))

    def forward(self, x):
        if args.variant == "fused":
            y = F.batch_norm(x.view(-1, HIDDEN), self.running_mean, self.running_var, self.gain, self.shift, training=True)
            return y.view(x.shape)
        axes = tuple(range(x.ndim - 1))
        mean, var = x.mean(axes, keepdim=True), x.var(axes, keepdim=True)
        with torch.no_grad():
            self.running_mean = 0.9 * self.running_mean + 0.1 * mean
            self.running_var = 0.9 * self.running_var + 0.1 * var
        return self.gain * (x - mean) / torch.sqrt(var + 1e-5) + self.shift


layers = [nn.Embedding(VOCAB, EMBEDDING)]
for fan_in in (2 * EMBEDDING, 2 * HIDDEN, 2 * HIDDEN):
    layers += [Pairs(), nn.Linear(fan_in, HIDDEN, bias=False), Normalised(), nn.Tanh()]
layers.append(nn.Linear(HIDDEN, VOCAB))
model = nn.Sequential(*layers)
parameters = list(model.parameters())
assert sum(p.nelement() for p in parameters) == 76_579


def run(steps):
    global loss
    for _ in range(steps):
        ix = torch.randint(0, EXAMPLES, (BATCH,))
        loss = F.cross_entropy(model(X[ix]), Y[ix])
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -LR * p.grad


timing = measure(run, args.seconds)
emit(f"torch eager{' (fused)' * (args.variant == 'fused')}", "wavenet", args.threads, timing,
     {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
