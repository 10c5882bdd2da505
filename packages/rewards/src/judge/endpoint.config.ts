import { z } from 'zod';

/** Options of `createEndpointJudge`: one model behind one OpenAI-compatible endpoint. */
export const endpointConfig = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .describe('address before /chat/completions, e.g. http://localhost:8000/v1 (judge_api_url of ROLL)'),
  model: z.string().min(1).describe('name of the model, as the server knows it (judge_model_name of ROLL)'),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, never the key itself')
    .nullable()
    .default(null)
    .describe('environment variable that holds the key (judge_api_key of ROLL); null = no key is sent'),
  headers: z.record(z.string(), z.string()).default({}).describe('further headers; keys belong into api_key_env'),
  extraBody: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('further fields of every request, e.g. reasoning_effort or chat_template_kwargs'),
  tokenLimitField: z
    .enum(['max_tokens', 'max_completion_tokens'])
    .default('max_tokens')
    .describe('the field that limits the answer; some servers only know the second'),
  timeoutMs: z.int().positive().default(60_000).describe('most time of one attempt; then it is tried again'),
  maxRetries: z
    .int()
    .min(0)
    .default(4)
    .describe('attempts after the first, for status 408, 429, 5xx and broken connections'),
  retryDelayMs: z
    .int()
    .positive()
    .default(500)
    .describe(
      'wait before the first retry; it doubles each time, with jitter. A Retry-After of the server counts instead',
    ),
  maxRetryDelayMs: z.int().positive().default(60_000).describe('longest wait; a server that asks for more is given up'),
  maxResponseBytes: z
    .int()
    .positive()
    .default(4 * 2 ** 20)
    .describe('an answer larger than this is dropped unread'),
  maxConcurrent: z.int().min(1).default(16).describe('requests under way at once (max_concurrent of verl)'),
  maxRpm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('requests per minute (max_rpm of verl); null = no limit'),
  maxTpm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('tokens per minute (max_tpm of verl); null = no limit'),
  estimatedTokensPerRequest: z
    .int()
    .positive()
    .default(2000)
    .describe('what a request counts in max_tpm until its answer tells (as in verl)'),
});

/** Options of `createEndpointJudge`, as validated. */
export type EndpointConfig = z.infer<typeof endpointConfig>;

/** Options of `createEndpointJudge` as written, defaults left out. */
export type EndpointOptions = z.input<typeof endpointConfig>;
