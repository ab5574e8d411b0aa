"""What every peer shares: arguments, the clock, and the one JSON line.

A peer takes --variant, --threads and --seconds, trains its model step by step for about that long, and prints one
JSON line on stdout (its fields stand in bench/README.md). Everything else goes to stderr.
"""

import argparse
import json
import os
import platform
import statistics
import time

BLOCK_SECONDS = 0.02


def arguments(description, variants, default_seconds=3.0):
    """Parses the command line and limits the threads; call it before importing a numerical library."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=default_seconds, help="how long to measure, after the warm-up")
    args = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC", "PJRT_NPROC"):
        os.environ[name] = str(args.threads)
    return args


def measure(run, seconds, steps=None):
    """Times blocks of steps. `run(n)` takes n steps and returns when they are done.

    A block holds `steps` steps, or else as many as fill BLOCK_SECONDS; its time divided by its steps is one repeat.
    Blocks rather than single steps: what a step leaves behind (freed memory, collected garbage) is paid inside.
    """
    run(steps or 1)  # compilation, first allocation
    started = time.perf_counter()
    run(steps or 3)
    if steps is None:
        one = (time.perf_counter() - started) / 3
        steps = max(1, round(BLOCK_SECONDS / one))
    run(steps)
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        started = time.perf_counter()
        run(steps)
        times.append((time.perf_counter() - started) / steps * 1e6)
    return {"us_min": round(min(times), 2), "us_median": round(statistics.median(times), 2), "repeats": len(times),
            "steps_per_repeat": steps}


def emit(peer, case, threads, timing, versions, **more):
    """Prints the line."""
    versions = {"python": platform.python_version()} | versions
    print(json.dumps({"peer": peer, "case": case, "threads": threads} | timing | {"versions": versions} | more), flush=True)
