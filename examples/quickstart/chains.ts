import { deriveSeed } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** An addition and subtraction chain with its steps. */
export interface Chain {
  /** `7+5-3=` */
  readonly prompt: string;
  /** `7+5=12`, `12-3=9` */
  readonly steps: readonly string[];
  readonly answer: number;
  /** Number of operations: the level of difficulty. */
  readonly level: number;
}

/** Largest number that may appear anywhere in a chain; none is below 0. */
export const largest = 20;

/** A random chain of `level` operations; the same for the same seed. */
export function makeChain(level: number, seed: number): Chain {
  const generator = xoroshiro128plus(seed);
  for (;;) {
    let value = uniformInt(generator, 1, largest);
    let prompt = String(value);
    const steps: string[] = [];
    for (let operation = 0; operation < level; operation++) {
      const operand = uniformInt(generator, 1, 9);
      const sign = uniformInt(generator, 0, 1) === 0 ? '+' : '-';
      const next = sign === '+' ? value + operand : value - operand;
      if (next < 0 || next > largest) break;
      steps.push(`${value}${sign}${operand}=${next}`);
      prompt += `${sign}${operand}`;
      value = next;
    }
    if (steps.length === level) return { prompt: `${prompt}=`, steps, answer: value, level };
  }
}

/** Whether a chain belongs to the held-out set: a fixed fifth of all chains, by their text. */
export function isHeldOut(chain: Chain): boolean {
  return deriveSeed(0, 'held-out', chain.prompt) % 5 === 0;
}

/**
 * Chains of given levels, an equal number of each.
 *
 * @param distinct no chain twice
 */
export function makeChains(options: {
  readonly levels: readonly number[];
  readonly perLevel: number;
  readonly heldOut: boolean;
  readonly distinct: boolean;
  readonly seed: number;
}): Chain[] {
  return options.levels.flatMap((level) => {
    const chains: Chain[] = [];
    const seen = new Set<string>();
    for (let attempt = 0; chains.length < options.perLevel; attempt++) {
      const chain = makeChain(level, deriveSeed(options.seed, 'chain', level, attempt));
      if (isHeldOut(chain) !== options.heldOut || (options.distinct && seen.has(chain.prompt))) continue;
      seen.add(chain.prompt);
      chains.push(chain);
    }
    return chains;
  });
}

/** The chain as a record to solve. */
export function toRecord(chain: Chain, id: string): Record<string, unknown> {
  return {
    id,
    tag: 'arithmetic',
    difficulty: chain.level,
    messages: [{ role: 'user', content: chain.prompt }],
    ground_truth: { final_answer: String(chain.answer), steps: chain.steps },
  };
}

/** The chain as a demonstration: the steps, then the answer behind `####`. */
export function toDemonstration(chain: Chain, id: string): Record<string, unknown> {
  const answer = `${chain.steps.join(';')};#### ${chain.answer}`;
  return { id, tag: 'arithmetic', difficulty: chain.level, messages: [{ role: 'user', content: chain.prompt }, { role: 'assistant', content: answer }] };
}
