"""makemore's recurrent models, one training step in PyTorch.

Embedding and state 64, 27 characters: 11,803 parameters (rnn), 28,315 (gru); an LSTM of the same widths. A step is
forward over 16 time steps to the cross-entropy on a batch of 32, backward, AdamW (5e-4, .9/.99, weight decay .01).

  rnn, gru            the cell written out, one time step after another, as in makemore.py
  lstm, torch-gru     nn.LSTM and nn.GRU: PyTorch's own loop
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["rnn", "gru", "lstm", "torch-gru"])

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(3407)
WIDTH, TIME, VOCAB, BATCH = 64, 16, 27, 32


class Rnn(nn.Module):
    """h = tanh(W [x, h] + b)"""

    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x, h):
        return torch.tanh(self.cell(torch.cat([x, h], 1)))


class Gru(nn.Module):
    """z, r = gates of [x, h]; h' = tanh(W [x, r h] + b); h = (1 - z) h + z h'"""

    def __init__(self):
        super().__init__()
        self.update, self.reset, self.cell = (nn.Linear(2 * WIDTH, WIDTH) for _ in range(3))

    def forward(self, x, h):
        joined = torch.cat([x, h], 1)
        r = torch.sigmoid(self.reset(joined))
        candidate = torch.tanh(self.cell(torch.cat([x, r * h], 1)))
        z = torch.sigmoid(self.update(joined))
        return (1 - z) * h + z * candidate


class Unrolled(nn.Module):
    """A cell over the time axis, from a learnt first state."""

    def __init__(self, cell):
        super().__init__()
        self.start, self.cell = nn.Parameter(torch.zeros(1, WIDTH)), cell

    def forward(self, x):
        h, states = self.start.expand(x.shape[0], -1), []
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
            states.append(h)
        return torch.stack(states, 1)  # [B, T, C]


class First(nn.Module):
    """PyTorch's own recurrent layer, without the last state it also returns."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


make = {"rnn": lambda: Unrolled(Rnn()), "gru": lambda: Unrolled(Gru()),
        "lstm": lambda: First(nn.LSTM(WIDTH, WIDTH, batch_first=True)),
        "torch-gru": lambda: First(nn.GRU(WIDTH, WIDTH, batch_first=True))}
model = nn.Sequential(nn.Embedding(VOCAB, WIDTH), make[args.variant](), nn.Linear(WIDTH, VOCAB))
expected = {"rnn": 11_803, "gru": 28_315}.get(args.variant)
assert expected in (None, sum(p.numel() for p in model.parameters()))
optimiser = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8, fused=True)
ids = torch.randint(0, VOCAB, (BATCH, TIME))
targets = torch.randint(0, VOCAB, (BATCH, TIME))


def run(steps):
    global loss
    for _ in range(steps):
        loss = F.cross_entropy(model(ids).view(-1, VOCAB), targets.view(-1), ignore_index=-1)
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


names = {"rnn": "torch eager", "gru": "torch eager", "lstm": "torch nn.LSTM", "torch-gru": "torch nn.GRU"}
timing = measure(run, args.seconds)
emit(names[args.variant], args.variant.removeprefix("torch-"), args.threads, timing,
     {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
