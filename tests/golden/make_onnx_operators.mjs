// Makes onnx_operators.json: single ONNX nodes that Debian's conformance data lacks, with inputs, and what ONNX Runtime
// makes of them. In a folder with onnxruntime-node (npm install --ignore-scripts): node PATH/make_onnx_operators.mjs.
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {writeFileSync} from 'node:fs';

const ort = createRequire(join(process.cwd(), 'x.js'))('onnxruntime-node');

// ---- tensors, with numbers of two decimals so that the file can be read

let seed = 1;
function random() {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.round((seed / 2147483648 * 2 - 1) * 100) / 100;
}
const count = shape => shape.reduce((a, b) => a * b, 1);
const reals = (...shape) => ({dtype: 'float32', shape, values: Array.from({length: count(shape)}, random)});
const positive = (...shape) => ({...reals(...shape), values: reals(...shape).values.map(x => Math.abs(x) + 0.1)});
const listed = (dtype, shape, values) => ({dtype, shape, values});
const int32 = (...values) => listed('int32', [values.length], values);
const int64 = (...values) => listed('int64', [values.length], values);

// ---- cases: [name, opset, operator, attributes, inputs, number of outputs, inputs that are initializers]

const int = i => ({i}), real = f => ({f}), text = s => ({s}), ints = (...v) => ({ints: v}), floats = (...v) => ({floats: v});
const strings = (...v) => ({strings: v});

function recurrent(gates, {directions = 1, states = 1, bias = true, lengths = null, initial = false, peepholes = false}) {
  const T = 4, B = 3, I = 2, H = 5;
  const inputs = [reals(T, B, I), reals(directions, gates * H, I), reals(directions, gates * H, H)];
  inputs.push(bias ? reals(directions, 2 * gates * H) : null);
  inputs.push(lengths ? int32(...lengths) : null);
  for (let i = 0; i < states; ++i) inputs.push(initial ? reals(directions, B, H) : null);
  if (peepholes) inputs.push(reals(directions, 3 * H));
  return inputs;
}
const hidden = {hidden_size: int(5)}, both = {direction: text('bidirectional')}, back = {direction: text('reverse')};

