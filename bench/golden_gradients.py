"""Golden gradients of whole models, computed by PyTorch in float64: writes tests/golden/golden_gradients.json.

    python3 bench/golden_gradients.py > tests/golden/golden_gradients.json

Every number can be made again by any engine: u(seed, i) is the counter-based number of bench_torch.py. Parameter k
of a model, in the order of the names, is 1.2 * u(100 + k, i) - 0.6; ids are 1 + floor(u(seed, i) * (vocabulary - 1)).
Encoders are torch.nn.RNN, GRU and LSTM over packed sequences, decoders their cells, a step at a time.
"""

import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
MASK = (1 << 64) - 1
BATCH, SOURCE, TARGET, VOCABULARY, EMBEDDING, HIDDEN = 3, 5, 4, 7, 3, 4
SOURCE_LENGTHS, TARGET_LENGTHS = [5, 1, 3], [2, 4, 1]
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def uniform(seed, i):
    z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return (z >> 40) * 2.0**-24


def numbers(seed, shape):
    count = 1
    for size in shape:
        count *= size
    return torch.tensor([uniform(seed, i) for i in range(count)]).reshape(shape)


def ids(seed, shape):
    return 1 + (numbers(seed, shape) * (VOCABULARY - 1)).floor().long()


class Parameters:
    """Leaves by name; shapes are told before the first is used."""

    def __init__(self, shapes):
        self.leaves = {}
        for k, name in enumerate(sorted(shapes)):
            self.leaves[name] = (1.2 * numbers(100 + k, shapes[name]) - 0.6).requires_grad_()

    def __getitem__(self, name):
        return self.leaves[name]


def cell_shapes(scope, kind, size_in, size):
    rows = GATES[kind] * size
    return {scope + "/input_weight": [rows, size_in], scope + "/state_weight": [rows, size],
            scope + "/input_bias": [rows], scope + "/state_bias": [rows]}


def translator_shapes(c):
    h, e, v = HIDDEN, EMBEDDING, VOCABULARY
    shapes = {"source_embedding/table": [v, e], "target_embedding/table": [v, e],
              "output/weight": [v, h], "output/bias": [v]}
    for layer in range(c["layers"]):
        size_in = e if layer == 0 else h
        size = h // 2 if c["bidirectional"] else h
        for direction in ["forward", "backward"] if c["bidirectional"] else ["forward"]:
            shapes.update(cell_shapes(f"encoder/layer_{layer}/{direction}", c["cell"], size_in, size))
        fed = h if layer > 0 else e + (h if c["input_feeding"] else 0)
        shapes.update(cell_shapes(f"decoder/layer_{layer}", c["cell"], fed, h))
    names = {"none": [], "dot": [], "general": ["key"], "additive": ["query", "key"],
             "scaled": ["query", "key", "value", "output"]}[c["attention"]]
    for name in names:
        shapes[f"attention/{name}_weight"] = [h, h]
    if c["attention"] == "additive":
        shapes["attention/score_weight"] = [1, h]
    if c["attention"] != "none":
        shapes.update({"combine/weight": [h, 2 * h], "combine/bias": [h]})
    return shapes


def run_encoder_layer(p, c, layer, x, lengths):
    """x [batch, time, in] -> outputs and last states, both directions side by side."""
    module = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[c["cell"]]
    size = HIDDEN // 2 if c["bidirectional"] else HIDDEN
    net = module(x.shape[2], size, batch_first=True, bidirectional=c["bidirectional"])
    for direction in ["forward", "backward"] if c["bidirectional"] else ["forward"]:
        ending = "_l0" + ("_reverse" if direction == "backward" else "")
        scope = f"encoder/layer_{layer}/{direction}/"
        for theirs, ours in [("weight_ih", "input_weight"), ("weight_hh", "state_weight"), ("bias_ih", "input_bias"),
                             ("bias_hh", "state_bias")]:
            delattr(net, theirs + ending)
            setattr(net, theirs + ending, p[scope + ours])
    net._flat_weights = [getattr(net, name) for name in net._flat_weights_names]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    outputs, last = net(packed)
    outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
    last = last if c["cell"] == "lstm" else (last,)
    return outputs, [torch.cat(list(state), -1) for state in last]


def run_cell(p, c, layer, x, state):
    scope = f"decoder/layer_{layer}/"
    weights = [p[scope + name] for name in ["input_weight", "state_weight", "input_bias", "state_bias"]]
    if c["cell"] == "lstm":
        return list(torch._VF.lstm_cell(x, (state[0], state[1]), *weights))
    return [(torch._VF.gru_cell if c["cell"] == "gru" else torch._VF.rnn_tanh_cell)(x, state[0], *weights)]


