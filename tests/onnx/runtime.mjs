// ONNX Runtime as the tests use it: sessions of one thread, tensors as { dtype, shape, data }, and what two of them
// differ by.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve(process.env.GRADLOOM_ONNX_RUNTIME, 'package.json'));
const ort = require('onnxruntime-node');
const names = { F32: 'float32', F64: 'float64', I32: 'int32', I64: 'int64', BOOL: 'bool' };

export class Model {
  static async load(path) {
    const model = new Model();
    model.session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
    return model;
  }

  get inputs() {
    return this.session.inputNames;
  }

  /// Of the tensors those that the graph has as inputs are fed; all its outputs come back.
  async run(tensors) {
    const feeds = {};
    for (const name of this.inputs) {
      if (!(name in tensors)) throw new Error(`the graph's input ${name} has no value`);
      const { dtype, shape, data } = tensors[name];
      feeds[name] = new ort.Tensor(names[dtype], data, shape);
    }
    const found = await this.session.run(feeds);
    const results = {};
    for (const [name, { type, dims, data }] of Object.entries(found)) {
      const dtype = Object.keys(names).find((key) => names[key] === type);
      results[name] = { dtype, shape: dims.map(Number), data };
    }
    return results;
  }
}

/// The largest difference of two tensors' elements, over the largest magnitude among them where that is above 1. What
/// cannot be compared is an error: another dtype, another shape, a number beside a NaN.
export function difference(name, found, expected) {
  if (!found) throw new Error(`${name} is missing`);
  if (found.dtype !== expected.dtype) throw new Error(`${name} is ${found.dtype}, not ${expected.dtype}`);
  if (found.shape.join() !== expected.shape.join() || found.data.length !== expected.data.length)
    throw new Error(`${name} has the shape [${found.shape}] and ${found.data.length} elements, not [${expected.shape}]`);
  let largest = 1;
  let differs = 0;
  for (let i = 0; i < expected.data.length; ++i) {
    const [a, b] = [Number(found.data[i]), Number(expected.data[i])];
    if (Object.is(a, b) || a === b) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) throw new Error(`${name}: element ${i} is ${a}, not ${b}`);
    largest = Math.max(largest, Math.abs(b));
    differs = Math.max(differs, Math.abs(a - b));
  }
  return differs / largest;
}

/// The largest difference of all tensors of a map.
export function largest_difference(found, expected) {
  let largest = 0;
  for (const [name, tensor] of Object.entries(expected)) largest = Math.max(largest, difference(name, found[name], tensor));
  return largest;
}