const cases = [
  ['gru resets after the product', 14, 'GRU', {...hidden, linear_before_reset: int(1)}, recurrent(3, {}), 2],
  ['gru resets after the product, both directions', 14, 'GRU', {...hidden, ...both, linear_before_reset: int(1)},
    recurrent(3, {directions: 2, lengths: [4, 1, 3], initial: true}), 2],
  ['gru resets before the product, reversed', 14, 'GRU', {...hidden, ...back},
    recurrent(3, {lengths: [2, 4, 3], initial: true}), 2],
  ['gru of opset 7 without biases', 7, 'GRU', {...hidden, ...both, linear_before_reset: int(1)},
    recurrent(3, {directions: 2, bias: false}), 2],
  ['gru clips what goes into activations', 14, 'GRU', {...hidden, clip: real(0.25)}, recurrent(3, {}), 2],
  ['gru with other activations', 14, 'GRU', {...hidden, ...both, activations: strings('HardSigmoid', 'Softsign', 'Sigmoid', 'Affine'),
    activation_alpha: floats(0.3, 0.5), activation_beta: floats(0.4, -0.25)}, recurrent(3, {directions: 2}), 2],
  ['rnn in both directions', 14, 'RNN', {...hidden, ...both},
    recurrent(1, {directions: 2, lengths: [3, 4, 2], initial: true}), 2],
  ['rnn with other activations', 14, 'RNN', {...hidden, ...both, activations: strings('LeakyRelu', 'ScaledTanh'),
    activation_alpha: floats(0.2, 1.5), activation_beta: floats(0.7)}, recurrent(1, {directions: 2}), 2],
  ['rnn with relu, clipped', 7, 'RNN', {...hidden, ...back, activations: strings('Relu'), clip: real(0.5)}, recurrent(1, {}), 2],
  ['rnn with elu', 14, 'RNN', {...hidden, activations: strings('Elu')}, recurrent(1, {}), 2],
  ['rnn with thresholded relu', 14, 'RNN', {...hidden, activations: strings('ThresholdedRelu'), activation_alpha: floats(0.3)},
    recurrent(1, {}), 2],
  ['lstm in both directions', 14, 'LSTM', {...hidden, ...both},
    recurrent(4, {directions: 2, states: 2, lengths: [4, 1, 3], initial: true}), 3],
  ['lstm with peepholes and clipping', 14, 'LSTM', {...hidden, ...both, clip: real(0.4)},
    recurrent(4, {directions: 2, states: 2, lengths: [4, 2, 3], initial: true, peepholes: true}), 3],
  ['lstm with coupled gates', 7, 'LSTM', {...hidden, ...back, input_forget: int(1)}, recurrent(4, {states: 2, initial: true}), 3],
  ['lstm with other activations', 14, 'LSTM', {...hidden, activations: strings('HardSigmoid', 'Softplus', 'Softsign')},
    recurrent(4, {states: 2}), 3],

  ['einsum with dots', 12, 'Einsum', {equation: text('...ij,...jk->...ik')}, [reals(1, 2, 3, 4), reals(5, 1, 4, 2)], 1],
  ['einsum without result', 12, 'Einsum', {equation: text('bij, jk')}, [reals(2, 3, 4), reals(4, 2)], 1],
  ['einsum of a diagonal', 12, 'Einsum', {equation: text('ii->i')}, [reals(3, 3)], 1],
  ['einsum of a trace', 12, 'Einsum', {equation: text('bii->b')}, [reals(2, 3, 3)], 1],
  ['einsum of three', 12, 'Einsum', {equation: text('i,ij,kj->ik')}, [reals(3), reals(3, 4), reals(2, 4)], 1],
  ['einsum moves dots', 12, 'Einsum', {equation: text('a...b->b...a')}, [reals(2, 3, 4, 5)], 1],

  ['matmul of a vector and matrices', 9, 'MatMul', {}, [reals(3), reals(2, 3, 4)], 1],
  ['matmul of matrices and a vector', 13, 'MatMul', {}, [reals(2, 5, 3), reals(3)], 1],
  ['matmul of vectors', 13, 'MatMul', {}, [reals(3), reals(3)], 1],
  ['matmul broadcasts', 13, 'MatMul', {}, [reals(2, 1, 3, 4), reals(5, 4, 2)], 1],
  ['matmul of integers', 13, 'MatMul', {}, [listed('int32', [2, 3], [1, -2, 3, 4, 5, -6]), listed('int32', [3, 1], [7, 8, 9])], 1],
  ['gemm as a layer', 13, 'Gemm', {transB: int(1)}, [reals(3, 4), reals(2, 4), reals(2)], 1],
  ['gemm with a column', 7, 'Gemm', {transA: int(1), alpha: real(0.5), beta: real(-2)}, [reals(4, 3), reals(4, 2), reals(3, 1)], 1],
  ['gemm without beta', 13, 'Gemm', {beta: real(0)}, [reals(3, 4), reals(4, 2), reals(1)], 1],

  ['conv of sequences in groups', 11, 'Conv', {group: int(2), strides: ints(2), dilations: ints(2), pads: ints(1, 2)},
    [reals(2, 4, 9), reals(6, 2, 3), reals(6)], 1],
  ['conv with same padding', 11, 'Conv', {auto_pad: text('SAME_LOWER'), strides: ints(2, 1)}, [reals(1, 2, 5, 4), reals(3, 2, 2, 3)], 1],
  ['conv transposed, in groups', 11, 'ConvTranspose', {group: int(2), strides: ints(2, 3), output_padding: ints(1, 0), pads: ints(0, 1, 1, 0)},
    [reals(2, 4, 3, 3), reals(4, 1, 3, 2), reals(2)], 1],
  ['average_pool over the end', 11, 'AveragePool', {kernel_shape: ints(3), strides: ints(2), ceil_mode: int(1), pads: ints(1, 0)}, [reals(1, 2, 6)], 1],
  ['average_pool with padding counted', 11, 'AveragePool', {kernel_shape: ints(3, 2), count_include_pad: int(1), pads: ints(1, 1, 0, 1)},
    [reals(1, 2, 4, 5)], 1],
  ['max_pool dilated', 12, 'MaxPool', {kernel_shape: ints(2, 2), dilations: ints(2, 1), pads: ints(1, 0, 0, 1)}, [reals(1, 2, 5, 4)], 1],
  ['lp_pool', 11, 'LpPool', {kernel_shape: ints(2, 3), strides: ints(1, 2), p: int(3)}, [reals(1, 2, 3, 5)], 1],
  ['global_lp_pool', 13, 'GlobalLpPool', {p: int(2)}, [reals(2, 3, 4)], 1],
  ['lrn over five channels', 13, 'LRN', {size: int(5), alpha: real(0.5), beta: real(0.6), bias: real(2)}, [reals(2, 6, 3, 2)], 1],

  ['softmax of opset 11 flattens', 11, 'Softmax', {axis: int(1)}, [reals(2, 3, 4)], 1],
  ['softmax of opset 11 counts from the end', 11, 'Softmax', {axis: int(-2)}, [reals(2, 3, 4)], 1],
  ['softmax of opset 7 without axis', 7, 'Softmax', {}, [reals(2, 3, 2)], 1],
  ['log_softmax of opset 9 flattens all', 9, 'LogSoftmax', {axis: int(0)}, [reals(2, 3)], 1],
  ['hardmax of opset 11 flattens', 11, 'Hardmax', {axis: int(1)}, [reals(2, 3, 4)], 1],
  ['hardmax along the first axis', 13, 'Hardmax', {axis: int(0)}, [reals(4, 3)], 1],

  ['batch normalization of rows', 9, 'BatchNormalization', {epsilon: real(0.01)},
    [reals(4, 3), reals(3), reals(3), reals(3), positive(3)], 1],
  ['batch normalization in training', 15, 'BatchNormalization', {training_mode: int(1), momentum: real(0.7)},
    [reals(2, 3, 4), reals(3), reals(3), reals(3), positive(3)], 3],
  ['instance normalization of sequences', 7, 'InstanceNormalization', {}, [reals(2, 3, 5), reals(3), reals(3)], 1],
  ['group normalization by groups', 18, 'GroupNormalization', {num_groups: int(2)}, [reals(2, 4, 3), reals(2), reals(2)], 1],
  ['group normalization by channels', 21, 'GroupNormalization', {num_groups: int(2)}, [reals(2, 4, 3), reals(4), reals(4)], 1],
  ['layer normalization without bias', 17, 'LayerNormalization', {axis: int(1)}, [reals(2, 3, 4), reals(3, 4)], 3],
  ['lp normalization, first', 13, 'LpNormalization', {p: int(1), axis: int(1)}, [reals(2, 3, 2)], 1],
  ['lp normalization, second', 13, 'LpNormalization', {}, [listed('float32', [2, 3], [3, 0, 4, 0, 0, 0])], 1],
  ['mean variance normalization over rows', 13, 'MeanVarianceNormalization', {axes: ints(1, 2)}, [reals(2, 3, 4)], 1],

  ['reduce_mean with axes as input', 18, 'ReduceMean', {keepdims: int(0)}, [reals(2, 3, 4), int64(-1, 0)], 1, [1]],
  ['reduce_sum_square as it is', 18, 'ReduceSumSquare', {}, [reals(2, 3, 4)], 1],
  ['reduce_sum of nothing named', 13, 'ReduceSum', {noop_with_empty_axes: int(1)}, [reals(2, 3)], 1],
  ['reduce_mean of integers', 13, 'ReduceMean', {axes: ints(1)}, [listed('int32', [2, 3], [1, 2, 5, -1, -2, -5])], 1],
  ['reduce_sum_square of integers', 13, 'ReduceSumSquare', {axes: ints(1)}, [listed('int32', [2, 3], [1, 2, 5, -1, -2, -5])], 1],
  ['reduce_max of bools', 20, 'ReduceMax', {}, [listed('bool', [2, 2], [0, 1, 0, 0]), int64(1)], 1, [1]],
  ['reduce_min of bools', 20, 'ReduceMin', {}, [listed('bool', [2, 2], [1, 1, 0, 1]), int64(1)], 1, [1]],
  ['reduce_log_sum_exp of a scalar', 13, 'ReduceLogSumExp', {}, [listed('float32', [], [0.5])], 1],
  ['argmin from the end', 13, 'ArgMin', {axis: int(-1), keepdims: int(0), select_last_index: int(1)},
    [listed('float32', [2, 3], [1, 1, 2, 3, 3, 3])], 1],
  ['cumsum, reversed and exclusive', 14, 'CumSum', {reverse: int(1), exclusive: int(1)}, [reals(2, 4), int64(-1)], 1, [1]],

  ['conv transposed to an odd shape', 11, 'ConvTranspose', {strides: ints(2, 2), output_shape: ints(6, 8)}, [reals(1, 1, 3, 3), reals(1, 1, 3, 3)], 1],
];

