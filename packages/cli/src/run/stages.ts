import { createTaskStream } from '@rlloom/data';
import { type CollectGroups, deriveSeed, type Metrics, type Task } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, type GradientTransform } from '@rlloom/tensor';
import {
  createAdapterReference,
  createBaseReference,
  createLocalPolicy,
  createPipelineEvents,
  createReference,
  demonstrationSequence,
  type LocalPolicy,
  type OptimizerConfig,
  type ReferencePolicy,
  type RlvrStage,
  runAsynchronousRlvrStage,
  runRlvrStage,
  runSftStage,
  type StageContext,
  type StageResult,
} from '@rlloom/trainers';
import type { RunConfig } from '../run-config.ts';
import type { Components } from './components.ts';
import { logPhases } from './event-log.ts';
import { groupSource, stalenessBound, usesGroupSource } from './group-source.ts';

/** What a stage of a configured run is built from. */
export interface StageInput {
  readonly config: RunConfig;
  readonly components: Components;
  readonly context: StageContext;
  /** Demonstrations for SFT, tasks for RLVR. */
  readonly tasks: readonly Task[];
  /** Folder of the checkpoint to continue from. */
  readonly resumeFrom: string | undefined;
}

/** The SFT stage as the `sft` group says. */
export async function sftStage({ config, components, context, tasks, resumeFrom }: StageInput): Promise<StageResult> {
  const { sft, rollout, exp } = config;
  const policy = policyFor(config, components, { ...sft, temperature: 1 });
  const result = await runSftStage({
    context: { ...context, collect: afterSync(context.collect, components, policy) },
    config: sft,
    policy,
    stream: createTaskStream({
      tasks,
      seed: deriveSeed(exp.seed, 'sft'),
      batchSize: sft.batchSize,
      shuffle: sft.shuffle,
    }),
    encode: (task) =>
      demonstrationSequence(task, {
        tokenizer: components.tokenizer,
        promptFormat: rollout.promptFormat,
        maxLength: rollout.maxPromptLength + rollout.maxResponseLength,
        turns: sft.turns,
      }),
    resumeFrom,
  });
  policy.dispose();
  return result;
}

/** The RLVR stage as `training_control`, `algorithm`, `actor` and `data` say. */
export async function rlvrStage(
  input: StageInput & { readonly eventLog: string; readonly startEvaluation: Metrics | undefined },
): Promise<StageResult> {
  const { config, components, context, startEvaluation } = input;
  const { temperature } = config.rollout;
  const { maxTokensPerMicroBatch, dtype: products } = config.actor;
  const { padTokenId } = components.tokenizer;
  const policy = policyFor(config, components, { ...config.actor, temperature });
  const reference = referenceFor(config, components, { temperature, maxTokensPerMicroBatch, padTokenId, products });
  const events = createPipelineEvents();
  logPhases(events, input.eventLog);
  const stream = createTaskStream({
    tasks: input.tasks,
    seed: deriveSeed(config.exp.seed, 'tasks'),
    batchSize: config.trainingControl.promptsPerStep,
    curriculum: config.data.curriculum,
    domainRatios: config.data.domainRatios,
    shuffle: config.data.shuffle,
  });
  const stage: RlvrStage = {
    context,
    control: config.trainingControl,
    algorithm: config.algorithm,
    actor: config.actor,
    policy,
    engine: components.engine,
    reference,
    events,
    stream,
    ...(startEvaluation !== undefined && { startEvaluation }),
    resumeFrom: input.resumeFrom,
  };
  const isNew = input.resumeFrom === undefined;
  const result = usesGroupSource(config.rollout)
    ? await runAsynchronousRlvrStage({
        ...stage,
        source: await groupSource(config, { context, stream, isNew }),
        isAhead: stalenessBound(config.rollout) > 0,
      })
    : await runRlvrStage(stage);
  policy.dispose();
  reference?.dispose();
  return result;
}

// No step of this stage samples, so the engine gets new weights when it is about to.
function afterSync(collect: CollectGroups, { engine }: Components, policy: LocalPolicy): CollectGroups {
  return async (tasks, options) => {
    await engine.updateWeights(policy.weights());
    return collect(tasks, options);
  };
}

function referenceFor(
  { algorithm, model: group }: RunConfig,
  { model, adapter }: Components,
  options: Parameters<typeof createReference>[1],
): ReferencePolicy | undefined {
  if (algorithm.kl.placement === 'none') return undefined;
  if (adapter === undefined) return createReference(model, options);
  return group.adapter?.reference === 'start'
    ? createAdapterReference(model, adapter, options)
    : createBaseReference(model, options);
}

function policyFor(
  config: RunConfig,
  { model, adapter, modelFolder, tokenizer }: Components,
  stage: {
    readonly optimizer: OptimizerConfig;
    readonly maxTokensPerMicroBatch: number;
    readonly gradientCheckpointing: boolean;
    readonly dtype: 'float32' | 'bfloat16';
    readonly temperature: number;
  },
): LocalPolicy {
  return createLocalPolicy({
    model,
    ...(adapter !== undefined && { adapter }),
    optimizer: optimizerFor(stage.optimizer),
    temperature: stage.temperature,
    maxTokensPerMicroBatch: stage.maxTokensPerMicroBatch,
    gradientCheckpointing: stage.gradientCheckpointing,
    products: stage.dtype,
    padTokenId: tokenizer.padTokenId,
    tokenizerDirectory: modelFolder,
  });
}

function optimizerFor(config: OptimizerConfig): GradientTransform {
  const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = config;
  const update = adamW({ beta1, beta2, epsilon, weightDecay });
  return maxGradientNorm === null ? update : chain(clipByGlobalNorm(maxGradientNorm), update);
}
