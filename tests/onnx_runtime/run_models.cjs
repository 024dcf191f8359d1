// Runs many models in ONNX Runtime, in one process: `node run_models.cjs FOLDER`. NAME.onnx and NAME.inputs.safetensors
// there become NAME.outputs.safetensors, or NAME.error with what the runtime said; those that have one are left out.
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const types = {
  F32: ['float32', Float32Array],
  F64: ['float64', Float64Array],
  I32: ['int32', Int32Array],
  I64: ['int64', BigInt64Array],
  BOOL: ['bool', Uint8Array],
};

function readTensors(file) {
  const bytes = fs.readFileSync(file);
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + size));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [type, Elements] = types[dtype];
    const data = new Uint8Array(bytes.subarray(8 + size + begin, 8 + size + end)).buffer;
    tensors[name] = new ort.Tensor(type, new Elements(data), shape);
  }
  return tensors;
}

function writeTensors(file, tensors) {
  const header = {};
  const parts = [];
  let offset = 0;
  const width = (tensor) => tensor.data.BYTES_PER_ELEMENT;
  for (const [name, tensor] of Object.entries(tensors).sort(([, a], [, b]) => width(b) - width(a))) {
    const dtype = Object.keys(types).find((key) => types[key][0] === tensor.type);
    const data = Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    header[name] = { dtype, shape: tensor.dims, data_offsets: [offset, offset + data.length] };
    offset += data.length;
    parts.push(data);
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  fs.writeFileSync(file, Buffer.concat([size, padded, ...parts]));
}

async function runModel(prefix) {
  // One thread: the models are small, and the tests share their cores with others.
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };
  const session = await ort.InferenceSession.create(prefix + '.onnx', options);
  const given = readTensors(prefix + '.inputs.safetensors');
  const feeds = {};
  for (const name of session.inputNames) {
    if (!(name in given)) throw new Error(`the input ${name} is not given`);
    feeds[name] = given[name];
  }
  writeTensors(prefix + '.outputs.safetensors', await session.run(feeds));
  await session.release();
}

(async () => {
  const folder = process.argv[2];
  for (const file of fs.readdirSync(folder).sort()) {
    if (!file.endsWith('.onnx')) continue;
    const prefix = path.join(folder, file.slice(0, -'.onnx'.length));
    if (fs.existsSync(prefix + '.error') || fs.existsSync(prefix + '.outputs.safetensors')) continue;
    try {
      await runModel(prefix);
    } catch (error) {
      fs.writeFileSync(prefix + '.error', String(error.message));
    }
  }
})();
