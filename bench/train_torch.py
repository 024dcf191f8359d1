#!/usr/bin/python3
"""
The rival of `gradloom train`: the same model in PyTorch, as fast as a skilled user would write it (variant fused_ce of bench_torch.py), trained on
the same ids, from the same initial weights, on the same batches in the same order (mirrored here from text/batches.cpp and text/draws.h), with the
same learning rates, dropout in the same places, clipping and Adam, for as many minutes. The best weights by validation loss are written back into the
model folder, so that `gradloom evaluate` translates with both alike: a difference of BLEU is one of training.

usage: train_torch.py GRADLOOM FOLDER [--minutes M] [--updates N]
           FOLDER is a model that gradloom made and has not trained: `gradloom train --model FOLDER ... --max-minutes 1e-9`
           (gru, dot attention, one layer; uni- or bidirectional). Writes FOLDER/torch.jsonl and FOLDER/weights.safetensors.
       train_torch.py GRADLOOM FOLDER --updates N --against LOG
           prints the largest relative difference of the losses to those of a gradloom log (--log-every 1, dropout 0, clip 1); exit code 1 above
           1e-3. The norm of the gradients is summed exactly then, see agree_torch.py
       train_torch.py --reference
           this script's step beside bench_torch.py's fused_ce on the reference workload, size M, alternating: prints both in tokens a second
One thread; set OPENBLAS_CORETYPE, ATEN_CPU_CAPABILITY and GLIBC_TUNABLES as the machine needs them.
"""
import argparse, importlib.util, json, math, os, statistics, struct, subprocess, sys, time, types
import torch, torch.nn as nn, torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(os.path.dirname(os.path.abspath(__file__)), name + '.py'))
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    return module
bt, agree = load('bench_torch'), load('agree_torch')

class Translator(nn.Module):
    def __init__(self, source_vocabulary, target_vocabulary, e, h, bidirectional, dropout):
        super().__init__()
        self.Es, self.Et = nn.Embedding(source_vocabulary, e), nn.Embedding(target_vocabulary, e)
        self.enc = nn.GRU(e, h // 2 if bidirectional else h, bidirectional=bidirectional)
        self.dec = nn.GRU(e, h)
        self.Wc, self.Wo = nn.Linear(2 * h, h), nn.Linear(h, target_vocabulary)
        self.h, self.dropout = h, dropout
    def drop(self, x): return F.dropout(x, self.dropout, self.training) if self.dropout > 0 else x
    def forward(self, b):
        packed = pack_padded_sequence(self.drop(self.Es(b['src_tm'])), b['src_len'], enforce_sorted=False)
        outputs, state = self.enc(packed)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=b['src_tm'].size(0))
        if state.size(0) == 2: state = torch.cat([state[0], state[1]], 1).unsqueeze(0)
        H = self.dec(self.drop(self.Et(b['in_tm'])), state)[0].transpose(0, 1)
        weights = torch.softmax(torch.bmm(H, states.transpose(1, 2)).masked_fill(b['mask'].unsqueeze(1), float('-inf')), 2)
        m = torch.cat([H, torch.bmm(weights, states)], 2).reshape(-1, 2 * self.h).index_select(0, b['idx'])
        logits = self.Wo(self.drop(torch.tanh(self.Wc(m))))
        if not self.training: return F.cross_entropy(logits, b['tgt_real'], reduction='sum') / b['tgt_real'].size(0)
        return bt.InplaceCE.apply(logits, b['tgt_real']) / b['tgt_real'].size(0)

def parameter_names(bidirectional):
    names = dict(agree.NAMES)
    if bidirectional:
        for ours, theirs in agree.NAMES.items():
            if ours.startswith('encoder/'): names[ours.replace('/forward/', '/backward/')] = theirs + '_reverse'
    return names

