#!/usr/bin/python3
"""
Holds `gradloom train` against PyTorch on a real corpus: PyTorch's initial weights (those of bench_torch.py), the same batches in the same order
(mirrored here from text/batches.cpp and text/draws.h), dropout off, Adam, clipping; then the losses of every update.

usage: agree_torch.py GRADLOOM SOURCE TARGET [UPDATES]      prints the largest relative difference; exit code 1 above 1e-3
The corpus is cut to UPDATES batches of 64 and to plain words, which the word tokenizer leaves as they are.
"""
import copy, importlib.util, json, os, re, struct, subprocess, sys, tempfile, types
import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location('bench_torch', os.path.join(here, 'bench_torch.py'))
bt = importlib.util.module_from_spec(spec); spec.loader.exec_module(bt)

BATCH, E, H, V, SEED = 64, 256, 256, 8000, 1
M64 = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15

def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
    return x ^ (x >> 31)

class Draws:
    def __init__(self, seed, stream):
        self.start = mix(mix((seed + STEP) & M64) ^ mix((stream + 2 * STEP) & M64)); self.count = 0
    def below(self, limit):
        self.count += 1
        return mix((self.start + self.count * STEP) & M64) % limit
    def shuffle(self, items):
        for i in range(len(items), 1, -1):
            j = self.below(i); items[i - 1], items[j] = items[j], items[i - 1]

def epoch_batches(pairs):
    draws = Draws(SEED, 0)
    order = list(range(len(pairs))); draws.shuffle(order)
    key = lambda p: (len(pairs[p][1]) + 1, len(pairs[p][0]) * (1 if (len(pairs[p][1]) + 1) % 2 == 0 else -1))
    order.sort(key=key)
    cuts = [order[i:i + BATCH] for i in range(0, len(order), BATCH)]
    which = list(range(len(cuts))); draws.shuffle(which)
    return [[pairs[p] for p in cuts[w]] for w in which]

def tensors(batch):
    B, S, T = len(batch), max(len(s) for s, _ in batch), max(len(t) for _, t in batch) + 1
    src = torch.zeros(B, S, dtype=torch.int64); inp = torch.zeros(B, T, dtype=torch.int64); out = inp.clone()
    for j, (s, t) in enumerate(batch):
        src[j, :len(s)] = torch.tensor(s)
        inp[j, :len(t) + 1] = torch.tensor([2] + t); out[j, :len(t) + 1] = torch.tensor(t + [2])
    lengths = torch.tensor([len(s) for s, _ in batch]); flat = out.reshape(-1)
    idx = flat.nonzero().squeeze(1)
    return (src.t().contiguous(), lengths, inp.t().contiguous(), torch.arange(S)[None] >= lengths[:, None], out, idx, flat[idx])

NAMES = {'source_embedding/table': 'Es.weight', 'target_embedding/table': 'Et.weight',
         'encoder/layer_0/forward/input_weight': 'enc.weight_ih_l0', 'encoder/layer_0/forward/state_weight': 'enc.weight_hh_l0',
         'encoder/layer_0/forward/input_bias': 'enc.bias_ih_l0', 'encoder/layer_0/forward/state_bias': 'enc.bias_hh_l0',
         'decoder/layer_0/input_weight': 'dec.weight_ih_l0', 'decoder/layer_0/state_weight': 'dec.weight_hh_l0',
         'decoder/layer_0/input_bias': 'dec.bias_ih_l0', 'decoder/layer_0/state_bias': 'dec.bias_hh_l0',
         'combine/weight': 'Wc.weight', 'combine/bias': 'Wc.bias', 'output/weight': 'Wo.weight', 'output/bias': 'Wo.bias'}

def put_weights(path, values):
    """Overwrites tensors of a safetensors file in place."""
    data = bytearray(open(path, 'rb').read())
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    for name, value in values.items():
        entry = header[name]; begin, end = (8 + size + o for o in entry['data_offsets'])
        assert entry['dtype'] == 'F32' and entry['shape'] == list(value.shape), (name, entry, value.shape)
        data[begin:end] = value.numpy().astype('<f4').tobytes()
    open(path, 'wb').write(data)

