import { toolFormatNames } from '@rlloom/environments';
import { modelConfig } from '@rlloom/models';
import { rewardsConfig } from '@rlloom/rewards';
import { engineConfig } from '@rlloom/rollout';
import { gatewayConfig } from '@rlloom/rollout/gateway';
import { z } from 'zod';
import { backendConfig } from '../run-config.ts';

const serverConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on; 0.0.0.0 = every one of this machine'),
  port: z.int().min(0).max(65_535).default(8095).describe('port to listen on; 0 = a free one'),
  tokenEnv: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('environment variable with the API key that clients must send; null = none is asked for'),
});

const samplingConfig = z.strictObject({
  temperature: z.number().min(0).default(1).describe('0 = greedy'),
  topK: z.int().min(0).default(0).describe('keep the k most likely tokens; 0 = all'),
  topP: z.number().gt(0).max(1).default(1).describe('keep the smallest set of tokens with this probability; 1 = all'),
  minP: z.number().min(0).max(1).default(0).describe('keep tokens with this fraction of the top probability; 0 = all'),
});

const recordConfig = z.strictObject({
  file: z.string().min(1).describe('trajectory file that ended sessions are appended to, for rlloom inspect'),
  groupSize: z.int().positive().default(1).describe('attempts of a rollout that make a group'),
});

/** The configuration of `rlloom gateway`. */
export const gatewayCommandConfig = z.strictObject({
  model: modelConfig
    .omit({ adapter: true })
    .describe('whose tokenizer renders conversations, and which answers where the engine is of this process'),
  backend: backendConfig.prefault({}).describe('what computes'),
  engine: engineConfig.prefault({ name: 'local' }).describe('what generates: this process, or servers'),
  maxBatchSize: z.int().positive().default(64).describe('sequences that decode together, in this process'),
  toolFormat: z
    .enum(toolFormatNames)
    .nullable()
    .default('hermes')
    .describe('how the model writes calls; null = no tools'),
  sampling: samplingConfig
    .nullable()
    .default(null)
    .describe('how sessions are sampled, whatever agents ask for; null = as they ask for'),
  gateway: gatewayConfig.prefault({}).describe('limits and manners'),
  server: serverConfig.prefault({}).describe('where the gateway listens'),
  rewards: rewardsConfig
    .prefault({ workers: 1, domains: { agents: { tags: ['*'], rewards: { agent: { type: 'environment' } } } } })
    .describe('how recorded sessions are judged; default: by the rewards that were sent'),
  record: recordConfig.nullable().default(null).describe('what becomes of sessions; null = they are answered only'),
});

/** The configuration of `rlloom gateway`, as validated. */
export type GatewayCommandConfig = z.infer<typeof gatewayCommandConfig>;
