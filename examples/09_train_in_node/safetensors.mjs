// Safetensors files (github.com/huggingface/safetensors) in Node: tensors by name, each { dtype, shape, data }.
import { readFileSync, writeFileSync } from 'node:fs';

const elements = { F32: Float32Array, F64: Float64Array, I32: Int32Array, I64: BigInt64Array, BOOL: Uint8Array };

export function read_tensors(path) {
  const bytes = readFileSync(path);
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, begin));
  const tensors = {};
  delete header.__metadata__;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(header)) {
    const own = new Uint8Array(bytes.subarray(begin + from, begin + to)); // a copy, which is aligned
    tensors[name] = { dtype, shape, data: new elements[dtype](own.buffer) };
  }
  return tensors;
}

/// Larger elements stand first, so that each tensor is aligned.
export function write_tensors(path, tensors) {
  const header = {};
  const parts = [];
  let at = 0;
  const size = ([, { data }]) => data.BYTES_PER_ELEMENT;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors).sort((a, b) => size(b) - size(a))) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  let text = JSON.stringify(header);
  while (Buffer.byteLength(text) % 8 !== 0) text += ' ';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  writeFileSync(path, Buffer.concat([length, Buffer.from(text), ...parts]));
}
