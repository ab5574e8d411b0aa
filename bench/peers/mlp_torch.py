"""makemore's MLP, one training step in PyTorch, as the lecture writes it.

Block size 3, embedding 10, hidden 200, tanh, 27 characters: 11,897 parameters. A step draws 32 of 182,625 examples,
goes forward to the cross-entropy, backward, and takes a plain gradient step.

  eager       the lecture's lines
  compile     torch.compile around the loss; backward through it, the update as in the lecture
  functional  torch.compile around the whole step: torch.func.grad_and_value and the update in one graph
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["eager", "compile", "functional"])

import torch
import torch.nn.functional as F

torch.set_num_threads(args.threads)
EXAMPLES, VOCAB, BLOCK, EMBEDDING, HIDDEN, BATCH, LR = 182_625, 27, 3, 10, 200, 32, 0.1

g = torch.Generator().manual_seed(2147483647)
X = torch.randint(0, VOCAB, (EXAMPLES, BLOCK), generator=g)
Y = torch.randint(0, VOCAB, (EXAMPLES,), generator=g)
C = torch.randn((VOCAB, EMBEDDING), generator=g)
W1 = torch.randn((BLOCK * EMBEDDING, HIDDEN), generator=g) * (5 / 3) / (BLOCK * EMBEDDING) ** 0.5
b1 = torch.randn(HIDDEN, generator=g) * 0.01
W2 = torch.randn((HIDDEN, VOCAB), generator=g) * 0.01
b2 = torch.zeros(VOCAB)
parameters = [C, W1, b1, W2, b2]
assert sum(p.nelement() for p in parameters) == 11_897


def loss_of(parameters, xb, yb):
    C, W1, b1, W2, b2 = parameters
    emb = C[xb]  # [32, 3, 10]
    h = torch.tanh(emb.view(emb.shape[0], -1) @ W1 + b1)  # [32, 200]
    logits = h @ W2 + b2  # [32, 27]
    return F.cross_entropy(logits, yb)


def lecture(loss_of):
    def run(steps):
        for _ in range(steps):
            ix = torch.randint(0, EXAMPLES, (BATCH,), generator=g)
            loss = loss_of(parameters, X[ix], Y[ix])
            for p in parameters:
                p.grad = None
            loss.backward()
            for p in parameters:
                p.data += -LR * p.grad
    return run


@torch.compile
def whole_step(parameters, xb, yb):
    grads, loss = torch.func.grad_and_value(loss_of)(parameters, xb, yb)
    return [p - LR * grad for p, grad in zip(parameters, grads)], loss


def functional(steps):
    global parameters
    for _ in range(steps):
        ix = torch.randint(0, EXAMPLES, (BATCH,), generator=g)
        parameters, _ = whole_step(parameters, X[ix], Y[ix])


if args.variant == "functional":
    run = functional
else:
    for p in parameters:
        p.requires_grad = True
    run = lecture(loss_of if args.variant == "eager" else torch.compile(loss_of))

names = {"eager": "torch eager", "compile": "torch.compile (loss)", "functional": "torch.compile (whole step)"}
timing = measure(run, args.seconds)
with torch.no_grad():
    loss = loss_of(parameters, X[:1000], Y[:1000]).item()
emit(names[args.variant], "mlp", args.threads, timing, {"torch": torch.__version__.split("+")[0]}, loss=round(loss, 4))
