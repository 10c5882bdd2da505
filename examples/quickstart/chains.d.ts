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
export declare const largest = 20;
/** Largest number that is added or subtracted. */
export declare const largestOperand = 9;
/** A random chain of `level` operations, held out or not; the same for the same seed. */
export declare function makeChain(
  level: number,
  options: {
    readonly heldOut: boolean;
    readonly seed: number;
  },
): Chain;
/** Whether a chain belongs to the held-out set: a fixed fifth of all chains, by their text. */
export declare function isHeldOut(chain: Chain): boolean;
/** Held-out chains of a level, no two alike; the same for every seed of a run. */
export declare function distinctChains(level: number, count: number): Chain[];
/** The chain as a record to solve. */
export declare function toRecord(chain: Chain, id: string): Record<string, unknown>;
/** The chain worked out, step by step, then the answer behind `####`: `2+5-3=` → `2+5=7;7-3=4;####4`. */
export declare function worked(chain: Chain): string;
/** The answer alone, as somebody who does it in the head writes it. */
export declare function inTheHead(chain: Chain): string;
/** The chain as a demonstration: the prompt and an answer to learn. */
export declare function toDemonstration(chain: Chain, id: string, answer: string): Record<string, unknown>;
//# sourceMappingURL=chains.d.ts.map
