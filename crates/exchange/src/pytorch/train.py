"""Trains on from exactly where Gradus stopped: the same batches, optimiser state and learning rates.

    python train.py --steps 1000                                     # alone
    torchrun --nproc_per_node 2 train.py --steps 1000                # on two processes, or on many machines

Several processes share each batch and make the same steps as one: batch normalisation, where the model has it, uses the
statistics of the whole batch. Dropout draws PyTorch's numbers instead of Gradus's, in each process its own.

Needs `torch` and `safetensors`.
"""

import argparse
import json
import math
import os
import pathlib
import random

import torch
import torch.distributed as dist
import torch.nn.functional as F
from model import load
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
IGNORE = -1  # the target of a place that does not count


class Batches:
    """The numbers of each batch's examples: the random numbers that Gradus would have drawn next."""

    def __init__(self, scheme, state):
        state = bytes.fromhex(state)[17:]  # after a mark, the scheme and the seed
        word = lambda at, size: int.from_bytes(state[at : at + size], "little")
        if scheme == "torch":  # MT19937, which Python has too
            words = tuple(word(4 * i, 4) for i in range(624))
            self.engine = random.Random()
            self.engine.setstate((3, (*words, word(2496, 2)), None))
            self.below = self.mt19937_below
        else:
            self.state, self.increment = word(0, 16), word(16, 16)
            self.below = self.pcg64_below

    def mt19937_below(self, n):
        bits = self.engine.getrandbits
        return ((bits(32) << 32 | bits(32)) if n >= 1 << 28 else bits(32)) % n

    def pcg64(self):  # PCG64 DXSM
        multiplier, mask = 0xDA942042E4DD58B5, (1 << 64) - 1
        high, low = self.state >> 64, self.state & mask | 1
        high ^= high >> 32
        high = high * multiplier & mask
        high ^= high >> 48
        self.state = (self.state * multiplier + self.increment) & (1 << 128) - 1
        return high * low & mask

    def pcg64_below(self, n):  # Lemire 2019
        product = self.pcg64() * n
        while product & (1 << 64) - 1 < (-n % (1 << 64)) % n:
            product = self.pcg64() * n
        return product >> 64

    def rows(self, count, examples):
        return torch.tensor([self.below(examples) for _ in range(count)])


class Data:
    """The training examples by number: inputs and targets."""

    def __init__(self, config):
        files = load_file(HERE / "data.safetensors")
        self.tokens, self.block, self.each = files.get("tokens"), config["block"], config["each_place"]
        self.inputs, self.targets = files.get("inputs"), files.get("targets")

    def __len__(self):
        return len(self.inputs) if self.tokens is None else max(0, len(self.tokens) - self.block)

    def batch(self, rows):
        if self.tokens is None:
            return self.inputs[rows].long(), self.targets[rows].long()
        windows = self.tokens[rows[:, None] + torch.arange(self.block + 1)].long()
        return windows[:, :-1], windows[:, 1:] if self.each else windows[:, -1]


def learning_rate(schedule, step, steps):
    """The learning rate of a step, the first of which is 0."""
    lr = schedule["lr"]
    if schedule["kind"] == "step":
        for share in schedule["at"]:
            if step >= share * steps:
                lr *= schedule["factor"]
    elif schedule["kind"] == "cosine":
        warmup = schedule["warmup"]
        if step < warmup:
            return lr * (step + 1) / (warmup + 1)
        done = min((step - warmup) / max(steps - warmup, 1), 1)
        lr = schedule["min_lr"] + 0.5 * (1 + math.cos(math.pi * done)) * (lr - schedule["min_lr"])
    return lr


def make_optimizer(model, config):
    """The optimiser as it was."""
    decay = config["weight_decay"]
    parameters = dict(model.named_parameters())
    spared = [p for p in parameters.values() if config["only_matrices"] and p.dim() < 2]
    decaying = [p for p in parameters.values() if not any(p is q for q in spared)]
    groups = [{"params": decaying, "weight_decay": decay}, {"params": spared, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    if config["kind"] == "sgd":
        optimizer = torch.optim.SGD(groups, lr=0.0, momentum=config["momentum"], nesterov=config["nesterov"])
        slots = {"velocity": "momentum_buffer"}
    else:
        kind = torch.optim.AdamW if config["kind"] == "adamw" else torch.optim.Adam
        optimizer = kind(groups, lr=0.0, betas=tuple(config["betas"]), eps=config["eps"])
        slots = {"mean": "exp_avg", "square": "exp_avg_sq", "steps": "step"}
    for key, value in load_file(HERE / "optimizer.safetensors").items():
        slot, name = key.split(".", 1)
        value = value.float() if slot == "steps" else value
        optimizer.state[parameters[name]][slots[slot]] = value
    return optimizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, help="how many more (default: up to the end of Gradus's recipe)")
    parser.add_argument("--every", type=int, default=1, help="print the loss every so many steps")
    parser.add_argument("--out", default="trained.safetensors", help="where the parameters go at the end")
    args = parser.parse_args()

    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if torch.cuda.is_available() else torch.device("cpu")
    if world > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    model, config = load(HERE)
    config = config["training"]
    data, batches = Data(config), Batches(config["rng"], config["random_state"])
    model = model.to(device).train()
    optimizer = make_optimizer(model, config["optimizer"])
    for state in optimizer.state.values():
        state.update({k: v.to(device) for k, v in state.items() if k != "step"})
    trained = torch.nn.parallel.DistributedDataParallel(model) if world > 1 else model

    start = config["step"]
    end = config["steps"] if args.steps is None else start + args.steps
    for step in range(start, end):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config["schedule"], step, config["steps"])
        optimizer.zero_grad()
        mean = torch.zeros((), device=device)
        for _ in range(config["accumulate"]):
            # Every process draws the same rows and takes its share of them.
            if config["full_batch"]:
                rows = torch.arange(len(data))
                if data.tokens is not None and data.each:
                    rows = rows[:: data.block]
            else:
                rows = batches.rows(config["batch"], len(data))
            targets = data.batch(rows)[1]
            counted = (targets != IGNORE).sum()
            inputs, targets = (part.to(device) for part in data.batch(rows[rank::world]))
            logits = trained(inputs)
            loss = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORE, reduction="sum")
            loss = loss / counted / config["accumulate"]
            (loss * world).backward()  # gradients are averaged over the processes
            mean += loss.detach()
        if config["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), config["clip"])
        optimizer.step()
        if world > 1:
            dist.all_reduce(mean)
        if rank == 0 and (step + 1 - start) % args.every == 0:
            print(f"step {step + 1} loss {mean.item():.9f}", flush=True)

    if rank == 0:
        save_file({name: value.cpu().contiguous() for name, value in model.state_dict().items()}, args.out)
    if world > 1:
        dist.barrier()  # nobody leaves while another is still at work
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
