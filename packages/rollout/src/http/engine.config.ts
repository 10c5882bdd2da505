import { z } from 'zod';
import { llamaCppConfig } from '../llama-cpp/llama-cpp.config.ts';

/** What every server engine can be told. */
export const serverConfig = z.strictObject({
  urls: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .describe('addresses of one or more servers of the same model'),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, never the key itself')
    .nullable()
    .default(null)
    .describe('environment variable that holds the key; null = no key is sent'),
  headers: z.record(z.string(), z.string()).default({}).describe('further headers of every request'),
  model: z.string().min(1).nullable().default(null).describe('name of the model at the server; null = its first'),
  weightUpdate: z
    .enum(['full', 'adapter', 'none'])
    .default('full')
    .describe('how new weights get there: folders that the server reads; none = it keeps what it has'),
  logProbMeaning: z
    .enum(['measure', 'raw', 'temperature', 'sampling'])
    .default('measure')
    .describe('what its log-probs are taken of; measure = found out at the start by three one-token requests'),
  truncatedSampling: z
    .enum(['refuse', 'flag'])
    .default('refuse')
    .describe('top_k, top_p, min_p where the server tells only one of both log-probs: refuse, or say so in results'),
  maxSequenceLength: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('prompt and response together, in tokens; null = as the server says'),
  maxConcurrent: z.int().positive().default(64).describe('requests one server gets at once'),
  loadFactor: z
    .number()
    .min(1)
    .default(1.25)
    .describe('a server with more than this times its share passes requests on'),
  prefixTokens: z
    .int()
    .positive()
    .default(256)
    .describe('leading prompt tokens that choose the server, for requests without a session'),
  interruptible: z
    .boolean()
    .default(false)
    .describe('weights may change while requests run, which go on with the new ones; else they are waited for'),
  timeoutMs: z.int().positive().default(600_000).describe('most time of one generation; then it is tried again'),
  controlTimeoutMs: z.int().positive().default(30_000).describe('most time of a small request, e.g. health'),
  weightTimeoutMs: z.int().positive().default(600_000).describe('most time of reading new weights'),
  abortGraceMs: z
    .int()
    .min(0)
    .default(2000)
    .describe('wait for what a server has of an aborted request; then the connection is closed'),
  maxRetries: z.int().min(0).default(8).describe('attempts of a request after the first'),
  retryDelayMs: z.int().positive().default(250).describe('wait before the second attempt; doubles, with jitter'),
  maxRetryDelayMs: z.int().positive().default(15_000).describe('longest wait between attempts'),
  maxDowntimeMs: z.int().positive().default(600_000).describe('a server that is away for longer is given up'),
  stopCheckTokens: z
    .int()
    .positive()
    .default(64)
    .describe('tokens between two looks for stop strings, where the server cannot look itself'),
  requestPrefix: z.string().min(1).default('rlloom').describe('request ids begin with it'),
  adapterPrefix: z.string().min(1).default('rlloom').describe('adapter names begin with it'),
});

/** Options of server engines, as validated. */
export type ServerConfig = z.infer<typeof serverConfig>;

/** Options of server engines, as written. */
export type ServerOptions = z.input<typeof serverConfig>;

const serverNames = {
  vllm: 'vllm serve',
  sglang: 'SGLang',
  llama_cpp_server: "llama.cpp's server, whose weights cannot be changed: for evaluation",
  openai: 'any server with /v1/completions for token ids, whose weights cannot be changed: for evaluation',
} as const;

const serverEngine = <Name extends keyof typeof serverNames>(name: Name) =>
  serverConfig.extend({ name: z.literal(name).describe(serverNames[name]) });

/** The `rollout.engine` group of a run's configuration: what generates. */
export const engineConfig = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('local').describe('this process, with the weights that are trained') }),
  // The number of sequences is rollout.max_batch_size, as for the local engine.
  llamaCppConfig.omit({ maxBatchSize: true }).extend({
    name: z.literal('llama_cpp').describe('llama.cpp in this process, from the package node-llama-cpp'),
  }),
  serverEngine('vllm'),
  serverEngine('sglang'),
  serverEngine('llama_cpp_server'),
  serverEngine('openai'),
]);

/** Options of the engine of a run, as validated. */
export type EngineConfig = z.infer<typeof engineConfig>;
