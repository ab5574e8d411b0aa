#!/usr/bin/env python3
"""Runs Gradus and its peers side by side and prints one table (Markdown) on stdout.

    python3 bench/run.py                 the cases that have a target, and the matrix products
    python3 bench/run.py --all           the other models too
    python3 bench/run.py --quick         short runs, one round, no compiled PyTorch
    python3 bench/run.py --only mlp      one case (repeatable)

Standard library alone. The peers run in PEER_PYTHON if that is set, else in bench/.venv if it exists (`make
bench-peers` makes it), else in python3; a peer that is not installed there is named as absent. What is measured, and
the lines that each side prints, stand in bench/README.md.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
GRADUS = "gradus"


@dataclass(frozen=True)
class Example:
    """Gradus's side: an example of a crate, and its arguments where it takes none of the usual ones."""

    package: str
    name: str
    arguments: tuple[str, ...] | None = None


STEPS = Example("gradus-models", "steps")
MOONS = Example("gradus-scalar", "moons", ("--bench",))
MICROGPT = Example("gradus-scalar", "microgpt", ("--bench",))
PEAK = Example("gradus-kernels", "peak")


@dataclass
class Peer:
    """One competitor: a script in bench/peers, what it needs installed, and how much faster Gradus is to be."""

    label: str
    script: str
    needs: str
    variant: str | None = None
    target: float | None = None
    slow: bool = False  # left out by --quick
    fixed: bool = False  # decides itself how long it runs


@dataclass
class Case:
    title: str
    threads: tuple[int, ...]
    seconds: float
    peers: list[Peer] = field(default_factory=list)
    example: Example = STEPS
    extra: bool = False  # runs when named by --only, or with --all


