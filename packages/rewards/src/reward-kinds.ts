import type { GroupRewardFunction, RewardFunction, Task } from '@rlloom/spec';
import { goldAnswers } from './answers/gold-answers.ts';
import { hasProgramTests } from './code/has-program-tests.ts';
import { judgementLabel } from './judge/judgement-label.ts';
import type { JudgeResources } from './judge/judge-panel.ts';
import type { RewardFields } from './reward-kinds.config.ts';

// To add a kind of reward: one entry here, and one in `reward-kinds.config.ts` (its schema). The compiler asks for the
// other while one of them is missing; `rewards.config.ts`, the threads and `checkRouting` follow from the two tables.
// They are two files because a reward thread reads this one: it may import types and, lazily, makers, but no schema
// (zod alone would triple the time a thread takes to start).

/** Something a task must have so that a kind of reward can judge it. */
export interface TaskNeed {
  /** As people write it in a record, e.g. `ground_truth.final_answer`. */
  readonly field: string;
  readonly isMet: (task: Task) => boolean;
}

/**
 * Builds the reward of a part from its validated options. Runs once per thread. `resources` is what the program hands
 * to the pool; kinds that run in a thread get nothing of it.
 */
export type RewardMaker<Options, Made> = (options: Options, resources: JudgeResources) => Made | Promise<Made>;

