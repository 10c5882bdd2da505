import { parseArgs } from 'node:util';
import type { BackendName } from '@rlloom/tensor';

/** What the command line asks for. */
export interface Options {
  readonly backend: 'auto' | BackendName;
  readonly hidden: readonly number[];
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seconds: number;
  readonly seed: number;
  /** Short, on every backend that is here, and fails where a result is not what it must be. */
  readonly smoke: boolean;
}

/** How to call it. */
export const usage = `npm start --workspace examples/compile -- [options]
  --backend NAME        auto (default), tfjs-node-gpu, tfjs-node, wasm, cpu
  --hidden WIDTHS       widths of the hidden layers (default 128)
  --batch N             images per step (default 32)
  --steps N             steps that each way learns (default 500)
  --learning-rate X     of Adam (default 0.001)
  --seconds X           how long the speed of each way is measured, in 5 turns (default 2)
  --seed N              same seed, same weights, batches and split (default 1)
  --smoke               a short run on wasm and, where it is provisioned, the native backend`;

/**
 * Reads the arguments after the script's name; `undefined` where they ask for help.
 *
 * @throws Error for an unknown option or a number that is none
 */
export function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backend: { type: 'string', default: 'auto' },
      hidden: { type: 'string', default: '128' },
      batch: { type: 'string', default: '32' },
      steps: { type: 'string' },
      'learning-rate': { type: 'string', default: '0.001' },
      seconds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { smoke } = values;
  return {
    backend: values.backend as Options['backend'],
    hidden: values.hidden.split(',').map((width) => number('hidden', width, 1)),
    batch: number('batch', values.batch, 1),
    steps: number('steps', values.steps ?? (smoke ? '200' : '500'), 1),
    learningRate: number('learning-rate', values['learning-rate'], 0),
    seconds: number('seconds', values.seconds ?? (smoke ? '0.2' : '2'), 0),
    seed: number('seed', values.seed, 0),
    smoke,
  };
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  const whole = name === 'seconds' || name === 'learning-rate' || Number.isInteger(value);
  if (text.trim() !== '' && value >= least && whole) return value;
  throw new Error(`--${name} must be a number from ${least} on, given ${JSON.stringify(text)}`);
}
