"""
Every figure that docs/performance.md holds Gradloom to, in one run of limited time: rounds over all measurements, what
matters most first, each of Gradloom's beside PyTorch's of the same minute, until the time is over.
"""
import json
import statistics
import subprocess
import sys
import time

# DyNet's best, of bench's workload without padding: target tokens a second, on a machine that multiplied matrices at
# 150 GFLOP/s (2023-11, Eigen 3.4, -march=native, one thread).
DYNET = {"S": 24200, "M": 4800, "L": 1080}
TRAIN = ["fused_ce", "fused_nopad", "jit", "naive"]


class Figures:
    """Measurements by name and column, in the order in which names first came."""

    def __init__(self):
        self.rows = {}

    def add(self, name, column, value):
        self.rows.setdefault(name, {}).setdefault(column, []).append(value)

    def table(self, title, columns, names):
        lines = [f"| {title} | " + " | ".join(columns) + " |", "|---" + "|---:" * len(columns) + "|"]
        for name in names:
            cells = [self.cell(name, column) for column in columns]
            if any(cells):
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def cell(self, name, column):
        values = self.rows.get(name, {}).get(column)
        if not values:
            return ""
        text = f"{statistics.median(values):.3g}"
        return text if len(values) == 1 else f"{text} ({min(values):.3g} to {max(values):.3g})"


