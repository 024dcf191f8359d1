// Random functions in ONNX Runtime: each gives what Gradloom computed, shapes included. Takes the program that writes
// them, a folder to work in, and how many.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { read_tensors } from '../../examples/09_train_in_node/safetensors.mjs';
import { largest_difference, Model } from './runtime.mjs';

const [writer, work] = process.argv.slice(2);
const count = process.env.GRADLOOM_LONG ? 200 : 20;
const tolerance = 1e-4; // float32, a dozen operations and their gradients, summed in another order
rmSync(work, { recursive: true, force: true });
execFileSync(writer, [work, String(count)], { stdio: 'inherit' });
let worst = 0;
let failures = 0;
for (let seed = 0; seed < count; ++seed) {
  try {
    const model = await Model.load(join(work, `${seed}.onnx`));
    const found = await model.run(read_tensors(join(work, `${seed}.inputs.safetensors`)));
    const differs = largest_difference(found, read_tensors(join(work, `${seed}.outputs.safetensors`)));
    if (!(differs <= tolerance)) throw new Error(`outputs differ by ${differs}`);
    worst = Math.max(worst, differs);
  } catch (error) {
    console.log(`graph ${seed}: ${error.message}`);
    ++failures;
  }
}
console.log(`${count - failures} of ${count} random graphs agree, to ${worst.toExponential(1)}`);
process.exitCode = failures === 0 ? 0 : 1;
