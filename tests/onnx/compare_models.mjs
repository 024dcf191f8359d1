// Exported translators in ONNX Runtime beside Gradloom: encode, decode_step and loss give the same numbers, and fifty
// training steps from the same weights on the same batches follow each other. Takes the command and a folder to work in.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { read_tensors } from '../../examples/09_train_in_node/safetensors.mjs';
import { read_npy, write_npy } from './npy.mjs';
import { difference, largest_difference, Model } from './runtime.mjs';

const [command, work] = process.argv.slice(2);
const gradloom = (...rest) => execFileSync(command, rest, { cwd: work, stdio: ['ignore', 'pipe', 'inherit'] });

function check(condition, what) {
  if (!condition) throw new Error(what);
}

// Whole numbers below a bound, the same in every run (a linear congruential generator).
let state = 1n;
function below(bound) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(bound));
}

const words = 40;
function write_corpus() {
  const lines = [];
  for (let line = 0; line < 60; ++line)
    lines.push(Array.from({ length: 3 + (line % 5) }, () => `w${below(words)}`).join(' '));
  for (const name of ['train.en', 'train.fr']) writeFileSync(join(work, name), lines.join('\n') + '\n');
}

// Five rows of sentences padded with 0; 2 ends a sentence and begins a target.
function batch() {
  const [rows, source_length, target_length] = [5, 6, 7];
  const int32 = (shape) => ({ dtype: 'I32', shape, data: new Int32Array(shape.reduce((a, b) => a * b, 1)) });
  const made = {
    source: int32([rows, source_length]),
    source_lengths: int32([rows]),
    target_in: int32([rows, target_length]),
    target_out: int32([rows, target_length]),
    target_lengths: int32([rows]),
  };
  for (let row = 0; row < rows; ++row) {
    // One row is as long as the batch, so that it has no column of padding alone.
    const length = row === 0 ? source_length : 1 + below(source_length);
    const target = row === 0 ? target_length : 1 + below(target_length);
    made.source_lengths.data[row] = length;
    made.target_lengths.data[row] = target;
    for (let i = 0; i < length; ++i) made.source.data[row * source_length + i] = 3 + below(words);
    let previous = 2;
    for (let i = 0; i < target; ++i) {
      const word = i + 1 === target ? 2 : 3 + below(words);
      made.target_in.data[row * target_length + i] = previous;
      made.target_out.data[row * target_length + i] = previous = word;
    }
  }
  return made;
}

// The outputs that Gradloom computes, by name; `names` are those of the exported graph.
function computed(model, name, tensors, inputs, outputs, more = []) {
  const call = ['run', model, '--function', name, ...more];
  for (const input of inputs) {
    if (!(input in tensors)) continue;
    write_npy(join(work, `${input}.npy`), tensors[input]);
    call.push('--input', `${input}=${input}.npy`);
  }
  for (const output of outputs) call.push('--output', `${output}=${output}.out.npy`);
  gradloom(...call);
  return Object.fromEntries(outputs.map((output) => [output, read_npy(join(work, `${output}.out.npy`))]));
}

function make_model(name, options) {
  gradloom('train', '--source-train', 'train.en', '--target-train', 'train.fr', '--source-valid', 'train.en',
    '--target-valid', 'train.fr', '--model', name, '--embedding', '24', '--hidden', '32', '--batch', '16',
    '--max-minutes', '1e-9', '--quiet', '--dropout', '0', ...options.split(' '));
}

async function exported(model, name) {
  gradloom('export', model, '--function', name, '--onnx', `${model}-${name}.onnx`);
  return Model.load(join(work, `${model}-${name}.onnx`));
}

// encode, then a step of decoding from what it gave, then the loss.
async function compare_inference(model, options) {
  make_model(model, options);
  const tensors = batch();
  tensors.previous = { dtype: 'I32', shape: [5], data: new Int32Array([2, 3, 4, 5, 6]) };
  let largest = 0;
  for (const name of ['encode', 'decode_step', 'loss']) {
    const graph = await exported(model, name);
    const found = await graph.run(tensors);
    const expected = computed(model, name, tensors, graph.inputs, Object.keys(found));
    largest = Math.max(largest, largest_difference(found, expected));
    if (name === 'encode') Object.assign(tensors, expected);
  }
  console.log(`${model}: encode, decode_step and loss differ by ${largest.toExponential(1)}`);
  check(largest <= 1e-5, `${model}: inference differs by ${largest}, more than 1e-5`);
}

async function compare_training(model, steps) {
  const graph = await exported(model, 'train_step');
  const batches = [batch(), batch(), batch(), batch()];
  const rate = { dtype: 'F32', shape: [], data: new Float32Array([1e-3]) };
  const start = read_tensors(join(work, model, 'training/state.safetensors'));
  let variables = start;
  let largest = 0;
  for (let step = 0; step < steps; ++step) {
    const given = { ...batches[step % batches.length], learning_rate: rate };
    const found = await graph.run({ ...variables, ...given });
    const inputs = graph.inputs.filter((name) => name in given);
    const expected = computed(model, 'train_step', given, inputs, ['loss'], ['--save']);
    const relative = Math.abs(found.loss.data[0] - expected.loss.data[0]) / Math.abs(expected.loss.data[0]);
    check(relative <= 1e-4, `step ${step + 1}: the loss is ${found.loss.data[0]}, not ${expected.loss.data[0]}`);
    largest = Math.max(largest, relative);
    variables = Object.fromEntries(Object.keys(start).map((name) => [name, found[`next_${name}`] ?? variables[name]]));
  }
  const end = read_tensors(join(work, model, 'training/state.safetensors'));
  let [moved, differs] = [0, 0];
  for (const name of Object.keys(read_tensors(join(work, model, 'weights.safetensors')))) {
    const at = (tensor, i) => Number(tensor.data[i]);
    difference(name, variables[name], end[name]); // the same type and shape
    for (let i = 0; i < end[name].data.length; ++i) {
      moved = Math.max(moved, Math.abs(at(end[name], i) - at(start[name], i)));
      differs = Math.max(differs, Math.abs(at(variables[name], i) - at(end[name], i)));
    }
  }
  console.log(`${model}: ${steps} training steps: losses differ by ${largest.toExponential(1)} of themselves, weights by ` +
    `${differs.toExponential(1)} after moving by ${moved.toPrecision(2)}`);
  check(differs <= 1e-3, `weights differ by ${differs}, more than 1e-3`);
  check(moved >= 1e-2, `weights moved by ${moved} only, less than ten times what they may differ by`);
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
write_corpus();
await compare_inference('gru-dot', '--cell gru --attention dot --bidirectional');
await compare_inference('lstm-additive', '--cell lstm --attention additive --layers 2 --input-feeding');
await compare_inference('rnn-general', '--cell rnn --attention general');
await compare_inference('gru-scaled', '--cell gru --attention scaled --heads 2 --layers 2');
await compare_inference('lstm-none', '--cell lstm --attention none --bidirectional');
await compare_training('gru-dot', 50);