class Table:
    def __init__(self, compare, options):
        self.compare, self.options, self.figures = compare, options, Figures()
        self.ends = time.time() + 60 * options.minutes
        self.cost, self.left_out = {}, set()

    def ours(self, size, cell, threads, *arguments):
        c, options = self.compare, self.options
        command = [*c.pinned(threads), options.gradloom, "bench", "--size", size, "--cell", cell, "--threads", str(threads),
                   "--steps", str(options.steps), "--json", *arguments]
        return json.loads(subprocess.run(command, env=c.gradloom_environment(), check=True, capture_output=True, text=True).stdout)

    def theirs(self, size, cell, threads, *arguments, environment=None):
        return self.compare.torch(self.options, size, cell, threads, environment or self.compare.tuned_environment(), *arguments)

    def against_training(self, size, cell, threads, variants):
        mine = self.ours(size, cell, threads)
        column = f"{size} {cell}" + (f", {threads} threads" if threads > 1 else "")
        add = lambda name, value: self.figures.add(name, column, value)
        add("Gradloom's step, ms", mine["train_step_ms"])
        add("peak of matrix products, GFLOP/s", mine["gemm_peak_gflops"])
        add("useful products, % of the peak", 100 * mine["useful_gflops"] / mine["gemm_peak_gflops"])
        add("compiling train_step, ms", mine["compile_ms"])
        train = ["--steps", str(self.options.steps), "--budget", str(self.options.seconds)]
        for variant in variants:
            result = self.theirs(size, cell, threads, "--variant", variant, *train)[0]
            add(f"train, {variant}", 1000 * result["step_med"] / mine["train_step_ms"])
            if variant == "fused_nopad":
                add("peak memory, fused_nopad", result["rss_mib"] / mine["peak_rss_mib"])
        return mine, column

    def one_thread(self, size, cell, variants):
        mine, column = self.against_training(size, cell, 1, variants)
        add = lambda name, value: self.figures.add(name, column, value)
        if cell == "gru":
            add("output layer alone, % of reading", 100 * mine["output_layer_gb_per_second"] / mine["read_gb_per_second"])
        steps = ["--mode", "decode", "--dec-impl", "all", "--steps", "40", "--budget", str(self.options.seconds)]
        for result in self.theirs(size, cell, 1, *steps):
            alone = result["dec_batch"] == 1
            time_of_mine = mine["greedy_ms_batch1"] if alone else 1000 * result["dec_batch"] / mine["greedy_sentences_per_second_batch32"]
            add(f"greedy, batch {result['dec_batch']}, {result['dec_impl']}", 1000 * result["lat_med"] / time_of_mine)

    def as_it_comes(self, size):
        mine = self.ours(size, "gru", 1)
        train = ["--steps", str(self.options.steps), "--budget", str(self.options.seconds)]
        result = self.theirs(size, "gru", 1, "--variant", "fused_nopad", *train, environment=self.compare.plain_environment())[0]
        self.figures.add("train, fused_nopad as it comes", f"{size} gru", 1000 * result["step_med"] / mine["train_step_ms"])

    def against_dynet(self, size):
        mine = self.ours(size, "gru", 1, "--full-length")
        ratio = mine["target_tokens_per_second"] / mine["gemm_peak_gflops"] / (DYNET[size] / 150)
        self.figures.add("train, DyNet, full length, by the peaks", f"{size} gru", ratio)

    def against_itself(self, size):
        plain = self.ours(size, "gru", 1)["train_step_ms"]
        for name, arguments in (("plain to hand-batched", ["--hand-batched"]), ("64 batches to 4", ["--batches", "64"]),
                                ("input feeding to plain", ["--input-feeding"])):
            other = self.ours(size, "gru", 1, *arguments)["train_step_ms"]
            self.figures.add(name, f"{size} gru", plain / other if "hand" in name else other / plain)

    def growth(self):
        sizes = ["--embedding", "64", "--hidden", "64", "--vocabulary", "500"]
        for column, arguments in [(f"T {t}", ["--batch", "16", "--source-length", str(t), "--target-length", str(t)])
                                  for t in (10, 20, 40, 80, 160)] + [
                                      (f"B {b}", ["--batch", str(b), "--source-length", "20", "--target-length", "20"])
                                      for b in (16, 32, 64, 128)]:
            self.figures.add("Gradloom's step, ms", column, self.ours("S", "gru", 1, *sizes, *arguments)["train_step_ms"])

    def measurements(self):
        for size in ("S", "M", "L"):
            yield f"{size} gru", lambda size=size: self.one_thread(size, "gru", TRAIN)
        for size in ("S", "M", "L"):
            yield f"{size} gru, 2 threads", lambda size=size: self.against_training(size, "gru", 2, ["fused_nopad"])
            yield f"{size}, DyNet", lambda size=size: self.against_dynet(size)
        yield "M beside itself", lambda: self.against_itself("M")
        for size in ("S", "M", "L"):
            yield f"{size} lstm", lambda size=size: self.against_training(size, "lstm", 1, ["fused_ce", "fused_nopad"])
        yield "growth", self.growth
        for size in ("S", "M"):
            yield f"{size} as it comes", lambda size=size: self.as_it_comes(size)

    def run(self):
        for round_number in range(self.options.rounds):
            for name, measure in self.measurements():
                begun = time.time()
                if begun + self.cost.get(name, 0) > self.ends:
                    self.left_out.add(f"{name}, round {round_number + 1}")
                    continue
                measure()
                self.cost[name] = time.time() - begun
                print(f"round {round_number + 1}: {name}: {self.cost[name]:.0f} s", file=sys.stderr, flush=True)

    def text(self):
        names = list(self.figures.rows)
        columns = []
        for row in self.figures.rows.values():
            columns += [column for column in row if column not in columns]
        groups = [("gru, 1 thread", [c for c in columns if c.endswith(" gru")]),
                  ("2 threads", [c for c in columns if c.endswith("2 threads")]),
                  ("lstm, 1 thread", [c for c in columns if c.endswith(" lstm")]),
                  ("length, batch 16", [c for c in columns if c.startswith("T ")]),
                  ("batch, length 20", [c for c in columns if c.startswith("B ")])]
        parts = [self.figures.table(title, group, names) for title, group in groups if group]
        if self.left_out:
            parts.append("Left out when the time was over: " + "; ".join(sorted(self.left_out)) + ".\n")
        return "\n".join(parts)


def run(compare, options):
    table = Table(compare, options)
    try:
        table.run()
    except KeyboardInterrupt:
        print("stopped; what was measured:", file=sys.stderr)
    return table.text()
