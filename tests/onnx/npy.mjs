// Tensors as .npy files, which `gradloom run` reads and writes: version 1.0, row-major, little-endian.
import { readFileSync, writeFileSync } from 'node:fs';

const kinds = {
  F32: ['<f4', Float32Array],
  F64: ['<f8', Float64Array],
  I32: ['<i4', Int32Array],
  I64: ['<i8', BigInt64Array],
  BOOL: ['|b1', Uint8Array],
};

export function write_npy(path, { dtype, shape, data }) {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  let header = `{'descr': '${kinds[dtype][0]}', 'fortran_order': False, 'shape': (${axes}), }`;
  header += ' '.repeat(64 - ((header.length + 11) % 64)) + '\n';
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00' + header, 'latin1');
  start.writeUInt16LE(header.length, 8);
  writeFileSync(path, Buffer.concat([start, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]));
}

export function read_npy(path) {
  const bytes = readFileSync(path);
  const begin = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, begin);
  const descr = header.match(/'descr': '([^']*)'/)[1];
  const shape = header.match(/'shape': \(([^)]*)\)/)[1].split(',').filter((size) => size.trim() !== '').map(Number);
  const [dtype, [, Elements]] = Object.entries(kinds).find(([, kind]) => kind[0] === descr);
  return { dtype, shape, data: new Elements(new Uint8Array(bytes.subarray(begin)).buffer) };
}
