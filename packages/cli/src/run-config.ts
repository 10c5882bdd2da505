import { dataConfig } from '@rlloom/data';
import { environmentConfig } from '@rlloom/environments';
import { modelConfig } from '@rlloom/models';
import { monitorConfig } from '@rlloom/monitor';
import { rewardsConfig } from '@rlloom/rewards';
import { rolloutConfig } from '@rlloom/rollout';
import { actorConfig, grpoConfig, sftConfig, trainingControlConfig } from '@rlloom/trainers';
import { z } from 'zod';

/** The `exp` group: what the run is called and where it lives. */
export const expConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-" only')
    .describe('name of the run; its folder is output_dir/name'),
  seed: z.int().min(0).default(1).describe('root of every random stream of the run'),
  outputDir: z.string().default('runs').describe('folder that holds run folders'),
});

/** The `backend` group: what computes. */
export const backendConfig = z.strictObject({
  name: z
    .enum(['auto', 'tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu', 'webgpu'])
    .default('auto')
    .describe('auto tries tfjs-node-gpu, tfjs-node, wasm, cpu in this order'),
});

/** The whole configuration of `rlloom train` and `rlloom eval`: each group is the schema of the package it configures. */
export const runConfig = z.strictObject({
  exp: expConfig.describe('the run'),
  backend: backendConfig.prefault({}).describe('what computes'),
  model: modelConfig.describe('the model that is trained'),
  data: dataConfig.describe('tasks to train and evaluate on'),
  rollout: rolloutConfig.prefault({}).describe('how samples are drawn'),
  environment: environmentConfig.prefault({ type: 'single_turn' }).describe('what happens after an answer'),
  rewards: rewardsConfig.describe('how answers are judged'),
  algorithm: grpoConfig.prefault({}).describe('GRPO'),
  actor: actorConfig.prefault({}).describe('how the policy is updated'),
  trainingControl: trainingControlConfig.prefault({}).describe('how long, how often'),
  sft: sftConfig.prefault({}).describe('a supervised stage before RLVR'),
  monitor: monitorConfig.prefault({}).describe('what is reported and when a run is stopped'),
});

/** A validated run configuration. */
export type RunConfig = z.infer<typeof runConfig>;
