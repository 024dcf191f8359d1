// Runs many models in ONNX Runtime, in one process: `node run_models.mjs FOLDER`. NAME.onnx and NAME.inputs.safetensors
// there become NAME.outputs.safetensors, or NAME.error with what the runtime said; those that have one are left out.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Model } from './runtime.mjs';

const elements = { F32: Float32Array, F64: Float64Array, I32: Int32Array, I64: BigInt64Array, BOOL: Uint8Array };

function read_tensors(file) {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(JSON.parse(bytes.toString('utf8', 8, start)))) {
    const [begin, end] = data_offsets;
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end));
    tensors[name] = { dtype, shape, data: new elements[dtype](copy.buffer) };
  }
  return tensors;
}

function write_tensors(file, tensors) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([size, text, ...parts]));
}

const folder = process.argv[2];
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.onnx')) continue;
  const prefix = join(folder, file.slice(0, -'.onnx'.length));
  if (existsSync(`${prefix}.error`) || existsSync(`${prefix}.outputs.safetensors`)) continue;
  try {
    const model = await Model.load(`${prefix}.onnx`);
    write_tensors(`${prefix}.outputs.safetensors`, await model.run(read_tensors(`${prefix}.inputs.safetensors`)));
    await model.session.release();
  } catch (error) {
    writeFileSync(`${prefix}.error`, String(error.message));
  }
}
