// Runs many models in ONNX Runtime, in one process: `node run_models.mjs FOLDER`. NAME.onnx and NAME.inputs.safetensors
// there become NAME.outputs.safetensors, or NAME.error with what the runtime said; those that have one are left out.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read_tensors, write_tensors } from '../../examples/09_train_in_node/safetensors.mjs';
import { Model } from './runtime.mjs';

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
