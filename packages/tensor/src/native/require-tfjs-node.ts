import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tf } from '../tf.ts';
import { tfjsNodeFolder } from './native-layout.ts';
import { type ProcessControl, processControlFile } from './process-control.ts';
import { restoreNodeUtil } from './restore-node-util.ts';
import { sharedTfjs } from './stand-ins.ts';

const require: NodeJS.Require = createRequire(import.meta.url);

/**
 * Loads the tfjs-node package in `directory`, which registers and activates its backend.
 *
 * @param variables environment variables to set before
 */
export function requireTfjsNode(directory: string, variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
  restoreNodeUtil();
  // Without it tfjs reports a failed start on the console, beside throwing.
  tf.env().set('PROD', true);
  require(directory);
}

/**
 * Loads the tfjs-node of a provisioned folder on this process's own TensorFlow.js, and keeps TensorFlow's banner off
 * stderr. What else was written there meanwhile is written after all.
 *
 * @returns all lines that were written to stderr while it loaded
 */
export function requireProvisioned(directory: string, variables: Readonly<Record<string, string>>): string[] {
  const control = require(join(directory, processControlFile)) as ProcessControl;
  for (const [name, value] of Object.entries(variables)) control.setEnvironment(name, value);
  shareTfjs();
  control.holdStderr();
  let written = '';
  try {
    requireTfjsNode(join(directory, tfjsNodeFolder), variables);
  } finally {
    written = control.restoreStderr();
  }
  const lines = written.split('\n').filter((line) => line !== '');
  const others = lines.filter((line) => !banner.test(line));
  if (others.length > 0) process.stderr.write(`${others.join('\n')}\n`);
  return lines;
}

// How TensorFlow starts its log lines, and the two that go without.
const banner =
  /^([IWE]\d{4} \d\d:|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] |WARNING: All log messages before absl|To enable the following instructions)/;

/** Leaves this process's TensorFlow.js where the stand-in of `@tensorflow/tfjs` finds it. */
function shareTfjs(): void {
  const core = require('@tensorflow/tfjs-core') as object;
  const layers = require('@tensorflow/tfjs-layers') as object;
  Object.defineProperty(globalThis, Symbol.for(sharedTfjs), {
    value: { ...layers, ...core, version: { 'tfjs-core': tf.version_core } },
    configurable: true,
  });
}

/** What is used of tfjs-node's backend beside the interface that all backends share. */
export interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** The registered TensorFlow backend. Call after {@link requireTfjsNode}. */
export function nodeBackend(): NodeBackend {
  return tf.findBackend('tensorflow') as unknown as NodeBackend;
}
