import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendName } from '@rlloom/tensor';

/** What the command line asks for. */
export interface ChatOptions {
  readonly folder: string;
  readonly system: string | undefined;
  /** One turn instead of a conversation. */
  readonly prompt: string | undefined;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
}

/** How to call it. */
export const usage = `npm start --workspace examples/chat -- FOLDER [options]
  --system TEXT         what the model is told first
  --prompt TEXT         answer this and end, instead of a conversation
  --max-new-tokens N    longest answer (default 256)
  --temperature X       0 for the likeliest tokens (default 0.7)
  --top-p X             share of probability to draw from (default 0.95)
  --seed N              same seed, same answers (default 1)
  --backend NAME        auto (default), tfjs-node-gpu, tfjs-node, wasm, cpu
In a conversation: /reset forgets it, /exit or Ctrl-D ends it, Ctrl-C ends an answer.`;

/**
 * Reads the arguments after the script's name.
 *
 * @returns `undefined` where they ask for help or name no folder
 * @throws Error for an unknown option or a number that is none
 */
export function chatOptions(args: readonly string[]): ChatOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      prompt: { type: 'string' },
      'max-new-tokens': { type: 'string', default: '256' },
      temperature: { type: 'string', default: '0.7' },
      'top-p': { type: 'string', default: '0.95' },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'auto' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || values.help) return undefined;
  return {
    folder: whereTyped(folder),
    system: values.system,
    prompt: values.prompt,
    maxNewTokens: number('max-new-tokens', values['max-new-tokens']),
    temperature: number('temperature', values.temperature),
    topP: number('top-p', values['top-p']),
    seed: number('seed', values.seed),
    backend: values.backend as ChatOptions['backend'],
  };
}

// npm changes into the example's folder: what was typed is relative to where it was typed, or to the example.
function whereTyped(folder: string): string {
  const typed = resolve(process.env['INIT_CWD'] ?? '', folder);
  return existsSync(typed) ? typed : resolve(folder);
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new Error(`--${name} must be a number, given ${JSON.stringify(text)}`);
}
