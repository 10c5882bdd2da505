import type { CodeChoice } from './extract-code.ts';
import type { OutputRules } from './compare-output.ts';
import type { StyleLimits } from './style/style-score.ts';

/** Languages a solution may be written in. */
export type CodeLanguage = 'python' | 'javascript' | 'typescript';

/** Options of `codeSandboxReward`. Apart from the schema, so that a reward thread starts without zod. */
export interface CodeSandboxConfig extends OutputRules, CodeChoice {
  /** `auto`: what the record says, else the tag of the code block, else Python. */
  readonly language: CodeLanguage | 'auto';
  /** `block` = the code is a program; `completion` = it continues the prompt of the record; `auto` = whichever fits. */
  readonly program: 'auto' | 'block' | 'completion';
  /** Score for a part of the cases: none, or their share. */
  readonly credit: 'all-or-nothing' | 'share';
  /** Leaves the remaining cases out once one failed; `null` = when that cannot change the score. */
  readonly stopEarly: boolean | null;
  /** Cases looked at, from the first; `null` = all. */
  readonly maxCases: number | null;
  /** Runs of one sample at the same time, for cases that are runs of their own. */
  readonly caseConcurrency: number;
  /** How the input of a function case is read: one JSON value for each line, or one JSON array. */
  readonly functionArguments: 'lines' | 'array';
  /** Milliseconds of one run, by the clock. */
  readonly timeoutMs: number;
  readonly cpuSeconds: number;
  readonly memoryMb: number;
  /** Where programs run. `auto` = the strongest isolation this machine offers; `none` = no isolation at all. */
  readonly isolation: 'auto' | 'bubblewrap' | 'landlock' | 'quickjs' | 'remote' | 'none';
  /** Address of a Sandbox Fusion, for `remote`. */
  readonly url: string | null;
  readonly weights: { readonly correctness: number; readonly efficiency: number; readonly style: number };
  readonly efficiency: { readonly allowedRatio: number; readonly worstRatio: number };
  readonly style: StyleLimits;
}

/** What `codeSandboxReward` does when nothing is said. */
export const codeSandboxDefaults: CodeSandboxConfig = {
  language: 'auto',
  choose: 'last',
  unfenced: 'take',
  reasoningDelimiter: null,
  program: 'auto',
  credit: 'all-or-nothing',
  stopEarly: null,
  maxCases: null,
  caseConcurrency: 2,
  functionArguments: 'lines',
  whitespace: 'line-ends',
  floatTolerance: null,
  timeoutMs: 4000,
  cpuSeconds: 4,
  memoryMb: 1024,
  isolation: 'auto',
  url: null,
  weights: { correctness: 1, efficiency: 0, style: 0 },
  efficiency: { allowedRatio: 1.5, worstRatio: 10 },
  style: { lineLength: 100, functionLines: 60, complexity: 12, requireDocstring: false },
};
