import { z } from 'zod';

/** Limits and manners of a gateway. */
export const gatewayConfig = z.strictObject({
  modelName: z.string().min(1).default('policy').describe('name of the model in /v1/models; calls may name any'),
  maxSessions: z.int().positive().default(4096).describe('sessions at one time; more are answered 429'),
  maxConcurrentCalls: z.int().positive().default(4096).describe('calls in progress at one time; more are answered 429'),
  maxCallsPerSession: z.int().positive().default(256).describe('answers of one session; more are answered 400'),
  maxTokensPerSession: z
    .int()
    .positive()
    .default(1_048_576)
    .describe('tokens of prompts and answers that one session keeps; more are answered 400'),
  maxChoices: z.int().positive().default(16).describe('largest n of a call'),
  maxNewTokens: z.int().positive().default(1024).describe('most new tokens of a call, and of one that does not say'),
  sessionIdleSeconds: z.number().positive().default(1800).describe('a session without calls ends after so long'),
  whilePaused: z
    .enum(['refuse', 'hold'])
    .default('refuse')
    .describe('calls while weights change: refuse = 429 with Retry-After, hold = they wait'),
  retryAfterSeconds: z.int().positive().default(1).describe('what Retry-After says'),
  bodyLimitMb: z.number().positive().default(16).describe('largest request'),
});

/** Limits and manners of a gateway, as validated. */
export type GatewayConfig = z.infer<typeof gatewayConfig>;