/** What every kind says of itself. */
interface KindFacts<Options> {
  /** Whether a part of this kind decides correct or incorrect when its configuration does not say. */
  readonly verifies: boolean;
  /** What of a task it cannot do without, given its options. */
  readonly needs?: (options: Options) => readonly TaskNeed[];
  /**
   * `thread`: in a reward thread, where it may hang. `main`: on the main thread, for kinds that must share state over
   * all samples (rate limits, an engine): it must only ever wait, and is ended by its signal.
   */
  readonly runs: 'thread' | 'main';
  /** Milliseconds a sample (or a group, for kinds that compare) may take when nobody says. Default `defaultTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** Milliseconds of a sample for rewards that compute; own modules and `local` rewards too. */
export const defaultTimeoutMs = 5000;

// Tests of a program are runs one after another, each with a deadline of its own (4 s unless it says otherwise).
const programsTimeoutMs = 60_000;

// Judges are waited for, behind limits of requests, and asked again when they fail: one attempt alone may take a minute.
const judgeTimeoutMs = 300_000;

/** A kind that sees one response at a time. */
export interface SampleKind<Options> extends KindFacts<Options> {
  readonly scope: 'sample';
  /** Imports the maker, so that a thread loads only what its domains use. */
  readonly load: () => Promise<RewardMaker<Options, RewardFunction>>;
}

/** A kind that sees all responses of a task at once. */
export interface GroupKind<Options> extends KindFacts<Options> {
  readonly scope: 'group';
  readonly load: () => Promise<RewardMaker<Options, GroupRewardFunction>>;
}

/** Kinds whose reward is made from `options`; `module` and `local` name something of the caller's instead. */
export type BuiltInKindName = Exclude<keyof RewardFields, 'module' | 'local'>;

/** Options of a kind, as validated. */
export type KindOptions<Name extends BuiltInKindName> = RewardFields[Name]['options'];

const finalAnswer: TaskNeed = {
  field: 'ground_truth.final_answer',
  isMet: ({ groundTruth }) => groundTruth !== undefined,
};

const anyAnswer: TaskNeed = {
  field: 'ground_truth.final_answer or a list of answers',
  isMet: (task) => goldAnswers(task).length > 0,
};

const instructions: TaskNeed = {
  field: 'instruction_id_list',
  isMet: ({ groundTruth, extra = {} }) => groundTruth !== undefined || Array.isArray(extra['instruction_id_list']),
};

const judgement: TaskNeed = {
  field: 'judgement (made by judgeTasks)',
  isMet: (task) => judgementLabel(task) !== undefined,
};

const programTests: TaskNeed = { field: 'test_cases', isMet: hasProgramTests };

/** Every kind of reward that comes with the package, by the `type` people write. */
export const rewardKinds: {
  readonly [Name in BuiltInKindName]: SampleKind<KindOptions<Name>> | GroupKind<KindOptions<Name>>;
} = {
  math_rule: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./math/math-rule.ts')).mathRule,
  },
  code_sandbox: {
    verifies: true,
    needs: () => [programTests],
    runs: 'thread',
    timeoutMs: programsTimeoutMs,
    scope: 'sample',
    load: async () => {
      const { codeSandboxReward } = await import('./code/code-sandbox-reward.ts');
      return (options) => codeSandboxReward(options);
    },
  },
  format: {
    verifies: false,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./format/format-reward.ts')).formatReward,
  },
  exact_match: {
    verifies: true,
    needs: () => [anyAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./text/exact-match.ts')).exactMatchReward,
  },
  text_similarity: {
    verifies: true,
    needs: () => [anyAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./text/text-similarity.ts')).textSimilarityReward,
  },
  code_jaccard: {
    verifies: true,
    needs: () => [anyAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./text/code-jaccard.ts')).codeJaccardReward,
  },
  ifeval: {
    verifies: true,
    needs: () => [instructions],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./instructions/instructions-reward.ts')).instructionsReward,
  },
  repetition: {
    verifies: false,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./shaping/repetition.ts')).repetitionReward,
  },
  model_eval: {
    verifies: true,
    needs: ({ useReference }) => (useReference === 'required' ? [finalAnswer] : []),
    runs: 'main',
    timeoutMs: judgeTimeoutMs,
    scope: 'sample',
    load: async () => (await import('./judge/model-eval.ts')).modelEvalReward,
  },
  pairwise_judge: {
    verifies: false,
    needs: ({ useReference }) => (useReference === 'required' ? [finalAnswer] : []),
    runs: 'main',
    timeoutMs: judgeTimeoutMs,
    scope: 'group',
    load: async () => (await import('./judge/pairwise-judge.ts')).pairwiseJudge,
  },
  judge_agreement: {
    verifies: true,
    needs: () => [judgement],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./judge/judge-agreement.ts')).judgeAgreement,
  },
  environment: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./episodes/environment-score.ts')).environmentScoreReward,
  },
  overlong: {
    verifies: false,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./shaping/overlong.ts')).overlongReward,
  },
  gui_action: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./vision/gui-action.ts')).guiActionReward,
  },
  tool_use: {
    verifies: false,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./tools/tool-use.ts')).toolUseReward,
  },
  multiple_choice: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./multiple-choice/multiple-choice.ts')).multipleChoiceReward,
  },
  language_consistency: {
    verifies: false,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./language/language-consistency.ts')).languageConsistencyReward,
  },
  box_iou: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./vision/box-iou.ts')).boxIouReward,
  },
  point_in_box: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./vision/point-in-box.ts')).pointInBoxReward,
  },
  counting: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./vision/counting.ts')).countingReward,
  },
  verl_gsm8k: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./verl/gsm8k.ts')).verlGsm8kReward,
  },
  verl_math_dapo: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./verl/math-dapo.ts')).verlMathDapoReward,
  },
  search_qa: {
    verifies: true,
    needs: () => [anyAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => (await import('./verl/search-qa.ts')).searchQaReward,
  },
  geo3k: {
    verifies: true,
    needs: () => [finalAnswer],
    runs: 'thread',
    scope: 'sample',
    load: async () => {
      const { geo3kReward } = await import('./verl/geo3k.ts');
      const { mathRule } = await import('./math/math-rule.ts');
      return (options) => geo3kReward(options, mathRule());
    },
  },
  cosine_length: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => {
      const { cosineLengthReward } = await import('./shaping/cosine-length.ts');
      const { makeVerifier } = await import('./shaping/make-verifier.ts');
      return async ({ verifier, ...options }) => cosineLengthReward(options, await makeVerifier(verifier));
    },
  },
  target_length: {
    verifies: true,
    runs: 'thread',
    scope: 'sample',
    load: async () => {
      const { targetLengthReward } = await import('./shaping/target-length.ts');
      const { makeVerifier } = await import('./shaping/make-verifier.ts');
      return async ({ verifier, ...options }) => targetLengthReward(options, await makeVerifier(verifier));
    },
  },
  group_length: {
    verifies: true,
    runs: 'thread',
    scope: 'group',
    load: async () => {
      const { groupLengthReward } = await import('./shaping/group-length.ts');
      const { makeVerifier } = await import('./shaping/make-verifier.ts');
      return async ({ verifier }) => groupLengthReward(await makeVerifier(verifier));
    },
  },
};