// ---- the wire format of ONNX

const varint = n => {
  const bytes = [];
  for (n = BigInt.asUintN(64, BigInt(n)); n > 127n; n >>= 7n) bytes.push(Number(n & 127n) | 128);
  return [...bytes, Number(n)];
};
const number = (field, n) => [...varint(field << 3), ...varint(n)];
const bytes = (field, b) => [...varint(field << 3 | 2), ...varint(b.length), ...b];
const string = (field, s) => bytes(field, Buffer.from(s));
const float = (field, x) => [...varint(field << 3 | 5), ...Buffer.from(new Float32Array([x]).buffer)];

const types = {float32: 1, int32: 6, int64: 7, bool: 9};
const arrays = {float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array};
const typed = t => arrays[t.dtype].from(t.dtype === 'int64' ? t.values.map(BigInt) : t.values);

const tensor = (name, t) => [...t.shape.flatMap(d => number(1, d)), ...number(2, types[t.dtype]), ...string(8, name),
  ...bytes(9, Buffer.from(typed(t).buffer))];
const value = (name, t) => [...string(1, name), ...(t ? bytes(2, bytes(1, [...number(1, types[t.dtype]),
  ...bytes(2, t.shape.flatMap(d => bytes(1, number(1, d))))])) : [])];

function attribute(name, a) {
  const fields = {i: [3, 2, number], f: [2, 1, float], s: [4, 3, string], ints: [8, 7, number], floats: [7, 6, float], strings: [9, 8, string]};
  const [[kind, v]] = Object.entries(a), [field, type, write] = fields[kind];
  return [...string(1, name), ...number(20, type), ...[v].flat().flatMap(x => write(field, x))];
}

