import { z } from 'zod';
import { endpointConfig } from './endpoint.config.ts';

const judge = {
  name: z
    .string()
    .regex(/^[\w-]+$/, 'letters, digits, _ and - only')
    .nullable()
    .default(null)
    .describe('name in the results; null = judge1, judge2, ...'),
  weight: z.number().positive().default(1).describe('how much this judge counts among several'),
  temperature: z.number().min(0).nullable().default(0).describe('0 = greedy; null = what the server does by itself'),
  maxTokens: z.int().positive().default(1024).describe('longest judgement, in tokens'),
  sendSeed: z.boolean().default(true).describe('sends a seed that follows from seed, task and response'),
};

const endpointJudge = z.strictObject({
  kind: z.literal('endpoint').describe('a model behind an OpenAI-compatible endpoint (judge_model_type: api of ROLL)'),
  ...judge,
  ...endpointConfig.shape,
});

const modelJudge = z.strictObject({
  kind: z
    .literal('model')
    .describe('a model of this process, handed over by the program (judge_model_type: inference of ROLL)'),
  ...judge,
  use: z.string().min(1).describe('its name among the judge models the program hands over'),
});

const judgeConfig = z.discriminatedUnion('kind', [endpointJudge, modelJudge]);

/** What rewards that ask judges have in common. */
export const judgesFields = {
  judges: z
    .array(judgeConfig)
    .min(1)
    .superRefine((judges, context) => {
      const names = judges.map(({ name }, index) => name ?? `judge${index + 1}`);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is the name of another judge` });
      }
    })
    .describe('who judges'),
  minJudges: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('verdicts needed; with fewer the sample is unverifiable; null = one of every judge'),
  systemPrompt: z
    .string()
    .nullable()
    .default(null)
    .describe('what the judge is told first; null = our own words; empty = nothing'),
  prompt: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'the question to the judge, with places for {question}, {reference}, {rubric}, {response} ({response_a}, {response_b} for pairs), {criteria}, {format}, {code} (judge_prompt of ROLL); null = our own',
    ),
  useReference: z
    .enum(['auto', 'never', 'required'])
    .default('auto')
    .describe('whether ground_truth is shown: auto = where a task has one; required = a task without is unverifiable'),
  answerFormat: z
    .enum(['auto', 'json', 'line'])
    .default('auto')
    .describe(
      'auto = JSON by a schema, and a line where the judge refuses schemas; json = asked for in words only; line = VERDICT ...',
    ),
  verdictCode: z
    .boolean()
    .default(true)
    .describe(
      'a verdict counts only with a code word of its prompt, which no judged text can know; false = for models that cannot copy it',
    ),
  parseRetries: z.int().min(0).default(1).describe('times a judge is asked again when its answer has no verdict'),
  maxResponseCharacters: z
    .int()
    .min(100)
    .default(32_000)
    .describe('longer responses are shown by their beginning and end'),
  reasoningDelimiter: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('only text after its last occurrence is judged, e.g. </think>; without it all of it; null = all text'),
  cache: z
    .strictObject({
      memoryEntries: z.int().min(0).default(10_000).describe('answers kept in memory'),
      directory: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('folder for answers that outlive the run; null = none'),
    })
    .prefault({})
    .describe('answers of the same judge to the same question are asked for once'),
  seed: z.int().min(0).default(0).describe('seed of fences, code words, order of pairs, and of the judges'),
};

/** What rewards that ask judges have in common, as validated. */
export type JudgesConfig = z.infer<z.ZodObject<typeof judgesFields>>;

/** One judge, as validated. */
export type JudgeConfig = JudgesConfig['judges'][number];