def clip(parameters):
    """clip_grad_norm_ with an exact norm: PyTorch's own, summed in float32, is off by up to 3e-4 over millions of elements."""
    gradients = [q.grad for q in parameters]
    norm = float(sum((g.double() ** 2).sum() for g in gradients)) ** 0.5
    for g in gradients: g.mul_(min(1.0, 1.0 / (norm + 1e-6)))
    return norm

def main():
    gradloom, source, target = sys.argv[1:4]
    updates = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    torch.manual_seed(1)
    folder = tempfile.mkdtemp(); model_folder = folder + '/model'
    words = lambda line: re.findall(r'[^\W\d_]+', line.lower())
    lines = [(a, b) for a, b in zip(map(words, open(source, encoding='utf-8')), map(words, open(target, encoding='utf-8'))) if a and b]
    lines = lines[:: max(1, len(lines) // (updates * BATCH))][:updates * BATCH]
    for name, side in (('train.source', 0), ('train.target', 1)):
        open(f'{folder}/{name}', 'w', encoding='utf-8').write(''.join(' '.join(p[side]) + '\n' for p in lines))
    run = lambda *more: subprocess.run([gradloom, 'train', '--model', model_folder, '--quiet', *more], check=True)
    run('--source-train', folder + '/train.source', '--target-train', folder + '/train.target', '--dropout', '0',
        '--batch', str(BATCH), '--embedding', str(E), '--hidden', str(H), '--vocabulary-size', str(V), '--seed', str(SEED),
        '--maximum-length', '0', '--learning-rate', '1e-3', '--log-every', '1', '--max-minutes', '1e-9')
    vocabularies = [{w: i for i, w in enumerate(open(f'{model_folder}/{side}.vocab', encoding='utf-8').read().split('\n')[:-1])}
                    for side in ('source', 'target')]
    pairs = [tuple([v.get(w, 1) for w in p[side]] for side, v in enumerate(vocabularies)) for p in lines]

    a = types.SimpleNamespace(cell='gru', attention='dot', emb=E, hidden=H, vocab=len(vocabularies[1]), batch=BATCH,
                              src_len=1, tgt_len=1, variant='fused')
    model = bt.Seq2Seq(a)
    model.Es = torch.nn.Embedding(len(vocabularies[0]), E)
    torch.nn.init.uniform_(model.Es.weight, -0.08, 0.08)
    parameters = dict(model.named_parameters())
    put_weights(model_folder + '/training/state.safetensors', {ours: parameters[p].detach() for ours, p in NAMES.items()})
    run('--resume', '--epochs', '1')
    logged = [json.loads(line) for line in open(model_folder + '/training/log.jsonl')]

    # In float64 as well: how far float32 itself strays from it says what a difference means.
    models = [model, copy.deepcopy(model).double()]
    optimizers = [torch.optim.Adam(m.parameters(), lr=1e-3) for m in models]
    worst, worst_exact, strayed = 0.0, 0.0, 0.0
    for i, batch in enumerate(epoch_batches(pairs)[:updates]):
        losses, norms = [], []
        for m, optimizer in zip(models, optimizers):
            optimizer.zero_grad()
            loss = m(*tensors(batch)); loss.backward()
            norms.append(clip(m.parameters())); optimizer.step(); losses.append(float(loss))
        ours = logged[i]['loss']
        worst = max(worst, abs(ours / losses[0] - 1)); worst_exact = max(worst_exact, abs(ours / losses[1] - 1))
        strayed = max(strayed, abs(losses[0] / losses[1] - 1))
        if i % 20 == 0:
            print(f'update {i + 1}: gradloom {ours:.6f}, PyTorch {losses[0]:.6f}, in float64 {losses[1]:.6f}; '
                  f'norms {logged[i]["gradient_norm"]:.5f} {norms[0]:.5f}', flush=True)
    print(f'{len(logged)} updates, largest relative difference of the losses: gradloom to PyTorch {worst:.1e}, '
          f'to PyTorch in float64 {worst_exact:.1e}; between those two {strayed:.1e}')
    sys.exit(worst > 1e-3)

if __name__ == '__main__': main()
