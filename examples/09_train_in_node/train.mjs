// Trains a translator in ONNX Runtime, under Node. The training step (forward, gradient, clipping, Adam) is an exported
// graph: the process that trains has no code of Gradloom's. The weights go back, and Gradloom translates with them.
//   node train.mjs GRADLOOM FOLDER: the command, and a new folder; onnxruntime-node is found as README.md says.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { read_tensors, write_tensors } from './safetensors.mjs';

const [command, folder] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(resolve(process.env.GRADLOOM_ONNX_RUNTIME ?? process.cwd(), 'package.json'));
const ort = require('onnxruntime-node');
const gradloom = (options, input = '') => execFileSync(command, options, { cwd: folder, input, encoding: 'utf8' });

// Random numbers in [0, 1), the same in every run (mulberry32).
let state = 7;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const one_of = (list) => list[Math.floor(random() * list.length)];

// Sentences of a small grammar; colours go behind the noun in French.
const nouns = [['cat', 'chat', 'm'], ['dog', 'chien', 'm'], ['book', 'livre', 'm'], ['house', 'maison', 'f'], ['car', 'voiture', 'f'], ['apple', 'pomme', 'f']];
const adjectives = [['black', 'noir', 'noire', true], ['green', 'vert', 'verte', true], ['small', 'petit', 'petite', false], ['pretty', 'joli', 'jolie', false]];
const verbs = [['sees', 'voit'], ['takes', 'prend'], ['finds', 'trouve']];
function noun_phrase() {
  const [english, french, gender] = one_of(nouns);
  const article = gender === 'm' ? 'le' : 'la';
  if (random() < 0.3) return [`the ${english}`, `${article} ${french}`];
  const [word, masculine, feminine, behind] = one_of(adjectives);
  const agreeing = gender === 'm' ? masculine : feminine;
  return [`the ${word} ${english}`, behind ? `${article} ${french} ${agreeing}` : `${article} ${agreeing} ${french}`];
}
function sentence() {
  const [subject, verb, object] = [noun_phrase(), one_of(verbs), noun_phrase()];
  return [0, 1].map((side) => `${subject[side]} ${verb[side]} ${object[side]}`);
}

// A model that has learnt nothing yet, its training step as a graph, and the sentences as its own numbers.
mkdirSync(folder, { recursive: true });
const pairs = Array.from({ length: 2000 }, sentence);
const text = (side) => pairs.map((pair) => pair[side]).join('\n') + '\n';
for (const [name, side] of [['train.en', 0], ['train.fr', 1]]) writeFileSync(join(folder, name), text(side));
gradloom(['train', '--model', 'model', '--source-train', 'train.en', '--target-train', 'train.fr', '--source-valid', 'train.en',
  '--target-valid', 'train.fr', '--embedding', '32', '--hidden', '64', '--bidirectional', '--dropout', '0.1', '--max-minutes', '1e-9',
  '--quiet']);
gradloom(['export', 'model', '--function', 'train_step', '--onnx', 'train_step.onnx']);
const numbers = (side, name) => gradloom(['tokenize', '--model', 'model', '--ids', '--side', name], text(side)).trim().split('\n')
  .map((line) => line.split(' ').map(Number));
const [source, target] = [numbers(0, 'source'), numbers(1, 'target')];

// Rows of numbers as an int32 tensor, padded with 0.
function tensor_of(rows) {
  const length = Math.max(...rows.map((row) => row.length));
  const data = rows.flatMap((row) => [...row, ...Array(length - row.length).fill(0)]);
  return new ort.Tensor('int32', Int32Array.from(data), [rows.length, length]);
}
const lengths_of = (rows) => new ort.Tensor('int32', Int32Array.from(rows.map((row) => row.length)), [rows.length]);
const end = 2; // ends a sentence, and begins a target
function batch() {
  const rows = Array.from({ length: 32 }, () => Math.floor(random() * pairs.length));
  const [read, written] = [rows.map((row) => source[row]), rows.map((row) => [...target[row], end])];
  return {
    source: tensor_of(read),
    source_lengths: lengths_of(read),
    target_in: tensor_of(written.map((row) => [end, ...row.slice(0, -1)])),
    target_out: tensor_of(written),
    target_lengths: lengths_of(written),
    learning_rate: new ort.Tensor('float32', [0.01], []),
  };
}

// A variable v is an input, its new value, where it has one, an output next_v; every random draw is an input of its own.
const session = await ort.InferenceSession.create(join(folder, 'train_step.onnx'), { logSeverityLevel: 3 });
const types = { F32: 'float32', I64: 'int64' };
const start = read_tensors(join(folder, 'model/training/state.safetensors'));
let variables = {};
for (const [name, { dtype, shape, data }] of Object.entries(start)) variables[name] = new ort.Tensor(types[dtype], data, shape);
const draws = session.inputMetadata.filter(({ name }) => name.startsWith('random/'));
function drawn(given) {
  const sizes = { batch: given.source.dims[0], source_length: given.source.dims[1], target_length: given.target_in.dims[1] };
  const result = {};
  for (const { name, shape } of draws) {
    const dims = shape.map((size) => (typeof size === 'string' ? sizes[size] : size));
    result[name] = new ort.Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, random), dims);
  }
  return result;
}
console.log(`train_step: ${Object.keys(variables).length} variables, ${draws.length} draws`);
for (let step = 1; step <= 200; ++step) {
  const given = batch();
  const results = await session.run({ ...variables, ...given, ...drawn(given) });
  for (const name of Object.keys(variables)) variables[name] = results[`next_${name}`] ?? variables[name];
  if (step === 1 || step % 100 === 0) console.log(`step ${step}: loss ${results.loss.data[0].toFixed(1)}`);
}

// The weights go back into the model's own file.
const weights = read_tensors(join(folder, 'model/weights.safetensors'));
for (const name of Object.keys(weights)) if (name in variables) weights[name].data = variables[name].data;
write_tensors(join(folder, 'model/weights.safetensors'), weights);
const sentences = 'the black cat sees the pretty house\nthe small car finds the green apple\nthe dog takes the small book\n';
console.log(gradloom(['translate', '--model', 'model'], sentences).trimEnd());
