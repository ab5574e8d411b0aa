"""makemore's MLP (11,897 parameters), one training step in JAX; the same work as mlp_torch.py.

  scan  1,000 steps in one compiled lax.scan, batches drawn inside it
  jit   one compiled call a step, parameters donated; the batches of a block are drawn in one call before it
"""

from harness import arguments, emit, measure

args = arguments(__doc__, ["scan", "jit"])

import os

os.environ["JAX_PLATFORMS"] = "cpu"
if args.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

EXAMPLES, VOCAB, BLOCK, EMBEDDING, HIDDEN, BATCH, LR, STEPS = 182_625, 27, 3, 10, 200, 32, 0.1, 1000

rng = np.random.default_rng(2147483647)
X = jnp.asarray(rng.integers(0, VOCAB, (EXAMPLES, BLOCK), dtype=np.int32))
Y = jnp.asarray(rng.integers(0, VOCAB, (EXAMPLES,), dtype=np.int32))
normal = lambda *shape: jnp.asarray(rng.standard_normal(shape, dtype=np.float32))
parameters = [
    normal(VOCAB, EMBEDDING),
    normal(BLOCK * EMBEDDING, HIDDEN) * (5 / 3) / (BLOCK * EMBEDDING) ** 0.5,
    normal(HIDDEN) * 0.01,
    normal(HIDDEN, VOCAB) * 0.01,
    jnp.zeros(VOCAB),
]
assert sum(p.size for p in parameters) == 11_897


def loss_of(parameters, xb, yb):
    C, W1, b1, W2, b2 = parameters
    emb = C[xb].reshape(BATCH, BLOCK * EMBEDDING)  # [32, 30]
    h = jnp.tanh(emb @ W1 + b1)  # [32, 200]
    logits = h @ W2 + b2  # [32, 27]
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.mean(log_probabilities[jnp.arange(BATCH), yb])


def step(parameters, ix, X, Y):
    loss, grads = jax.value_and_grad(loss_of)(parameters, X[ix], Y[ix])
    return [p - LR * grad for p, grad in zip(parameters, grads)], loss


@partial(jax.jit, donate_argnums=0)
def loop(parameters, key, X, Y):
    key, drawing = jax.random.split(key)
    batches = jax.random.randint(drawing, (STEPS, BATCH), 0, EXAMPLES)
    parameters, losses = jax.lax.scan(lambda p, ix: step(p, ix, X, Y), parameters, batches)
    return parameters, key, losses


draw = jax.jit(lambda key: (jax.random.split(key)[0], jax.random.randint(key, (STEPS, BATCH), 0, EXAMPLES)))
one_step = jax.jit(step, donate_argnums=0)
key = jax.random.key(42)
losses = None


def run(_):
    global parameters, key, losses
    if args.variant == "scan":
        parameters, key, losses = loop(parameters, key, X, Y)
    else:
        key, batches = draw(key)
        for ix in np.asarray(batches):
            parameters, losses = one_step(parameters, ix, X, Y)
    jax.block_until_ready(parameters)


names = {"scan": "jax lax.scan", "jit": "jax jit"}
timing = measure(run, args.seconds, steps=STEPS)
emit(names[args.variant], "mlp", args.threads, timing, {"jax": jax.__version__}, loss=round(float(jnp.mean(losses)), 4))
