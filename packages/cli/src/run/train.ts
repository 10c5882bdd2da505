import { readTasks } from '@rlloom/data';
import { saveAdapter, saveModel } from '@rlloom/models';
import { type Metrics, type Reporter, RlloomError, type Task } from '@rlloom/spec';
import { createCheckpointStore, type StageContext, type StageResult } from '@rlloom/trainers';
import type { RunConfig } from '../run-config.ts';
import { formatCount } from '../format/quantities.ts';
import { buildComponents, type Components, readRunTasks } from './components.ts';
import { saveMerged } from './make-engine.ts';
import type { RunDirectory } from './run-directory.ts';
import { rlvrStage, sftStage } from './stages.ts';

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
  /** Told once what the run consists of, in the lines that are announced too. */
  readonly onStart?: (lines: readonly string[]) => void;
}

/** How a run ended. */
export interface TrainResult {
  readonly status: 'finished' | 'stopped';
  /** The evaluation after the last stage. */
  readonly evaluation: Metrics;
}

/** Runs the stages of a configuration: SFT if asked for, then RLVR; saves the model at the end. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, directory } = options;
  const stages = stagesOf(config);
  const data = await readData(config, stages);
  const checkpoints = createCheckpointStore(directory.checkpoints, config.trainingControl.keepCheckpoints);
  const resumed = options.resume === undefined ? undefined : await checkpoints.open(options.resume || undefined);
  const components = await buildComponents(config, {
    say: options.announce,
    signal: options.signal,
    weightsDirectory: directory.weights,
    isTrained: true,
  });
  try {
    announce(options, { components, data, resumed: resumed?.name });
    const { rewards, collect } = components;
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
      evaluationTasks: data.evaluation,
      signal: options.signal,
    };
    const input = { config, components, context };
    const resumeFrom = (stage: string) => (resumed?.stage === stage ? resumed.directory : undefined);

    let last: StageResult | undefined;
    if (stages.includes('sft') && resumed?.stage !== 'rlvr') {
      last = await sftStage({ ...input, tasks: data.demonstrations, resumeFrom: resumeFrom('sft') });
      if (last.status === 'stopped') return last;
    }
    if (stages.includes('rlvr')) {
      const startEvaluation = last?.evaluation;
      const eventLog = directory.events;
      last = await rlvrStage({
        ...input,
        tasks: data.train,
        resumeFrom: resumeFrom('rlvr'),
        eventLog,
        startEvaluation,
      });
      if (last.status === 'stopped') return last;
    }
    await saveTrained(config, components, directory);
    return { status: 'finished', evaluation: last?.evaluation ?? {} };
  } finally {
    await components.close();
  }
}

// The model; or its adapter, and the model with it where that is asked for.
async function saveTrained(
  config: RunConfig,
  { model, adapter, baseModel, modelFolder: tokenizerFrom }: Components,
  directory: RunDirectory,
): Promise<void> {
  if (adapter === undefined) return saveModel(model, directory.model, { tokenizerFrom });
  await saveAdapter(adapter, directory.model, { baseModel, tokenizerFrom });
  if (config.model.adapter?.saveMerged === true) {
    await saveMerged(model, adapter, { folder: directory.merged, tokenizerFrom });
  }
}

interface RunData {
  readonly demonstrations: readonly Task[];
  readonly train: readonly Task[];
  readonly evaluation: readonly Task[];
}

function stagesOf(config: RunConfig): string[] {
  const stages = [
    ...(config.sft.maxSteps > 0 ? ['sft'] : []),
    ...(config.trainingControl.maxSteps > 0 ? ['rlvr'] : []),
  ];
  if (stages.length > 0) return stages;
  throw new RlloomError('config', {
    what: 'nothing to do: both stages have 0 steps',
    where: 'training_control.max_steps',
    fix: 'set training_control.max_steps or sft.max_steps',
  });
}

async function readData(config: RunConfig, stages: readonly string[]): Promise<RunData> {
  const { onBadRecord } = config.data;
  return {
    demonstrations: stages.includes('sft') ? (await readTasks(config.sft.train, { onBadRecord })).tasks : [],
    train: stages.includes('rlvr') ? await readRunTasks(config, config.data.train) : [],
    evaluation: await readRunTasks(config, config.data.eval),
  };
}

function announce(
  { config, announce: say, onStart }: TrainOptions,
  { components, data, resumed }: { components: Components; data: RunData; resumed: string | undefined },
): void {
  const { backend, model } = components;
  const { train: tasks, demonstrations, evaluation } = data;
  const lines = [
    `backend:  ${backend.name}: ${backend.reason}`,
    `model:    ${config.model.pretrain}, ${(model.parameterCount / 1e6).toFixed(2)} M parameters`,
    `trained:  ${describeTrained(components)}`,
    `data:     ${tasks.length} tasks, ${demonstrations.length} demonstrations, ${evaluation.length} to evaluate on`,
    ...(resumed === undefined ? [] : [`resuming: ${resumed}`]),
  ];
  lines.forEach((line) => say(line));
  onStart?.(lines);
}

function describeTrained({ model, adapter }: Components): string {
  const total = model.parameterCount;
  if (adapter === undefined) return `all ${formatCount(total)} parameters`;
  const { parameterCount: trained, modules, config } = adapter;
  const kind = `${config.useRslora ? 'rsLoRA' : 'LoRA'}${config.useDora ? ' with DoRA' : ''}`;
  const share = `${formatCount(trained)} parameters beside ${formatCount(total)} (${((100 * trained) / total).toFixed(2)} %)`;
  return `${share}: ${kind} of rank ${config.rank} on ${modules.length} matrices`;
}