function model({op, opset, attributes, inputs, outputs, constants}) {
  const node = [...inputs.flatMap((t, i) => string(1, t ? `x${i}` : '')), ...outputs.flatMap(name => string(2, name)), ...string(4, op),
    ...Object.entries(attributes).flatMap(([name, a]) => bytes(5, attribute(name, a)))];
  const graph = [...bytes(1, node), ...string(2, 'main'),
    ...inputs.flatMap((t, i) => constants.includes(i) ? bytes(5, tensor(`x${i}`, t)) : []),
    ...inputs.flatMap((t, i) => t && !constants.includes(i) ? bytes(11, value(`x${i}`, t)) : []),
    ...outputs.flatMap(name => bytes(12, value(name)))];
  return Buffer.from([...number(1, opset < 18 ? 8 : 10), ...bytes(7, graph), ...bytes(8, number(2, opset))]);
}

const plain = x => typeof x === 'bigint' ? Number(x) : Number.isInteger(x) ? x : Number(x.toPrecision(9));

const lines = [];
for (const [name, opset, op, attributes, inputs, results, constants = []] of cases) {
  const outputs = Array.from({length: results}, (_, i) => `y${i}`);
  const test = {name, op, opset, attributes, inputs, constants};
  try {
    const session = await ort.InferenceSession.create(model({...test, outputs}), {graphOptimizationLevel: 'disabled', logSeverityLevel: 3});
    const feeds = {};
    inputs.forEach((t, i) => {
      if (t && !constants.includes(i)) feeds[`x${i}`] = new ort.Tensor(t.dtype, typed(t), t.shape);
    });
    const given = await session.run(feeds);
    test.outputs = outputs.map(o => listed(given[o].type, [...given[o].dims], Array.from(given[o].data, plain)));
    lines.push(JSON.stringify(test));
  } catch (error) {
    console.error(`${name}: ${error.message}`);
  }
}
const file = join(dirname(fileURLToPath(import.meta.url)), 'onnx_operators.json');
writeFileSync(file, `{"runtime": "ONNX Runtime ${ort.env.versions.node}",\n"cases": [\n${lines.join(',\n')}\n]}\n`);
