#!/usr/bin/python3
"""
How near training on real sentences comes to the reference workload of the same shapes.

usage: real_data.py GRADLOOM SOURCE TARGET [ROUNDS]

From the corpus the pairs of the commonest lengths are taken, as many words in the source as in the target with its end;
`gradloom train` learns from them in batches of 64, and `gradloom bench --full-length` runs batches of the same sizes and
vocabulary, by turns. Then it trains on pairs of all lengths, and says what of the time was spent outside of the steps.
"""
import collections
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

BATCH, EMBEDDING, HIDDEN, UPDATES, VOCABULARY = 64, 256, 256, 60, 2000


def pinned(command, **options):
    core = sorted(os.sched_getaffinity(0))[0]
    return subprocess.run(["taskset", "-c", str(core), *command], check=True, capture_output=True, text=True, **options)


def train(gradloom, folder, name, pairs, *more):
    """Trains for an epoch on the pairs; the folder of the model and what was said."""
    model = f"{folder}/{name}"
    for side, index in (("source", 0), ("target", 1)):
        with open(f"{folder}/{name}.{side}", "w", encoding="utf-8") as file:
            file.write("".join(" ".join(pair[index]) + "\n" for pair in pairs))
    command = [gradloom, "train", "--model", model, "--overwrite", "--quiet", "--source-train", f"{folder}/{name}.source",
               "--target-train", f"{folder}/{name}.target", "--batch", str(BATCH), "--embedding", str(EMBEDDING),
               "--hidden", str(HIDDEN), "--vocabulary-size", str(VOCABULARY), "--joint-vocabulary", "--dropout", "0",
               "--maximum-length", "0", "--learning-rate", "1e-3", "--epochs", "1", "--log-every", "5", *more]
    return model, pinned(command).stderr


def tokens_per_second(model):
    lines = [json.loads(line) for line in open(f"{model}/training/timing.jsonl")]
    rates = [line["target_tokens_per_second"] for line in lines if "target_tokens_per_second" in line]
    return statistics.median(rates[2:])  # the first updates compile and bind


def main():
    gradloom, source, target = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    words = lambda line: re.findall(r"[^\W\d_]+", line.lower())
    pairs = [(words(a), words(b)) for a, b in zip(open(source, encoding="utf-8"), open(target, encoding="utf-8"))]
    pairs = [pair for pair in pairs if pair[0] and pair[1]]
    # The target's end token is one word more.
    counts = collections.Counter(len(a) for a, b in pairs if len(a) == len(b) + 1)
    length = max((n for n in counts if counts[n] >= 20 * BATCH), default=None)
    if length is None:
        sys.exit("real_data.py: the corpus has too few pairs of one length")
    same = [pair for pair in pairs if len(pair[0]) == length == len(pair[1]) + 1][:UPDATES * BATCH]
    same = same[:len(same) // BATCH * BATCH]
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            model, _said = train(gradloom, folder, "same", same)
            size = len(open(f"{model}/target.vocab", encoding="utf-8").read().split("\n")) - 1
            bench = json.loads(pinned([gradloom, "bench", "--embedding", str(EMBEDDING), "--hidden", str(HIDDEN), "--vocabulary",
                                       str(size), "--batch", str(BATCH), "--source-length", str(length), "--target-length",
                                       str(length), "--full-length", "--steps", "40", "--json"]).stdout)
            ratios.append(bench["target_tokens_per_second"] / tokens_per_second(model))
            print(f"{len(same)} pairs of {length} words, vocabulary {size}: train {tokens_per_second(model):.0f}, "
                  f"bench {bench['target_tokens_per_second']:.0f} target tokens a second", flush=True)
        print(f"bench to train: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
        mixed = pairs[::max(1, len(pairs) // (4 * UPDATES * BATCH))][:4 * UPDATES * BATCH]
        model, said = train(gradloom, folder, "mixed", mixed, "--profile")
        runs, step = re.search(r"(\d+) runs?, ([\d.]+) ms each", said).groups()
        last = [json.loads(line) for line in open(f"{model}/training/timing.jsonl")][-1]
        inside = int(runs) * float(step) / 1000
        print(f"pairs of all lengths: {runs} updates in {last['seconds']:.2f} s, of which {inside:.2f} s in training steps and "
              f"{last['seconds_waited_for_batches']:.3f} s waiting for batches: {last['seconds'] / inside:.3f} of the steps' time")


if __name__ == "__main__":
    main()
