"""LeNet-5, one training step in PyTorch: tanh, the largest of 2 x 2 places, a batch of 64, plain gradient descent.

For MNIST's pictures of 28 x 28 it has 61,706 parameters; for 8 x 8, with 16 and 32 kernels of 3 x 3, 31,294. A step draws
64 of 1,024 pictures, goes forward to the cross-entropy, backward, and takes a gradient step.

  eager   28 x 28
  fused   28 x 28, all parameters updated by one kernel
  eager8, fused8
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["eager", "fused", "eager8", "fused8"])

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(args.threads)
torch.manual_seed(42)
PICTURES, BATCH = 1024, 64
SMALL, FUSED = args.variant.endswith("8"), args.variant.startswith("fused")
SIDE, KERNELS, KERNEL, PADDINGS, PLACES, COUNT = \
    (8, (16, 32), 3, (1, 1), 4, 31_294) if SMALL else (28, (6, 16), 5, (2, 0), 25, 61_706)

model = nn.Sequential(
    nn.Conv2d(1, KERNELS[0], KERNEL, padding=PADDINGS[0]), nn.Tanh(), nn.MaxPool2d(2),
    nn.Conv2d(*KERNELS, KERNEL, padding=PADDINGS[1]), nn.Tanh(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(KERNELS[1] * PLACES, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
)
assert sum(p.numel() for p in model.parameters()) == COUNT
optimiser = torch.optim.SGD(model.parameters(), lr=0.1, fused=FUSED)
pictures, labels = torch.rand(PICTURES, 1, SIDE, SIDE), torch.randint(0, 10, (PICTURES,))
loss = None


def run(steps):
    global loss
    for _ in range(steps):
        rows = torch.randint(0, PICTURES, (BATCH,))
        loss = F.cross_entropy(model(pictures[rows]), labels[rows])
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)


timing = measure(run, args.seconds)
emit(f"torch eager{' (fused)' * FUSED}", "lenet8" if SMALL else "lenet", args.threads, timing,
     {"torch": torch.__version__.split("+")[0]}, loss=round(loss.item(), 4))
