import { type ConfigRule, deadUnless } from '@rlloom/config';
import { isMultiAgent } from '@rlloom/environments';
import { stalenessBound, usesGroupSource } from './run/group-source.ts';
import { whyNotAlone } from './run/open-adapter.ts';
import type { RunConfig } from './run-config.ts';

const hasKl = (config: RunConfig): boolean => config.algorithm.kl.placement !== 'none';
const hasRlvr = (config: RunConfig): boolean => config.trainingControl.maxSteps > 0;
const hasSft = (config: RunConfig): boolean => config.sft.maxSteps > 0;

const hasTools = ({ environment }: RunConfig): boolean =>
  environment.type !== 'multi_turn' || environment.tools.length > 0;
const hasInteraction = ({ environment }: RunConfig): boolean =>
  environment.type !== 'multi_turn' || environment.interaction !== null;

const hasSource = ({ rollout }: Pick<RunConfig, 'rollout'>): boolean => usesGroupSource(rollout);
const isBesideTraining = (config: RunConfig): boolean => config.rollout.mode !== 'sync';
const noSource = 'rollout.mode is "sync", without over-sampling and dynamic sampling';

/** A key that may not be left out under a condition. */
function required(
  path: string,
  isMissing: (config: RunConfig) => boolean,
  ...[what, fix]: [string, string]
): ConfigRule<RunConfig> {
  return { paths: [path], check: (config) => (isMissing(config) ? what : undefined), fix };
}

/**
 * Conditions over several keys: what has no effect, what is missing, what contradicts something else. Each key that is
 * set has an effect, or the run does not start.
 */
