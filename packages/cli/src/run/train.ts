import { readTasks } from '@rlloom/data';
import { saveModel } from '@rlloom/models';
import { type Metrics, type Reporter, RlloomError, type Task } from '@rlloom/spec';
import { createCheckpointStore, type StageContext, type StageResult } from '@rlloom/trainers';
import type { RunConfig } from '../run-config.ts';
import { buildComponents, type Components, readRunTasks } from './components.ts';
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
    await saveModel(components.model, directory.model, { tokenizerFrom: components.modelFolder });
    return { status: 'finished', evaluation: last?.evaluation ?? {} };
  } finally {
    await components.close();
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
  { config, announce: say }: TrainOptions,
  { components, data, resumed }: { components: Components; data: RunData; resumed: string | undefined },
): void {
  const { backend, model } = components;
  const { train: tasks, demonstrations, evaluation } = data;
  say(`backend:  ${backend.name}: ${backend.reason}`);
  say(`model:    ${config.model.pretrain}, ${(model.parameterCount / 1e6).toFixed(2)} M parameters`);
  say(`data:     ${tasks.length} tasks, ${demonstrations.length} demonstrations, ${evaluation.length} to evaluate on`);
  if (resumed !== undefined) say(`resuming: ${resumed}`);
}