def read_tensors(path, names):
    data = open(path, 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    def tensor(name):
        begin, end = (8 + size + o for o in header[name]['data_offsets'])
        return torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(header[name]['shape'])
    return {name: tensor(name) for name in names}

def read_ids(gradloom, folder, side, path):
    with open(path, 'rb') as text:
        out = subprocess.run([gradloom, 'tokenize', '--model', folder, '--side', side, '--ids'], stdin=text, stdout=subprocess.PIPE, check=True).stdout
    return [[int(i) for i in line.split()] for line in out.decode().split('\n')[:-1]]

def read_pairs(gradloom, folder, config, part, longest):
    pairs = zip(read_ids(gradloom, folder, 'source', config['source_' + part]), read_ids(gradloom, folder, 'target', config['target_' + part]))
    return [(s, t) for s, t in pairs if s and t and (longest == 0 or max(len(s), len(t)) <= longest)]

def rounded_length(length):
    """text/batches.h."""
    step = 1
    while length > 16 * step: step *= 2
    return -(-length // step) * step

def cut(pairs, order, config):
    """text/batches.cpp, Cutter::cut, over rows sorted by target length, then by source length up and down in turn."""
    key = lambda p: (len(pairs[p][1]) + 1, len(pairs[p][0]) * (1 if (len(pairs[p][1]) + 1) % 2 == 0 else -1))
    order = sorted(order, key=key)
    tokens = config['batch_tokens'] or 2048
    batches, rows, widest = [], [], 0
    for p in order:
        w = max(widest, len(pairs[p][0]), len(pairs[p][1]) + 1)
        full = len(rows) + 1 > config['batch'] if config['batch'] else (len(rows) + 1) * rounded_length(w) > tokens
        if full and rows: batches.append(rows); rows, w = [], max(len(pairs[p][0]), len(pairs[p][1]) + 1)
        rows.append(p); widest = w
    return batches + [rows]

def epoch_batches(pairs, config, epoch):
    draws = agree.Draws(config['seed'], epoch)
    order = list(range(len(pairs))); draws.shuffle(order)
    batches = []
    for begin in range(0, len(order), 1 << 18): batches += cut(pairs, order[begin:begin + (1 << 18)], config)
    which = list(range(len(batches))); draws.shuffle(which)
    return [[pairs[p] for p in batches[w]] for w in which]

def make_batch(pairs):
    src_tm, src_len, in_tm, mask, _, idx, tgt_real = agree.tensors(pairs)
    return dict(src_tm=src_tm, src_len=src_len, in_tm=in_tm, mask=mask, idx=idx, tgt_real=tgt_real)

def learning_rate(config, update):
    """training/schedule.cpp"""
    rate, warmup = config['learning_rate'], config['warmup']
    if update < warmup: return rate * update / warmup
    if config['schedule'] == 'inverse-sqrt': return rate * math.sqrt(max(warmup, 1) / update)
    if config['schedule'] == 'cosine': return rate * 0.5 * (1 + math.cos(math.pi * min(1, (update - warmup) / (config['decay'] - warmup))))
    assert config['schedule'] == 'constant', config['schedule']
    return rate

def validate(model, batches):
    model.eval()
    with torch.no_grad():
        sums = [(float(model(b)) * b['tgt_real'].size(0), b['tgt_real'].size(0)) for b in batches]
    model.train()
    return sum(s for s, _ in sums) / sum(n for _, n in sums)

def update_step(model, optimizer, parameters, batch, clip, exact=False):
    optimizer.zero_grad(set_to_none=True)
    loss = model(batch); loss.backward()
    if exact: agree.clip(parameters)
    elif clip > 0: torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return float(loss)

def reference():
    a = types.SimpleNamespace(cell='gru', attention='dot', variant='fused_ce', **bt.SIZES['M'])
    theirs, data = bt.Seq2Seq(a), [bt.make_batch(a, b) for b in range(4)]
    ours = Translator(a.vocab, a.vocab, a.emb, a.hidden, False, 0.0)
    ours.load_state_dict(theirs.state_dict())
    args = lambda d: (d['src_tm'], d['src_len'], d['in_tm'], d['mask'], d['tgt_out'], d['idx'], d['tgt_real'])
    sides = []
    for model, forward in ((theirs, lambda d: theirs(*args(d))), (ours, ours)):
        parameters = list(model.parameters())
        sides.append((forward, torch.optim.Adam(parameters, lr=1e-3), parameters, []))
    losses = [[], []]
    for i in range(43):
        for k, (forward, optimizer, parameters, seconds) in enumerate(sides):
            begin = time.perf_counter()
            losses[k].append(update_step(forward, optimizer, parameters, data[i % 4], 1.0))
            if i >= 3: seconds.append(time.perf_counter() - begin)
    tokens = statistics.mean(d['ntok'] for d in data)
    worst = max(abs(x / y - 1) for x, y in zip(*losses))
    for name, side in zip(('bench_torch fused_ce', 'train_torch'), sides):
        print(f'{name}: median step {1e3 * statistics.median(side[3]):.1f} ms, fastest {1e3 * min(side[3]):.1f} ms, '
              f'{tokens / statistics.median(side[3]):.0f} tokens/s')
    ratio = statistics.median(x / y for x, y in zip(sides[0][3], sides[1][3]))
    print(f'tokens a second of train_torch to those of fused_ce, median of pairs: {ratio:.3f}; losses differ by {worst:.1e} at most')

def main():
    p = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    p.add_argument('gradloom', nargs='?'); p.add_argument('folder', nargs='?')
    p.add_argument('--minutes', type=float, default=math.inf); p.add_argument('--updates', type=float, default=math.inf)
    p.add_argument('--against', default=''); p.add_argument('--reference', action='store_true')
    a = p.parse_args()
    torch.set_num_threads(1)
    if a.reference: return reference()
    config = json.load(open(a.folder + '/config.json'))
    assert (config['cell'], config['attention'], config['layers'], config['label_smoothing']) == ('gru', 'dot', 1, 0) and not config['input_feeding']
    names = parameter_names(config['bidirectional'])
    sizes = [sum(1 for _ in open(f'{a.folder}/{side}.vocab', encoding='utf-8', newline='\n')) for side in ('source', 'target')]
    torch.manual_seed(config['seed'])
    model = Translator(*sizes, config['embedding'], config['hidden'], config['bidirectional'], config['dropout'])
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for ours, value in read_tensors(a.folder + '/training/state.safetensors', names).items(): parameters[names[ours]].copy_(value)
    train = read_pairs(a.gradloom, a.folder, config, 'train', config['maximum_length'])
    valid = read_pairs(a.gradloom, a.folder, config, 'valid', 0) if config['source_valid'] else []
    valid = [make_batch([valid[i] for i in rows]) for rows in cut(valid, range(len(valid)), dict(batch=0, batch_tokens=4096))] if valid else []
    optimizer = torch.optim.Adam(model.parameters(), lr=config['learning_rate'])
    log, losses = open(a.folder + '/torch.jsonl', 'w'), []
    def note(**what):
        print(json.dumps(what), file=log, flush=True); print(what, file=sys.stderr, flush=True)
    begun, best, update, epoch, window, since = time.time(), math.inf, 0, 0, [], time.time()
    over = lambda: update >= a.updates or time.time() - begun >= 60 * a.minutes
    def check():
        nonlocal best
        loss = validate(model, valid); is_best = loss < best
        if is_best:
            best = loss
            agree.put_weights(a.folder + '/weights.safetensors', {ours: parameters[theirs].detach() for ours, theirs in names.items()})
        note(update=update, epoch=epoch, seconds=time.time() - begun, validation_loss=loss, best=is_best)
    while not over():
        for pairs in epoch_batches(train, config, epoch):
            if over(): break
            update += 1
            for group in optimizer.param_groups: group['lr'] = learning_rate(config, update)
            batch = make_batch(pairs)
            losses.append(update_step(model, optimizer, list(model.parameters()), batch, config['clip'], bool(a.against)))
            window.append((losses[-1], batch['tgt_real'].size(0)))
            if update % config['log_every'] == 0:
                tokens = sum(n for _, n in window)
                note(update=update, epoch=epoch, seconds=time.time() - begun, loss=sum(l * n for l, n in window) / tokens,
                     target_tokens_per_second=tokens / (time.time() - since))
                window, since = [], time.time()
            if valid and config['valid_every'] and update % config['valid_every'] == 0: check(); since = time.time()
        else:
            epoch += 1
            if valid: check(); since = time.time()
    note(update=update, epoch=epoch, seconds=time.time() - begun, done=True)
    if a.against:
        ours = [json.loads(line) for line in open(a.against)]
        ours = [line['loss'] for line in ours if 'loss' in line][:len(losses)]
        worst = max(abs(x / y - 1) for x, y in zip(ours, losses))
        print(f'{len(ours)} updates, largest relative difference of the losses {worst:.1e}')
        sys.exit(worst > 1e-3)

if __name__ == '__main__': main()
