import { rewardsConfig } from '@rlloom/rewards';
import { z } from 'zod';

const serverConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on; 0.0.0.0 = every one of this machine'),
  port: z.int().min(0).max(65_535).default(8090).describe('port to listen on; 0 = a free one'),
  tokenEnv: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('environment variable with the token that requests must carry; null = none is asked for'),
  defaultTag: z.string().min(1).default('default').describe('tag of samples that name none'),
  maxSamples: z.int().positive().default(10_000).describe('samples in progress at one time; more are answered 429'),
  bodyLimitMb: z.number().positive().default(64).describe('largest request'),
});

/** The configuration of `rlloom serve-rewards`. */
export const serveRewardsConfig = z.strictObject({
  rewards: rewardsConfig.describe('how answers are judged'),
  server: serverConfig.prefault({}).describe('where the service listens, and its limits'),
});
