import { createTaskStream, readTasks } from '@rlloom/data';
import {
  createCheckpointStore,
  createLocalPolicy,
  createPipelineEvents,
  createReference,
  demonstrationSequence,
  type OptimizerConfig,
  runRlvrStage,
  runSftStage,
  type StageContext,
  type StageResult,
} from '@rlloom/trainers';
import { saveModel } from '@rlloom/models';
import { deriveSeed, type Metrics, type Reporter, RlloomError } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, type GradientTransform } from '@rlloom/tensor';
import type { RunConfig } from '../run-config.ts';
import { buildComponents, readRunTasks } from './components.ts';
import { logPhases } from './event-log.ts';
import type { RunDirectory } from './run-directory.ts';

/** What `train` needs beside the configuration. */
export interface TrainOptions {
  readonly config: RunConfig;
  readonly directory: RunDirectory;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** `undefined` = a new run; `''` = the newest checkpoint; else a checkpoint's name. */
  readonly resume: string | undefined;
  /** Told what was found and chosen, a line at a time. */
  readonly announce: (line: string) => void;
}

/** How a run ended. */
export interface TrainResult {
  readonly status: 'finished' | 'stopped';
  /** The evaluation after the last stage. */
  readonly evaluation: Metrics;
}

/** Runs the stages of a configuration: SFT if asked for, then RLVR; saves the model at the end. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, directory, signal } = options;
  const evaluationTasks = await readRunTasks(config, config.data.eval);
  const trainTasks = config.trainingControl.maxSteps > 0 ? await readRunTasks(config, config.data.train) : [];
  const demonstrations =
    config.sft.maxSteps > 0
      ? (await readTasks([...config.sft.train], { onBadRecord: config.data.onBadRecord })).tasks
      : [];
  const stages = [
    ...(config.sft.maxSteps > 0 ? ['sft'] : []),
    ...(config.trainingControl.maxSteps > 0 ? ['rlvr'] : []),
  ];
  if (stages.length === 0) {
    throw new RlloomError('config', {
      what: 'nothing to do: both stages have 0 steps',
      where: 'training_control.max_steps',
      fix: 'set training_control.max_steps or sft.max_steps',
    });
  }
  const checkpoints = createCheckpointStore(directory.checkpoints, config.trainingControl.keepCheckpoints);
  const resumed =
    options.resume === undefined
      ? undefined
      : await checkpoints.open(options.resume === '' ? undefined : options.resume);

  const components = await buildComponents(config);
  const { model, tokenizer, engine, rewards, collect, backend } = components;
  options.announce(`backend:  ${backend.name}: ${backend.reason}`);
  options.announce(`model:    ${config.model.pretrain}, ${(model.parameterCount / 1e6).toFixed(2)} M parameters`);
  options.announce(
    `data:     ${trainTasks.length} tasks, ${demonstrations.length} demonstrations, ${evaluationTasks.length} to evaluate on`,
  );
  if (resumed !== undefined) options.announce(`resuming: ${resumed.name}`);
  const policyOptions = {
    model,
    temperature: 1,
    padTokenId: tokenizer.padTokenId,
    tokenizerDirectory: config.model.pretrain,
  };
  const context: StageContext = {
    runName: config.exp.name,
    runDirectory: directory.root,
    seed: config.exp.seed,
    stages,
    config,
    reporter: options.reporter,
    checkpoints,
    rewards,
    collect,
    evaluationTasks,
    signal,
  };
  try {
    let last: StageResult | undefined;
    if (stages.includes('sft') && resumed?.stage !== 'rlvr') {
      const policy = createLocalPolicy({
        ...policyOptions,
        optimizer: optimizer(config.sft.optimizer),
        maxTokensPerMicroBatch: config.sft.maxTokensPerMicroBatch,
      });
      last = await runSftStage({
        context,
        config: config.sft,
        policy,
        stream: createTaskStream({
          tasks: demonstrations,
          seed: deriveSeed(config.exp.seed, 'sft'),
          batchSize: config.sft.batchSize,
          shuffle: config.sft.shuffle,
        }),
        encode: (task) =>
          demonstrationSequence(task, {
            tokenizer,
            promptFormat: config.rollout.promptFormat,
            maxLength: config.rollout.maxPromptLength + config.rollout.maxResponseLength,
          }),
        resumeFrom: resumed?.directory,
      });
      policy.dispose();
      if (last.status === 'stopped') return last;
    }
    if (stages.includes('rlvr')) {
      const policy = createLocalPolicy({
        ...policyOptions,
        temperature: config.rollout.temperature,
        optimizer: optimizer(config.actor.optimizer),
        maxTokensPerMicroBatch: config.actor.maxTokensPerMicroBatch,
      });
      const reference =
        config.algorithm.kl.placement === 'none'
          ? undefined
          : createReference(model, {
              temperature: config.rollout.temperature,
              maxTokensPerMicroBatch: config.actor.maxTokensPerMicroBatch,
              padTokenId: tokenizer.padTokenId,
            });
      const events = createPipelineEvents();
      logPhases(events, directory.events);
      const { curriculum, domainRatios } = config.data;
      last = await runRlvrStage({
        context,
        control: config.trainingControl,
        algorithm: config.algorithm,
        actor: config.actor,
        policy,
        engine,
        reference,
        events,
        stream: createTaskStream({
          tasks: trainTasks,
          seed: deriveSeed(config.exp.seed, 'tasks'),
          batchSize: config.trainingControl.promptsPerStep,
          curriculum,
          domainRatios,
          shuffle: config.data.shuffle,
        }),
        ...(last !== undefined && { startEvaluation: last.evaluation }),
        resumeFrom: resumed?.stage === 'rlvr' ? resumed.directory : undefined,
      });
      policy.dispose();
      reference?.dispose();
      if (last.status === 'stopped') return last;
    }
    await saveModel(model, directory.model, { tokenizerFrom: config.model.pretrain });
    return { status: 'finished', evaluation: last?.evaluation ?? {} };
  } finally {
    await components.close();
  }
}

function optimizer(config: OptimizerConfig): GradientTransform {
  const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = config;
  const update = adamW({ beta1, beta2, epsilon, weightDecay });
  return maxGradientNorm === null ? update : chain(clipByGlobalNorm(maxGradientNorm), update);
}
