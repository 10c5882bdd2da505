import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The global symbol under which the loader leaves TensorFlow.js for the provisioned tfjs-node to find. */
export const sharedTfjs = 'rlloom.tfjs';

const tfjs = `'use strict';
const tf = globalThis[Symbol.for('${sharedTfjs}')];
if (tf === undefined) throw new Error('this folder belongs to rlloom: load it through @rlloom/tensor');
module.exports = tf;
`;

const bindingFinder = `'use strict';
const { dirname, join } = require('node:path');
exports.find = (file) => join(dirname(file), 'lib', 'napi-v8', 'tfjs_binding.node');
`;

const files: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs': tfjs,
  '@tensorflow/tfjs-core': tfjs,
  '@mapbox/node-pre-gyp': bindingFinder,
};

/**
 * Writes the three packages that tfjs-node loads and that are not fetched: TensorFlow.js itself, which is the copy
 * this process already computes with, and the finder of the native binding.
 */
export async function writeStandIns(nodeModules: string): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(nodeModules, name), { recursive: true });
    await writeFile(join(nodeModules, name, 'index.js'), content);
  }
}