def attend(p, c, q, s, mask):
    kind = c["attention"]
    if kind == "scaled":
        heads, size = c["heads"], HIDDEN // c["heads"]
        k = F.linear(s, p["attention/key_weight"]).reshape(BATCH, SOURCE, heads, size)
        v = F.linear(s, p["attention/value_weight"]).reshape(BATCH, SOURCE, heads, size)
        query = F.linear(q, p["attention/query_weight"]).reshape(BATCH, heads, size)
        score = torch.einsum("bhd,bshd->bhs", query, k) / size**0.5
        weights = score.masked_fill(~mask[:, None], float("-inf")).softmax(-1)
        return F.linear(torch.einsum("bhs,bshd->bhd", weights, v).reshape(BATCH, HIDDEN), p["attention/output_weight"])
    if kind == "additive":
        hidden = torch.tanh(F.linear(q, p["attention/query_weight"])[:, None] + F.linear(s, p["attention/key_weight"]))
        score = F.linear(hidden, p["attention/score_weight"])[:, :, 0]
    else:
        score = torch.einsum("bh,bsh->bs", q, F.linear(s, p["attention/key_weight"]) if kind == "general" else s)
    return torch.einsum("bs,bsh->bh", score.masked_fill(~mask, float("-inf")).softmax(-1), s)


def translator_loss(p, c):
    source, target_in, target_out = ids(1, [BATCH, SOURCE]), ids(2, [BATCH, TARGET]), ids(3, [BATCH, TARGET])
    lengths = torch.tensor(SOURCE_LENGTHS)
    mask = torch.arange(SOURCE)[None] < lengths[:, None]
    x, states = p["source_embedding/table"][source], []
    for layer in range(c["layers"]):
        x, last = run_encoder_layer(p, c, layer, x, lengths)
        states.append(last)
    encoded, feed, total = x, torch.zeros(BATCH, HIDDEN), 0
    for t in range(TARGET):
        x = p["target_embedding/table"][target_in[:, t]]
        if c["input_feeding"]:
            x = torch.cat([x, feed], -1)
        for layer in range(c["layers"]):
            states[layer] = run_cell(p, c, layer, x, states[layer])
            x = states[layer][0]
        if c["attention"] != "none":
            context = attend(p, c, x, encoded, mask)
            x = feed = torch.tanh(F.linear(torch.cat([x, context], -1), p["combine/weight"], p["combine/bias"]))
        logits = F.linear(x, p["output/weight"], p["output/bias"])
        each = F.cross_entropy(logits, target_out[:, t], reduction="none", label_smoothing=c["label_smoothing"])
        total = total + each[torch.tensor([t < length for length in TARGET_LENGTHS])].sum()
    return total / sum(TARGET_LENGTHS)


def classifier_loss(p, c):
    x = 2 * numbers(4, [6, 5]) - 1
    for layer in range(2):
        x = F.linear(x, p[f"layer_{layer}/weight"], p[f"layer_{layer}/bias"])
        x = F.silu(F.layer_norm(x, [HIDDEN], p[f"layer_{layer}/scale"], p[f"layer_{layer}/shift"], 1e-5))
    logits = F.linear(x, p["output/weight"], p["output/bias"])
    return F.cross_entropy(logits, ids(5, [6]), weight=0.5 + numbers(6, [VOCABULARY]), reduction="sum")


def classifier_shapes(c):
    shapes = {"output/weight": [VOCABULARY, HIDDEN], "output/bias": [VOCABULARY]}
    for layer in range(2):
        scope = f"layer_{layer}/"
        shapes.update({scope + "weight": [HIDDEN, 5 if layer == 0 else HIDDEN], scope + "bias": [HIDDEN],
                       scope + "scale": [HIDDEN], scope + "shift": [HIDDEN]})
    return shapes


def translator(cell, attention, **options):
    case = {"model": "translator", "cell": cell, "attention": attention, "layers": 1, "heads": 1,
            "bidirectional": False, "input_feeding": False, "label_smoothing": 0.0}
    case.update(options)
    return case


CASES = [
    translator("rnn", "none"),
    translator("gru", "none"),
    translator("lstm", "none", label_smoothing=0.1),
    translator("gru", "dot"),
    translator("rnn", "dot", input_feeding=True),
    translator("lstm", "dot", layers=2),
    translator("gru", "general"),
    translator("gru", "additive"),
    translator("lstm", "additive", bidirectional=True),
    translator("gru", "scaled", heads=2),
    translator("gru", "dot", bidirectional=True, layers=2, input_feeding=True),
    {"model": "classifier"},
]


def main():
    cases = []
    for case in CASES:
        is_translator = case["model"] == "translator"
        parameters = Parameters((translator_shapes if is_translator else classifier_shapes)(case))
        loss = (translator_loss if is_translator else classifier_loss)(parameters, case)
        loss.backward()
        case["loss"] = loss.item()
        case["gradients"] = {name: leaf.grad.flatten().tolist() for name, leaf in parameters.leaves.items()}
        cases.append(case)
    out = sys.stdout
    out.write('{\n "engine": "PyTorch %s, float64",\n "cases": [\n' % torch.__version__)
    for i, case in enumerate(cases):
        gradients = case.pop("gradients")
        out.write("  {" + json.dumps(case)[1:-1] + ',\n   "gradients": {\n')
        lines = ["    %s: %s" % (json.dumps(name), json.dumps(values)) for name, values in gradients.items()]
        out.write(",\n".join(lines) + "}}" + (",\n" if i + 1 < len(cases) else "\n"))
    out.write(" ]\n}\n")


if __name__ == "__main__":
    main()
