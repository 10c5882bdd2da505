import { deriveSeed } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** An addition and subtraction chain with its steps. */
export interface Chain {
  /** `2+5-3=` */
  readonly prompt: string;
  /** `2+5=7`, `7-3=4` */
  readonly steps: readonly string[];
  readonly answer: number;
  /** Number of operations: the level of difficulty. */
  readonly level: number;
}

/** Largest number that may appear anywhere in a chain; none is below 0. */
const largest = 20;
/** Largest number that is added or subtracted. */
const largestOperand = 9;

/** A random chain of `level` operations, held out or not; the same for the same seed. */
export function makeChain(level: number, options: { readonly heldOut: boolean; readonly seed: number }): Chain {
  const generator = mersenne(options.seed);
  for (;;) {
    let value = uniformInt(generator, 1, largest);
    let prompt = String(value);
    const steps: string[] = [];
    for (let operation = 0; operation < level; operation++) {
      const operand = uniformInt(generator, 1, largestOperand);
      const sign = uniformInt(generator, 0, 1) === 0 ? '+' : '-';
      const next = sign === '+' ? value + operand : value - operand;
      if (next < 0 || next > largest) break;
      steps.push(`${value}${sign}${operand}=${next}`);
      prompt += `${sign}${operand}`;
      value = next;
    }
    const chain = { prompt: `${prompt}=`, steps, answer: value, level };
    if (steps.length === level && isHeldOut(chain) === options.heldOut) return chain;
  }
}

/** Whether a chain belongs to the held-out set: a fixed fifth of all chains, by their text. */
function isHeldOut(chain: Chain): boolean {
  return deriveSeed(0, 'held-out', chain.prompt) % 5 === 0;
}

/** Held-out chains of a level, no two alike; the same for every seed of a run. */
export function distinctChains(level: number, count: number): Chain[] {
  const chains = new Map<string, Chain>();
  for (let i = 0; chains.size < count; i++) {
    const chain = makeChain(level, { heldOut: true, seed: deriveSeed(0, 'held-out', level, i) });
    chains.set(chain.prompt, chain);
  }
  return [...chains.values()];
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

/** The chain worked out, step by step, then the answer behind `####`: `2+5-3=` → `2+5=7;7-3=4;####4`. */
export function worked(chain: Chain): string {
  return `${chain.steps.join(';')};####${chain.answer}`;
}

/** The answer alone, as somebody who does it in the head writes it. */
export function inTheHead(chain: Chain): string {
  return `####${chain.answer}`;
}

/** The chain as a demonstration: the prompt and an answer to learn. */
export function toDemonstration(chain: Chain, id: string, answer: string): Record<string, unknown> {
  return {
    id,
    tag: 'arithmetic',
    difficulty: chain.level,
    messages: [
      { role: 'user', content: chain.prompt },
      { role: 'assistant', content: answer },
    ],
  };
}
