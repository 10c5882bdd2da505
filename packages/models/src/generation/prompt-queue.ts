import type { Sequence } from './sequence.ts';

/** A sequence whose prompt was read, as row `row`. */
export interface ReadSequence {
  readonly sequence: Sequence;
  readonly row: number;
}

/** What reading prompts together gave; it holds memory. */
export interface PromptsRead {
  /** What their keys and values take. */
  readonly bytes: number;
  dispose(): void;
}

/** Sequences in the order they start, and the prompts that were read and are still needed. Owns those. */
export interface PromptQueue<Read extends PromptsRead> {
  /** Sequences that have not started. */
  readonly size: number;
  /** Whether the next sequence can start without reading a prompt. */
  readonly isNextRead: boolean;
  /** Distinct prompts read so far. */
  readonly promptsRead: number;
  /** What read prompts hold in memory. */
  readonly bytes: number;
  /** Up to `count` sequences that start now; more than none while there are any. `read` stays until `release`. */
  next(count: number): Promise<{ readonly read: Read; readonly started: readonly ReadSequence[] }>;
  /** Frees prompts that nobody waits for. */
  release(): void;
  dispose(): void;
}

/**
 * Equal prompts are read once, whatever the number of sequences and however late they start. Prompts of like length are
 * read together, as that takes the least padding.
 *
 * @param options.read reads distinct prompts
 * @param options.maxTokens of prompts that are read in one pass, if they are more than one
 */
export function promptQueue<Read extends PromptsRead>(
  sequences: readonly Sequence[],
  options: { readonly read: (prompts: readonly Int32Array[]) => Promise<Read>; readonly maxTokens: number },
): PromptQueue<Read> {
  const order = [...sequences].sort((a, b) => a.prompt.length - b.prompt.length || compare(a.prompt, b.prompt));
  let position = 0;
  let promptsRead = 0;
  let current: { readonly read: Read; readonly waiting: ReadSequence[] } | undefined;

  const readNext = async (count: number): Promise<NonNullable<typeof current>> => {
    const taken = takeTogether(order.slice(position), count, options.maxTokens);
    const { prompts, rows } = distinctPrompts(taken);
    const read = await options.read(prompts);
    position += taken.length;
    promptsRead += prompts.length;
    current = { read, waiting: taken.map((sequence, i) => ({ sequence, row: rows[i] as number })) };
    return current;
  };
  const dispose = (): void => {
    current?.read.dispose();
    current = undefined;
  };
  return {
    get size() {
      return order.length - position + (current?.waiting.length ?? 0);
    },
    get isNextRead() {
      return (current?.waiting.length ?? 0) > 0;
    },
    get promptsRead() {
      return promptsRead;
    },
    get bytes() {
      return current?.read.bytes ?? 0;
    },
    async next(count) {
      const { read, waiting } = current ?? (await readNext(count));
      return { read, started: waiting.splice(0, count) };
    },
    release() {
      if (current?.waiting.length === 0) dispose();
    },
    dispose,
  };
}

/** The first `count` sequences and those that share a prompt with the last of them, as far as one pass reads them. */
function takeTogether(sequences: readonly Sequence[], count: number, maxTokens: number): Sequence[] {
  const taken: Sequence[] = [];
  let prompts = 0;
  for (const sequence of sequences) {
    const isSame = taken.at(-1) !== undefined && compare(sequence.prompt, taken.at(-1)?.prompt as Int32Array) === 0;
    if (!isSame) {
      if (taken.length >= count || (prompts > 0 && (prompts + 1) * sequence.prompt.length > maxTokens)) break;
      prompts++;
    }
    taken.push(sequence);
  }
  return taken;
}

function distinctPrompts(sequences: readonly Sequence[]): {
  readonly prompts: readonly Int32Array[];
  readonly rows: readonly number[];
} {
  const prompts: Int32Array[] = [];
  const rows = sequences.map(({ prompt }) => {
    const last = prompts.at(-1);
    if (last === undefined || compare(last, prompt) !== 0) prompts.push(prompt);
    return prompts.length - 1;
  });
  return { prompts, rows };
}

function compare(a: Int32Array, b: Int32Array): number {
  if (a.length !== b.length) return a.length - b.length;
  const place = a.findIndex((token, i) => token !== b[i]);
  return place < 0 ? 0 : (a[place] as number) - (b[place] as number);
}
