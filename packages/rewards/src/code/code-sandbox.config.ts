import { z } from 'zod';
import { type CodeSandboxConfig, codeSandboxDefaults as defaults } from './code-sandbox-defaults.ts';

const weight = z.number().min(0);

/** Options of the `code_sandbox` reward. */
export const codeSandboxConfig = z
  .strictObject({
    language: z
      .enum(['auto', 'python', 'javascript', 'typescript'])
      .default(defaults.language)
      .describe('auto = what the record says, else the tag of the code block, else python'),
    choose: z
      .enum(['last', 'first', 'longest'])
      .default(defaults.choose)
      .describe('which of several code blocks of the right language counts'),
    unfenced: z
      .enum(['take', 'refuse'])
      .default(defaults.unfenced)
      .describe('a response without a code block: all of it is code, or there is none'),
    reasoningDelimiter: z
      .string()
      .min(1)
      .nullable()
      .default(defaults.reasoningDelimiter)
      .describe('only text after its last occurrence counts, e.g. </think>; null = all text'),
    program: z
      .enum(['auto', 'block', 'completion'])
      .default(defaults.program)
      .describe('block = the code is a program; completion = it continues the prompt of the record; auto = what fits'),
    credit: z
      .enum(['all-or-nothing', 'share'])
      .default(defaults.credit)
      .describe('correctness when only a part of the cases passes: 0, or their share'),
    stopEarly: z
      .boolean()
      .nullable()
      .default(defaults.stopEarly)
      .describe('leave the rest out once a case failed; null = when that cannot change the score'),
    maxCases: z
      .int()
      .positive()
      .nullable()
      .default(defaults.maxCases)
      .describe('cases run, from the first; null = all'),
    caseConcurrency: z
      .int()
      .positive()
      .default(defaults.caseConcurrency)
      .describe('stdin cases of one sample run at the same time'),
    functionArguments: z
      .enum(['lines', 'array'])
      .default(defaults.functionArguments)
      .describe('input of a function case: one JSON value on each line, or one JSON array of all arguments'),
    whitespace: z
      .enum(['exact', 'end', 'line-ends', 'tokens'])
      .default(defaults.whitespace)
      .describe(
        'output is compared: exact; without line ends at the very end; also without spaces at line ends; by words',
      ),
    floatTolerance: z
      .number()
      .positive()
      .nullable()
      .default(defaults.floatTolerance)
      .describe('numbers may differ by this, relative above 1, absolute below; null = not at all'),
    timeoutMs: z
      .int()
      .positive()
      .default(defaults.timeoutMs)
      .describe('one run by the clock; keep it below timeout_ms of the rewards, which ends the sample'),
    cpuSeconds: z.number().positive().default(defaults.cpuSeconds).describe('processor time of one run'),
    memoryMb: z.int().min(64).default(defaults.memoryMb).describe('memory of one process of a run'),
    isolation: z
      .enum(['auto', 'bubblewrap', 'landlock', 'quickjs', 'remote', 'none'])
      .default(defaults.isolation)
      .describe(
        'where programs run: auto = remote if there is a url, else the strongest of this machine; none = not isolated',
      ),
    url: z.url().nullable().default(defaults.url).describe('address of a Sandbox Fusion, e.g. http://127.0.0.1:8080'),
    weights: z
      .strictObject({
        correctness: weight.default(defaults.weights.correctness).describe('weight of passing the cases'),
        efficiency: weight
          .default(defaults.weights.efficiency)
          .describe('weight of time against the reference solution'),
        style: weight.default(defaults.weights.style).describe('weight of what the syntax tree says'),
      })
      .refine(({ correctness, efficiency, style }) => correctness + efficiency + style > 0, 'all weights are 0')
      .prefault({})
      .describe('the score is the weighted mean of these parts'),
    efficiency: z
      .strictObject({
        allowedRatio: z
          .number()
          .positive()
          .default(defaults.efficiency.allowedRatio)
          .describe('full marks up to this many times the processor time of the reference'),
        worstRatio: z
          .number()
          .positive()
          .default(defaults.efficiency.worstRatio)
          .describe('nothing from this many times on; between them the score falls with the logarithm'),
      })
      .refine(({ allowedRatio, worstRatio }) => allowedRatio < worstRatio, 'worst_ratio must be above allowed_ratio')
      .prefault({})
      .describe('how time is marked'),
    style: z
      .strictObject({
        lineLength: z.int().positive().default(defaults.style.lineLength).describe('characters of a line'),
        functionLines: z.int().positive().default(defaults.style.functionLines).describe('lines of a function'),
        complexity: z.int().positive().default(defaults.style.complexity).describe('branches of a function'),
        requireDocstring: z
          .boolean()
          .default(defaults.style.requireDocstring)
          .describe('a function without a docstring costs'),
      })
      .prefault({})
      .describe('where style begins to cost'),
  })
  .refine(({ isolation, url }) => isolation !== 'remote' || url !== null, {
    path: ['url'],
    message: 'is needed when isolation is remote',
  }) satisfies z.ZodType<CodeSandboxConfig>;
