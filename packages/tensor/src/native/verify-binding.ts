import { createRequire } from 'node:module';
import { RlloomError } from '@rlloom/spec';
import { encodeGraph } from '../compile/graph/graph-proto.ts';
import { lastLines, runCommand } from './run-command.ts';
import { sharedTfjs } from './stand-ins.ts';

// 1·5 + 2·7 = 19, ...; the gradient of Σ(AW)² for W is 2·Aᵀ(AW); 7² = 49.
const program = `
const [directory, core, layers, addon, graph] = process.argv.slice(1);
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
const session = new (require(directory + '/' + addon).Session)(new Uint8Array());
session.extend(Buffer.from(graph, 'base64'));
const feed = { name: 'x', dtype: 1, shape: [1], data: Float32Array.of(7) };
session.run([feed], ['square:0'], []).then(([square]) => session.close().then(() => process.stdout.write(JSON.stringify({
  backend: tf.getBackend(),
  version: tf.backend().binding.TF_Version,
  product: Array.from(product.dataSync()),
  gradient: Array.from(gradient.dataSync()),
  square: Array.from(square.data),
}))));
`;

const expected = { backend: 'tensorflow', product: [19, 22, 43, 50], gradient: [296, 344, 420, 488], square: [49] };

const float32 = { type: 1 };
const graph = encodeGraph({
  node: [
    { name: 'x', op: 'Placeholder', input: [], attr: { dtype: float32 } },
    { name: 'square', op: 'Square', input: ['x'], attr: { T: float32 } },
  ],
  library: { function: [] },
  versions: { producer: 1987, minConsumer: 12 },
});

/**
 * Loads a provisioned folder in a process of its own, multiplies two matrices, takes a gradient, runs a
 * session of compiled programs, and ends. A
 * library that crashes, computes wrongly or aborts at exit thus never reaches the process of the user.
 *
 * @param sessionFile the addon of tensorflow-session.ts, in that folder
 * @returns TensorFlow's version
 * @throws RlloomError kind `backend`
 */
export async function verifyBinding(directory: string, sessionFile: string): Promise<string> {
  const resolve = createRequire(import.meta.url).resolve;
  const modules = [resolve('@tensorflow/tfjs-core'), resolve('@tensorflow/tfjs-layers')];
  const result = await runCommand(
    process.execPath,
    ['-e', program, directory, ...modules, sessionFile, Buffer.from(graph).toString('base64')],
    {
      env: { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: undefined },
      timeout: 300_000,
    },
  );
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
