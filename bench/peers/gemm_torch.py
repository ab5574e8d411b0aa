"""Matrix products in PyTorch: one line a shape, in GFLOP/s."""

from harness import arguments, emit, measure

args = arguments(__doc__, ["matmul"], default_seconds=6.0)

import torch

torch.set_num_threads(args.threads)

# m x k times k x n, the products of the three models, each forward and, below it, the two of its backward; then one
# large square. bench/README.md names them and Gradus's side measures the same ones.
FORWARD = [(32, 30, 200), (32, 200, 27),
           (512, 64, 192), (512, 64, 256), (512, 256, 64),
           (1024, 384, 1152), (1024, 384, 1536), (1024, 1536, 384), (1024, 384, 65)]


def shapes():
    for m, k, n in FORWARD:
        yield m, k, n, "nn"  # y = x w
        yield m, n, k, "nt"  # dx = dy wT
        yield k, m, n, "tn"  # dw = xT dy
    yield 1024, 1024, 1024, "nn"


every = list(shapes())
for m, k, n, layout in every:
    a = torch.randn(k, m).T if layout == "tn" else torch.randn(m, k)
    b = torch.randn(n, k).T if layout == "nt" else torch.randn(k, n)
    out = torch.empty(m, n)

    def run(steps):
        for _ in range(steps):
            torch.mm(a, b, out=out)

    timing = measure(run, args.seconds / len(every))
    emit("torch", "gemm", args.threads, timing, {"torch": torch.__version__.split("+")[0]},
         shape=f"{m}x{k}x{n} {layout}", gflops=round(2 * m * k * n / timing["us_min"] / 1e3, 1))