export const runConfigRules: readonly ConfigRule<RunConfig>[] = [
  // KL: only with a reference, in one place.
  ...['estimator', 'coefficient', 'controller', 'target_kl', 'horizon'].map((key) =>
    deadUnless<RunConfig>(`algorithm.kl.${key}`, hasKl, 'algorithm.kl.placement is "none"'),
  ),
  deadUnless('algorithm.reference_refresh_steps', hasKl, 'algorithm.kl.placement is "none": there is no reference'),
  deadUnless(
    'algorithm.kl.estimator',
    (config) => config.algorithm.kl.placement !== 'reward',
    'a KL in the reward is always the k1 sum',
  ),
  deadUnless(
    'algorithm.kl.target_kl',
    (config) => config.algorithm.kl.controller === 'adaptive',
    'algorithm.kl.controller is not "adaptive"',
  ),
  deadUnless(
    'algorithm.kl.horizon',
    (config) => config.algorithm.kl.controller === 'adaptive',
    'algorithm.kl.controller is not "adaptive"',
  ),
  required(
    'algorithm.kl.target_kl',
    (config) => hasKl(config) && config.algorithm.kl.controller === 'adaptive' && config.algorithm.kl.targetKl === null,
    'is needed by the adaptive controller',
    'set algorithm.kl.target_kl, e.g. 0.05',
  ),
  // The adapter that is trained.
  ...['type', 'rank', 'alpha', 'target_modules', 'exclude_modules', 'modules_to_save', 'layers'].map((key) =>
    deadUnless<RunConfig>(
      `model.adapter.${key}`,
      ({ model }) => model.adapter?.path == null,
      'the adapter of model.adapter.path says it',
    ),
  ),
  deadUnless(
    'model.adapter.layers',
    ({ model }) => typeof model.adapter?.targetModules !== 'string',
    'it limits a list of names, and model.adapter.target_modules is none',
  ),
  deadUnless('model.adapter.reference', hasKl, 'algorithm.kl.placement is "none": there is no reference'),
  {
    paths: ['algorithm.reference_refresh_steps'],
    check: ({ algorithm, model }) =>
      algorithm.referenceRefreshSteps !== null && model.adapter?.reference === 'base'
        ? 'has the reference follow the policy, and it is the model without the adapter'
        : undefined,
    fix: 'set model.adapter.reference to "start", or leave it out',
  },
  {
    paths: ['rollout.engine.weight_update'],
    check: ({ model: { adapter }, rollout: { engine } }) => {
      if (engine.name === 'local' || engine.weightUpdate !== 'adapter') return undefined;
      if (adapter === null) return 'sends an adapter, and the whole model is trained: model.adapter is null';
      const { type, modulesToSave } = adapter;
      const why = whyNotAlone(engine.name, {
        useDora: type === 'dora',
        modulesToSave,
        rankPattern: {},
        alphaPattern: {},
      });
      return why === undefined ? undefined : `sends the adapter alone, and that cannot be: ${why}`;
    },
    fix: 'set it to "full": the model is sent, with the adapter merged',
  },
  // Advantages and aggregation.
  {
    paths: ['algorithm.multi_objective_aggregation'],
    check: ({ algorithm }) =>
      algorithm.multiObjectiveAggregation === 'normalize_then_sum' && algorithm.kl.placement === 'reward'
        ? 'compares each reward by itself, and algorithm.kl.placement adds the KL to their sum'
        : undefined,
    fix: 'set algorithm.kl.placement to "loss" or "none"',
  },
  deadUnless(
    'algorithm.advantage_epsilon',
    (config) => config.algorithm.normalizeByStd,
    'algorithm.normalize_by_std is false',
  ),
  deadUnless(
    'algorithm.aggregation_scale',
    (config) => config.algorithm.aggregation === 'sequence-mean-token-sum-norm',
    'algorithm.aggregation is not "sequence-mean-token-sum-norm"',
  ),
  required(
    'algorithm.aggregation_scale',
    (config) =>
      config.algorithm.aggregation === 'sequence-mean-token-sum-norm' && config.algorithm.aggregationScale === null,
    'is needed by aggregation "sequence-mean-token-sum-norm"',
    'set it to the longest response, e.g. rollout.max_response_length',
  ),
  ...['actor', 'sft'].map((group) =>
    deadUnless<RunConfig>(
      `${group}.optimizer.schedule.min_ratio`,
      (config) => (group === 'actor' ? config.actor : config.sft).optimizer.schedule.name === 'cosine',
      `${group}.optimizer.schedule.name is not "cosine"`,
    ),
  ),
  // Environments.
  ...['tool_format', 'tool_role', 'call_timeout_ms', 'max_answer_length', 'truncation', 'max_parallel_calls'].map(
    (key) => deadUnless(`environment.${key}`, hasTools, 'environment.tools names none'),
  ),
  ...['max_user_turns', 'interaction_timeout_ms'].map((key) =>
    deadUnless(`environment.${key}`, hasInteraction, 'environment.interaction is null: nobody replies'),
  ),
  deadUnless(
    'environment.rebuttal',
    ({ environment }) => environment.type !== 'debate' || environment.rounds > 1,
    'environment.rounds is 1: each debater answers once',
  ),
  deadUnless(
    'environment.answer_format',
    ({ environment }) => environment.type !== 'debate' || environment.rounds > 1 || environment.judge !== null,
    'environment.rounds is 1 and environment.judge is null: nobody reads an answer',
  ),
  deadUnless(
    'environment.refinement',
    ({ environment }) => environment.type !== 'mixture' || environment.layers > 1,
    'environment.layers is 1: proposals are made once',
  ),
  // Several agents.
  {
    paths: ['environment.type'],
    check: ({ environment, rollout }) =>
      isMultiAgent(environment) && rollout.customGeneration !== null
        ? 'has its own way of sampling, and rollout.custom_generation is another'
        : undefined,
    fix: 'leave rollout.custom_generation out',
  },
  // Rollouts beside training.
  deadUnless('rollout.max_staleness', (config) => config.rollout.mode === 'async', 'rollout.mode is not "async"'),
  ...['interruptible', 'max_concurrent_groups'].map((key) =>
    deadUnless<RunConfig>(`rollout.asynchronous.${key}`, hasSource, noSource),
  ),
  deadUnless(
    'rollout.asynchronous.interruptible',
    (config) => config.rollout.engine.name === 'local',
    'rollout.engine.name is not "local": servers go by their own switches',
  ),
  deadUnless('rollout.asynchronous.on_stale', isBesideTraining, 'rollout.mode is "sync": no group is stale'),
  ...['max_generations', 'when_short'].map((key) =>
    deadUnless<RunConfig>(
      `rollout.dynamic_sampling.${key}`,
      (config) => config.rollout.dynamicSampling.enabled,
      'rollout.dynamic_sampling.enabled is false',
    ),
  ),
  deadUnless('rollout.buffer', hasSource, noSource),
  {
    paths: ['rollout.over_sampling'],
    check: ({ rollout }) =>
      rollout.overSampling > 1 && rollout.mode !== 'sync' && rollout.asynchronous.onStale === 'wait'
        ? 'ends groups that are late, and rollout.asynchronous.on_stale waits for them'
        : undefined,
    fix: 'set rollout.asynchronous.on_stale to "drop", or rollout.over_sampling to 1',
  },
  {
    paths: ['rollout.buffer.max_uses'],
    check: ({ rollout }) =>
      rollout.buffer.maxUses > 1 && hasSource({ rollout }) && stalenessBound(rollout) === 0
        ? 'has groups trained on again, when they are too old already: no staleness is allowed'
        : undefined,
    fix: 'set rollout.mode to "one_step_off" or "async", or raise actor.update_epochs',
  },
  // Stages.
  ...['algorithm', 'actor', 'rollout.group_size', 'rollout.temperature', 'data.train'].map((path) =>
    deadUnless<RunConfig>(path, hasRlvr, 'training_control.max_steps is 0: there is no RLVR stage'),
  ),
  ...[
    'train',
    'turns',
    'shuffle',
    'batch_size',
    'eval_steps',
    'save_steps',
    'loss',
    'optimizer',
    'max_tokens_per_micro_batch',
  ].map((key) => deadUnless<RunConfig>(`sft.${key}`, hasSft, 'sft.max_steps is 0: there is no SFT stage')),
  deadUnless(
    'sft.turns',
    (config) => config.rollout.promptFormat === 'chat',
    'rollout.prompt_format is "plain": the last turn trains',
  ),
  required(
    'sft.train',
    (config) => hasSft(config) && config.sft.train.length === 0,
    'names no file, but sft.max_steps is above 0',
    'add record files whose last message is the answer',
  ),
  required(
    'data.train',
    (config) => hasRlvr(config) && config.data.train.length === 0,
    'names no file, but training_control.max_steps is above 0',
    'add files with tasks',
  ),
  {
    paths: ['training_control.eval_steps', 'sft.eval_steps'],
    check: (config) =>
      config.data.eval.length === 0 && (config.trainingControl.evalSteps > 0 || config.sft.evalSteps > 0)
        ? 'asks for evaluations, but data.eval names no file'
        : undefined,
    fix: 'add files to data.eval, or set eval_steps to 0',
  },
];