CASES = {
    "moons": Case("micrograd's moons, MLP(2, [16, 16, 1]), 100 points, full batch", (1,), 4, [
        Peer("micrograd", "micrograd_moons.py", "micrograd", target=300, fixed=True),
    ], MOONS),
    "microgpt": Case("microgpt of single numbers, 4,192 parameters, one name a step, f64", (1,), 4, [
        Peer("Python", "microgpt_python.py", "json", target=1000, fixed=True),
    ], MICROGPT),
    "mlp": Case("makemore MLP, 11,897 parameters, batch 32, SGD", (1,), 3, [
        Peer("torch eager", "mlp_torch.py", "torch", "eager", target=6),
        Peer("torch.compile (loss)", "mlp_torch.py", "torch", "compile", slow=True),
        Peer("torch.compile (whole step)", "mlp_torch.py", "torch", "functional", slow=True),
        Peer("jax jit", "mlp_jax.py", "jax", "jit"),
        Peer("jax lax.scan", "mlp_jax.py", "jax", "scan", target=1),
    ]),
    "transformer": Case("makemore transformer, 204,544 parameters, batch 32 x 16, AdamW", (1, 2), 4, [
        Peer("torch eager (as makemore)", "transformer_torch.py", "torch", "makemore", target=2),
        Peer("torch eager (fused)", "transformer_torch.py", "torch", "fused", target=2),
        Peer("torch.compile", "transformer_torch.py", "torch", "compile", slow=True),
    ]),
    "gpt": Case("nanoGPT, 10,646,784 parameters, batch 4 x 256, clipping, AdamW", (1, 2), 10, [
        Peer("torch eager (fused)", "gpt_torch.py", "torch", "fused", target=1),
        Peer("torch.compile", "gpt_torch.py", "torch", "compile", slow=True),
    ]),
    "gemm": Case("matrix products, f32", (1, 2), 6, [Peer("torch", "gemm_torch.py", "torch")], PEAK),
    "batchnorm": Case("makemore BatchNorm MLP, 12,097 parameters, batch 32, SGD", (1,), 3, [
        Peer("torch eager", "batchnorm_torch.py", "torch", "eager", target=5),
        Peer("torch eager (fused)", "batchnorm_torch.py", "torch", "fused", target=5),
    ]),
    "wavenet": Case("makemore WaveNet, 76,579 parameters, batch 32, SGD", (1,), 3, [
        Peer("torch eager", "wavenet_torch.py", "torch", "eager", target=3),
        Peer("torch eager (fused)", "wavenet_torch.py", "torch", "fused", target=3),
    ]),
    "lenet": Case("LeNet-5, 28 x 28, 61,706 parameters, batch 64, SGD", (1,), 3, [
        Peer("torch eager", "lenet_torch.py", "torch", "eager", target=1),
        Peer("torch eager (fused)", "lenet_torch.py", "torch", "fused", target=1),
    ]),
    "lenet8": Case("LeNet, 8 x 8, 31,294 parameters, batch 64, SGD", (1,), 3, [
        Peer("torch eager", "lenet_torch.py", "torch", "eager8", target=1),
        Peer("torch eager (fused)", "lenet_torch.py", "torch", "fused8", target=1),
    ]),
    "rnn": Case("makemore RNN, 11,803 parameters, batch 32 x 16, AdamW", (1,), 3, [
        Peer("torch eager", "recurrent_torch.py", "torch", "rnn", target=4),
    ]),
    "gru": Case("makemore GRU, 28,315 parameters, batch 32 x 16, AdamW", (1,), 3, [
        Peer("torch eager", "recurrent_torch.py", "torch", "gru", target=4),
        Peer("torch nn.GRU", "recurrent_torch.py", "torch", "torch-gru"),
    ]),
    "lstm": Case("LSTM, width 64, batch 32 x 16, AdamW", (1,), 3, [
        Peer("torch nn.LSTM", "recurrent_torch.py", "torch", "lstm"),
    ], extra=True),
    "nanogpt": Case("nanoGPT, 795,904 parameters, batch 12 x 64, clipping, AdamW", (1, 2), 5, [
        Peer("torch eager (as nanoGPT)", "gpt_torch.py", "torch", "small-plain", target=2),
        Peer("torch eager (fused)", "gpt_torch.py", "torch", "small-fused", target=2),
        Peer("torch.compile", "gpt_torch.py", "torch", "small-compile", slow=True),
    ]),
    "sampling": Case("1,000 names of makemore's transformer", (1,), 4, [
        Peer("torch eager (as makemore)", "sampling_torch.py", "torch", "makemore", target=20),
        Peer("torch eager (fused)", "sampling_torch.py", "torch", "fused"),
        Peer("torch eager (fused, by fifties)", "sampling_torch.py", "torch", "fifty"),
    ]),
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def shown(path):
    """A path as seen from the project's root, where it lies below it."""
    path = pathlib.Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


# ---------------------------------------------------------------- who is there

def peer_python():
    if chosen := os.environ.get("PEER_PYTHON"):
        return chosen
    venv = BENCH / ".venv" / "bin" / "python"
    return str(venv) if venv.exists() else "python3"


def installed(python, modules):
    """Which of the modules that Python can find, without importing any."""
    code = "import importlib.util as u, sys; print(*[m for m in sys.argv[1:] if u.find_spec(m)])"
    try:
        found = subprocess.run([python, "-c", code, *modules], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"{python} does not run ({error}); no peer will be measured")
        return set()
    return set(found.stdout.split())


def gradus_binary(example, build):
    """Gradus's side of a case, or the reason why there is none."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release" / "examples" / example.name
    if build:
        if not shutil.which("cargo"):
            return None, "cargo is not installed"
        command = ["cargo", "build", "--release", "-p", example.package, "--example", example.name]
        say(f"building: {' '.join(command)}")
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
            return None, f"`{' '.join(command)}` failed: {lines[0] if lines else 'no message'}"
    return (binary, None) if binary.exists() else (None, f"{shown(binary)} does not exist")


# ---------------------------------------------------------------- one process

# The moons' two sides time every step and name their figures so.
SYNONYMS = {"us_per_step_min": "us_min", "us_per_step_median": "us_median", "steps": "repeats"}


def lines_of(command, timeout):
    """The measurements a process prints, or ([], reason)."""
    try:
        done = subprocess.run(command, cwd=BENCH, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return [], f"took longer than {timeout:.0f} s"
    except OSError as error:
        return [], str(error)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return [], f"exit status {done.returncode}: {last[:200]}"
    rows = []
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        try:
            row = {SYNONYMS.get(key, key): value for key, value in json.loads(line).items()}
        except json.JSONDecodeError:
            return [], f"printed a line that is not JSON: {line[:80]}"
        if lacking := {"us_min", "us_median", "repeats"} - row.keys():
            return [], f"printed a line without {', '.join(sorted(lacking))}"
        rows.append(row)
    return (rows, None) if rows else ([], "printed no JSON line")


@dataclass
class Entrant:
    """Someone who can run: a name in the table, a command, and the peer behind it (None for Gradus)."""

    label: str
    command: list[str]
    fixed: bool
    peer: Peer | None = None

    def run(self, threads, seconds):
        usual = [] if self.fixed else ["--threads", str(threads), "--seconds", str(seconds)]
        return lines_of(self.command + usual, timeout=300 + 20 * seconds)


def entrants(name, case, binary, python, modules, quick):
    """Who can run this case, and who cannot: (case, label, reason)."""
    ready, absent = [], []
    if binary:
        arguments = case.example.arguments
        usual = ["--case", name, "--json"]
        ready.append(Entrant(GRADUS, [str(binary), *(usual if arguments is None else arguments)], arguments is not None))
    for peer in case.peers:
        script = BENCH / "peers" / peer.script
        if quick and peer.slow:
            continue
        if peer.needs not in modules:
            absent.append((name, peer.label, f"{peer.needs} is not installed"))
        elif not script.exists():
            absent.append((name, peer.label, f"{shown(script)} does not exist"))
        else:
            variant = ["--variant", peer.variant] if peer.variant else []
            ready.append(Entrant(peer.label, [python, str(script), *variant], peer.fixed, peer))
    return ready, absent


def measure(name, threads, ready, rounds, seconds):
    """Alternates the entrants round by round; keeps each one's fastest minimum and the median of its medians."""
    results, failures = {}, {}
    for round_ in range(rounds):
        for entrant in ready:
            if entrant.label in failures:
                continue
            say(f"{name}, {threads} thread{'s'[: threads > 1]}, round {round_ + 1} of {rounds}: {entrant.label}")
            rows, reason = entrant.run(threads, seconds)
            if reason:
                say(f"  {reason}")
                failures[entrant.label] = reason
            for row in rows:
                results.setdefault((entrant.label, row.get("shape", "")), []).append(row)
    merged = {}
    for key, rows in results.items():
        merged[key] = min(rows, key=lambda row: row["us_min"]) | {
            "us_median": statistics.median(row["us_median"] for row in rows),
            "repeats": sum(row["repeats"] for row in rows),
        }
    return merged, [(name, label, reason) for label, reason in failures.items()]


# ---------------------------------------------------------------- the table

def time_text(us):
    return f"{us:,.1f} µs" if us < 1000 else f"{us / 1e3:,.2f} ms"


def table(header, rows):
    """A Markdown table; columns whose header ends in ':' are right-aligned."""
    cells = [[h.rstrip(":") for h in header]] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    pad = lambda text, i: text.rjust(widths[i]) if header[i].endswith(":") else text.ljust(widths[i])
    rule = ["-" * (widths[i] - 1) + (":" if header[i].endswith(":") else "-") for i in range(len(header))]
    body = [rule] + [[pad(text, i) for i, text in enumerate(row)] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [[pad(text, i) for i, text in enumerate(cells[0])], *body])


def step_rows(name, threads, merged, ready):
    """Rows of the table of steps, and the targets that were missed."""
    rows, short = [], []
    own = merged.get((GRADUS, ""))
    for entrant in ready:
        label = entrant.label
        row = merged.get((label, ""))
        if not row:
            continue
        ratio = row["us_min"] / own["us_min"] if own else None
        target = entrant.peer.target if entrant.peer else None
        verdict = ""
        if target and ratio:
            verdict = f"{'reached' if ratio >= target else 'short of'} {target:g}x"
            if ratio < target:
                short.append(f"{name}, {threads} thread(s): {ratio:.2f}x {label}, wanted {target:g}x")
        rows.append([name, str(threads), label, time_text(row["us_min"]), time_text(row["us_median"]), f"{row['repeats']:,}",
                     f"{ratio:.2f}" if ratio else "", verdict])
    return rows, short


def gemm_rows(threads, merged):
    rows = []
    shapes = dict.fromkeys(shape for _, shape in merged)
    percent = lambda share: f"{share:.0%}" if share is not None else ""
    for shape in shapes:
        own, peer = merged.get((GRADUS, shape)), merged.get(("torch", shape))
        number = lambda row: f"{row['gflops']:.1f}" if row else ""
        ratio = f"{own['gflops'] / peer['gflops']:.2f}" if own and peer else ""
        rows.append([shape, str(threads), number(own), percent(own.get("share_of_peak") if own else None), number(peer), ratio])
    return rows


def machine():
    model = platform.processor() or platform.machine()
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{model}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores, {platform.system()}"


def load():
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


# ---------------------------------------------------------------- main

def main():
    parser = argparse.ArgumentParser(description="Gradus and its peers side by side.")
    parser.add_argument("--quick", action="store_true", help="one short round; leaves out what compiles for long")
    parser.add_argument("--only", action="append", choices=CASES, metavar="CASE", help=f"one of {', '.join(CASES)}; repeatable")
    parser.add_argument("--all", action="store_true", help="also the models that have no target")
    parser.add_argument("--threads", type=int, action="append", metavar="N", help="instead of each case's own numbers; repeatable")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each competitor runs (3)")
    parser.add_argument("--no-build", action="store_true", help="take Gradus's binary as it is")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where a target is missed or Gradus could not be measured")
    parser.add_argument("--json", metavar="FILE", help="also write every merged measurement there")
    args = parser.parse_args()

    chosen = {name: CASES[name] for name in args.only or CASES if args.only or args.all or not CASES[name].extra}
    python = peer_python()
    modules = installed(python, {peer.needs for case in chosen.values() for peer in case.peers})
    binaries = {example: gradus_binary(example, not args.no_build) for example in {case.example for case in chosen.values()}}
    rounds = 1 if args.quick else args.rounds
    before = load()
    if before > 0.5:
        say(f"the machine is busy (load {before:.1f}): trust the ratios more than the times")

    steps, gemms, absent, short, versions, record = [], [], [], [], {}, []
    for name, case in chosen.items():
        binary, reason = binaries[case.example]
        if reason:
            absent.append((name, GRADUS, reason))
        ready, missing = entrants(name, case, binary, python, modules, args.quick)
        absent += missing
        for threads in args.threads or [n for n in case.threads if n <= (os.cpu_count() or 1)]:
            merged, failures = measure(name, threads, ready, rounds, case.seconds / 4 if args.quick else case.seconds)
            absent += failures
            for (label, _), row in merged.items():
                versions |= row.get("versions", {})
                record.append(row | {"peer": label, "case": name, "threads": threads})
            if name == "gemm":
                gemms += gemm_rows(threads, merged)
            else:
                rows, missed = step_rows(name, threads, merged, ready)
                steps, short = steps + rows, short + missed

    print(f"Machine: {machine()}; load before {before:.1f}, after {load():.1f}.")
    print("Versions: " + (", ".join(f"{k} {v}" for k, v in sorted(versions.items())) or "none") + ".")
    print(f"Rounds: {rounds}; min and median of a step over all repeats; ratio = the peer's minimum / Gradus's.\n")
    if steps:
        for name in dict.fromkeys(row[0] for row in steps):
            print(f"- `{name}`: {CASES[name].title}")
        print("\n" + table(["case", "threads:", "who", "min:", "median:", "repeats:", "ratio:", "target"], steps))
    if gemms:
        print("\n" + table(["product (m x k x n)", "threads:", "Gradus GFLOP/s:", "of peak:", "torch GFLOP/s:", "ratio:"], gemms))
    if absent:
        print("\nNot measured:")
        for case, label, reason in dict.fromkeys(absent):
            print(f"- {case}, {label}: {reason}")
    if short:
        print("\nShort of the target:")
        for line in short:
            print(f"- {line}")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(record, indent=1) + "\n")
    unmeasured = any(label == GRADUS for _, label, _ in absent)
    return 1 if args.strict and (short or unmeasured) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
