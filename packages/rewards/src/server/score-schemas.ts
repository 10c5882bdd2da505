import { z } from 'zod';

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
});

const groundTruth = z.union([
  z.string().describe('the final answer'),
  z.strictObject({
    final_answer: z.string().describe('what the answer must equal'),
    steps: z.array(z.string()).optional().describe('steps of a reference solution'),
  }),
]);

/** One response to score, with what it is compared with: the fields of a record, and of what was sampled. */
export const scoreSample = z.strictObject({
  tag: z.string().min(1).optional().describe("routes to a domain; default: the server's default tag"),
  id: z.string().min(1).optional().describe('of the task'),
  group: z.string().min(1).optional().describe('responses of one group answer the same task, and may be compared'),
  prompt: z.string().optional().describe('the question; or give messages'),
  messages: z.array(message).min(1).optional().describe('the conversation that was answered'),
  response: z.string().describe('what the model wrote'),
  response_tokens: z.array(z.int()).optional().describe('its token ids, for rewards that count tokens'),
  stop_reason: z.enum(['eos', 'length', 'stop', 'abort', 'environment']).default('eos').describe('why it ended'),
  ground_truth: groundTruth.optional().describe('the reference answer'),
  test_cases: z
    .array(z.strictObject({ input: z.string(), expected_output: z.string() }))
    .optional()
    .describe('cases of a programming task'),
  case_type: z.string().optional().describe('how test_cases are run'),
  evaluation_criteria: z.string().optional().describe('what a judge looks for'),
  images: z.array(z.string()).optional().describe('paths or data URLs'),
  extra: z.record(z.string(), z.unknown()).optional().describe('further fields of the record'),
});

/** One response to score. */
export type ScoreSample = z.infer<typeof scoreSample>;

/** What `POST /score` takes. */
export const scoreRequest = z.strictObject({
  samples: z.array(scoreSample).min(1).describe('responses to score, in any order and of any tag'),
});

const numberOrNull = z.number().nullable();

/** What is answered for one response. */
export const scoreResult = z.object({
  verdict: z.enum(['correct', 'incorrect', 'unverifiable']),
  reward: numberOrNull.describe('the final number: weighted, normalised, clipped; null = could not verify'),
  score: numberOrNull.describe('the weighted sum of the parts'),
  parts: z.record(z.string(), numberOrNull).describe('what each part gave, before weighting'),
  reasons: z.array(z.string()).describe('one line per finding'),
  step_scores: z.array(numberOrNull).optional().describe('one per turn of the policy'),
  domain: z.string(),
});

/** What is answered for one response. */
export type ScoreResult = z.infer<typeof scoreResult>;

/** What `POST /score` answers: results in the order of the samples. */
export const scoreResponse = z.object({ results: z.array(scoreResult) });

/** How every error is answered. */
export const errorResponse = z.object({
  error: z.object({ kind: z.string(), what: z.string(), where: z.string().optional(), fix: z.string().optional() }),
});
