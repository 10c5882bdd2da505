import { createRequire } from 'node:module';
import { RlloomError } from '@rlloom/spec';
import { lastLines, runCommand } from './run-command.ts';
import { sharedTfjs } from './stand-ins.ts';

// 1·5 + 2·7 = 19, ...; the gradient of Σ(AW)² for W is 2·Aᵀ(AW).
const program = `
const [directory, core, layers] = process.argv.slice(1);
const util = require('node:util');
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
const tf = require(core);
tf.env().set('PROD', true);
globalThis[Symbol.for('${sharedTfjs}')] = { ...require(layers), ...tf, version: { 'tfjs-core': tf.version_core } };
require(directory + '/node_modules/@tensorflow/tfjs-node');
const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const w = tf.tensor2d([5, 6, 7, 8], [2, 2]);
const product = tf.matMul(a, w);
const gradient = tf.grad((x) => tf.sum(tf.square(tf.matMul(a, x))))(w);
process.stdout.write(JSON.stringify({
  backend: tf.getBackend(),
  version: tf.backend().binding.TF_Version,
  product: Array.from(product.dataSync()),
  gradient: Array.from(gradient.dataSync()),
}));
`;

const expected = { backend: 'tensorflow', product: [19, 22, 43, 50], gradient: [296, 344, 420, 488] };

/**
 * Loads a provisioned folder in a process of its own, multiplies two matrices, takes a gradient, and ends. A
 * library that crashes, computes wrongly or aborts at exit thus never reaches the process of the user.
 *
 * @returns TensorFlow's version
 * @throws RlloomError kind `backend`
 */
export async function verifyBinding(directory: string): Promise<string> {
  const resolve = createRequire(import.meta.url).resolve;
  const modules = [resolve('@tensorflow/tfjs-core'), resolve('@tensorflow/tfjs-layers')];
  const result = await runCommand(process.execPath, ['-e', program, directory, ...modules], {
    env: { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: undefined },
    timeout: 300_000,
  });
  const { version, ...found } = parse(result.stdout);
  if (result.code === 0 && typeof version === 'string' && JSON.stringify(found) === JSON.stringify(expected))
    return version;
  const ended =
    result.code === 0
      ? `it computed ${result.stdout}`
      : `it ended with ${result.code ?? result.failure}:\n${lastLines(result)}`;
  throw new RlloomError('backend', {
    what: `the compiled TensorFlow binding does not work on this machine: ${ended}`,
    where: directory,
    fix: 'take --backend wasm; please report this with the lines above',
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
