#!/usr/bin/python3
"""
The reference workload side by side with PyTorch on the same cores: gradloom bench and bench_torch.py by turns, so that
both see the same phases of the machine; ratios are taken round by round, and their medians and spreads are printed.

--all measures every figure of docs/performance.md in one run of limited time (bench/table.py).

PyTorch is run with the BLAS and vector kernels of the processor and with huge pages ("tuned"), and once more as it
comes. A ratio above 1 says how many times faster Gradloom is.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CELLS = {"gru": "gru", "lstm": "lstm", "rnn": "rnn_tanh"}


def has_avx512():
    try:
        with open("/proc/cpuinfo") as file:
            return "avx512bw" in file.read()
    except OSError:
        return False


def tuned_environment():
    huge = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184"
    environment = dict(os.environ, GLIBC_TUNABLES=huge)
    if has_avx512():
        environment.update(OPENBLAS_CORETYPE="SkylakeX", ATEN_CPU_CAPABILITY="avx512")
    return environment


def plain_environment():
    names = ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "GLIBC_TUNABLES")
    return {name: value for name, value in os.environ.items() if name not in names}


def pinned(threads):
    """A prefix that gives a command as many cores as threads: OpenBLAS beneath PyTorch takes every core it is shown, whatever --threads says."""
    cores = sorted(os.sched_getaffinity(0))[:int(threads)]
    return ["taskset", "-c", ",".join(map(str, cores))]


def last_json(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def gradloom_environment():
    environment = plain_environment()
    if has_avx512():
        environment["OPENBLAS_CORETYPE"] = "SkylakeX"
    return environment


def gradloom(options, size, cell, threads):
    environment = gradloom_environment()
    command = [*pinned(threads), options.gradloom, "bench", "--size", size, "--cell", cell, "--attention", options.attention,
               "--threads", str(threads), "--steps", str(options.steps), "--json"]
    if options.hand_batched:
        command.append("--hand-batched")
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def torch(options, size, cell, threads, environment, *arguments):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [*pinned(threads), "/usr/bin/python3", os.path.join(HERE, "bench_torch.py"), "--size", size, "--cell", CELLS[cell],
                   "--attention", options.attention, "--threads", str(threads), "--json", file.name, *arguments]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        return last_json(file.name)


class Line:
    """What one form of PyTorch took in each round, beside Gradloom's figure of the same round."""

    def __init__(self):
        self.ours, self.theirs = [], []

    def add(self, ours, theirs):
        self.ours.append(ours)
        self.theirs.append(theirs)

    def text(self, label, unit):
        ratios = [theirs / ours for ours, theirs in zip(self.ours, self.theirs)]
        return (f"| {label} | {statistics.median(self.ours):.4g} {unit} | {statistics.median(self.theirs):.4g} {unit} | "
                f"{statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} |")


def compare(options, size, cell, threads):
    lines, peaks, shares = {}, [], []
    for round_number in range(options.rounds):
        ours = gradloom(options, size, cell, threads)
        peaks.append(ours["gemm_peak_gflops"])
        shares.append(100 * ours["useful_gflops"] / ours["gemm_peak_gflops"])
        train = ["--steps", str(options.steps), "--budget", str(options.seconds)]
        forms = [(f"train, {variant}", tuned_environment(), variant) for variant in options.variants]
        if "fused_nopad" in options.variants:
            forms.append(("train, fused_nopad as it comes", plain_environment(), "fused_nopad"))
        for label, environment, variant in forms:
            result = torch(options, size, cell, threads, environment, "--variant", variant, *train)[0]
            lines.setdefault((label, "ms"), Line()).add(ours["train_step_ms"], 1000 * result["step_med"])
            if variant == "fused_nopad" and environment != plain_environment():
                lines.setdefault(("peak memory, fused_nopad", "MiB"), Line()).add(ours["peak_rss_mib"], result["rss_mib"])
        if options.decode:
            steps = ["--mode", "decode", "--dec-impl", "all", "--steps", "40", "--budget", str(options.seconds)]
            for result in torch(options, size, cell, threads, tuned_environment(), *steps):
                label = f"greedy, batch {result['dec_batch']}, {result['dec_impl']}"
                milliseconds = 1000 * result["lat_med"]
                mine = ours["greedy_ms_batch1"]
                if result["dec_batch"] > 1:
                    mine = 1000 * result["dec_batch"] / ours["greedy_sentences_per_second_batch32"]
                lines.setdefault((label, "ms"), Line()).add(mine, milliseconds)
        print(f"{size} {cell}, {threads} threads: round {round_number + 1} of {options.rounds}", file=sys.stderr)
    out = [f"### {size}, {cell}, attention {options.attention}, {threads} " + ("thread" if threads == 1 else "threads"), "",
           f"Peak of matrix products {statistics.median(peaks):.0f} GFLOP/s; useful products "
           f"{statistics.median(shares):.0f} % of it; medians of {options.rounds} rounds.", "",
           "| | Gradloom | PyTorch | ratio | spread |", "|---|---:|---:|---:|---:|"]
    out += [line.text(label, unit) for (label, unit), line in lines.items()]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    words = lambda text: text.split(",")
    parser.add_argument("--sizes", type=words, default=["S", "M"], help="of S, M and L, separated by commas")
    parser.add_argument("--cells", type=words, default=["gru"], help="of gru, lstm and rnn")
    parser.add_argument("--attention", default="dot", choices=["dot", "additive", "none"])
    parser.add_argument("--threads", type=words, default=["1"], help="numbers of threads")
    parser.add_argument("--variants", type=words, default=["naive", "fused_nopad", "fused_ce", "jit"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12, help="timed training steps a round")
    parser.add_argument("--seconds", type=float, default=8, help="at most, for each measurement of PyTorch")
    parser.add_argument("--no-decode", dest="decode", action="store_false", help="training only")
    parser.add_argument("--hand-batched", action="store_true", help="Gradloom's hand-batched declaration instead")
    parser.add_argument("--gradloom", default=os.path.join(ROOT, "build/release/gradloom"))
    parser.add_argument("--output", help="also write the tables to this file")
    parser.add_argument("--all", action="store_true",
                        help="every figure of docs/performance.md instead, as many rounds of --rounds as fit into --minutes")
    parser.add_argument("--minutes", type=float, default=15)
    options = parser.parse_args()
    texts = []
    if options.all:
        import table
        texts.append(table.run(sys.modules[__name__], options))
        print(texts[-1], flush=True)
        options.sizes = []
    for size in options.sizes:
        for cell in options.cells:
            for threads in options.threads:
                texts.append(compare(options, size, cell, int(threads)))
                print(texts[-1], flush=True)
    if options.output:
        with open(options.output, "w") as file:
            file.write("\n".join(texts))


if __name__ == "__main__":
    main()
