import { z } from 'zod';
import { codeSandboxConfig } from './code/code-sandbox.config.ts';
import { environmentScoreConfig } from './episodes/environment-score.config.ts';
import { formatConfig } from './format/format.config.ts';
import { instructionsConfig } from './instructions/instructions.config.ts';
import { judgeAgreementConfig } from './judge/judge-agreement.config.ts';
import { modelEvalConfig } from './judge/model-eval.config.ts';
import { pairwiseConfig } from './judge/pairwise.config.ts';
import { mathRuleConfig } from './math/math-rule.config.ts';
import { multipleChoiceConfig } from './multiple-choice/multiple-choice.config.ts';
import { languageConsistencyConfig } from './language/language-consistency.config.ts';
import { boxIouConfig } from './vision/box-iou.config.ts';
import { pointInBoxConfig } from './vision/point-in-box.config.ts';
import { countingConfig } from './vision/counting.config.ts';
import { verlGsm8kConfig } from './verl/gsm8k.config.ts';
import { verlMathDapoConfig } from './verl/math-dapo.config.ts';
import { searchQaConfig } from './verl/search-qa.config.ts';
import { geo3kConfig } from './verl/geo3k.config.ts';
import { cosineLengthConfig } from './shaping/cosine-length.config.ts';
import { targetLengthConfig } from './shaping/target-length.config.ts';
import { groupLengthConfig } from './shaping/group-length.config.ts';
import { toolUseConfig } from './tools/tool-use.config.ts';
import { guiActionConfig } from './vision/gui-action.config.ts';
import { overlongConfig } from './shaping/overlong.config.ts';
import { repetitionConfig } from './shaping/repetition.config.ts';
import { codeJaccardConfig } from './text/code-jaccard.config.ts';
import { exactMatchConfig } from './text/exact-match.config.ts';
import { textSimilarityConfig } from './text/text-similarity.config.ts';

// The other half of `reward-kinds.ts`: what people may write for each kind, beside `type`, `weight` and `verifies`.

/** A kind as the configuration knows it. */
interface KindSchema {
  /** One line for people. */
  readonly description: string;
  /** Keys of its part of the configuration; nearly always `options` alone. */
  readonly fields: Readonly<Record<string, z.ZodType>>;
}

const scope = z
  .enum(['sample', 'group'])
  .default('sample')
  .describe('what it sees at once: one response, or all responses to a task');

/** Keys of every kind of reward, by the `type` people write. */
export const rewardKindSchemas = {
  math_rule: {
    description: 'compares the final answer with ground_truth.final_answer',
    fields: { options: mathRuleConfig.prefault({}).describe('options of math_rule') },
  },
  code_sandbox: {
    description: 'runs the program of the response against the tests of the task, in a sandbox',
    fields: { options: codeSandboxConfig.prefault({}).describe('options of code_sandbox') },
  },
  format: {
    description: 'checks how the response looks',
    fields: { options: formatConfig.describe('options of format') },
  },
  exact_match: {
    description: 'compares a text answer with those accepted',
    fields: { options: exactMatchConfig.prefault({}).describe('options of exact_match') },
  },
  text_similarity: {
    description: 'how like the nearest accepted answer the response is: F1, ROUGE, edit distance',
    fields: { options: textSimilarityConfig.prefault({}).describe('options of text_similarity') },
  },
  code_jaccard: {
    description: 'tokens of code shared with a reference program',
    fields: { options: codeJaccardConfig.prefault({}).describe('options of code_jaccard') },
  },
  ifeval: {
    description: "IFEval's verifiable instructions",
    fields: { options: instructionsConfig.prefault({}).describe('options of ifeval') },
  },
  repetition: {
    description: 'penalty for n-grams that come again',
    fields: { options: repetitionConfig.prefault({}).describe('options of repetition') },
  },
  environment: {
    description: 'the scores that the environment gave the turns of the policy',
    fields: { options: environmentScoreConfig.prefault({}).describe('options of environment') },
  },
  overlong: {
    description: 'penalty near the length limit',
    fields: { options: overlongConfig.describe('options of overlong') },
  },
  gui_action: {
    description: 'one step of an agent at a screen against the reference action',
    fields: { options: guiActionConfig.prefault({}).describe('options of gui_action') },
  },
  tool_use: {
    description: 'how well an episode used its tools, by turn and as a whole',
    fields: { options: toolUseConfig.prefault({}).describe('options of tool_use') },
  },
  multiple_choice: {
    description: 'compares the letter chosen with ground_truth.final_answer',
    fields: { options: multipleChoiceConfig.prefault({}).describe('options of multiple_choice') },
  },
  language_consistency: {
    description: 'share of words in the language wanted',
    fields: { options: languageConsistencyConfig.prefault({}).describe('options of language_consistency') },
  },
  box_iou: {
    description: 'how well boxes cover those of the task',
    fields: { options: boxIouConfig.prefault({}).describe('options of box_iou') },
  },
  point_in_box: {
    description: 'whether a place lies in a box of the task',
    fields: { options: pointInBoxConfig.prefault({}).describe('options of point_in_box') },
  },
  counting: {
    description: 'compares a number of things with ground_truth.final_answer',
    fields: { options: countingConfig.prefault({}).describe('options of counting') },
  },
  verl_gsm8k: {
    description: "verl's scorer for GSM8K, which compares texts",
    fields: { options: verlGsm8kConfig.prefault({}).describe('options of verl_gsm8k') },
  },
  verl_math_dapo: {
    description: "verl's scorer for DAPO's data: 1 or -1 by text",
    fields: { options: verlMathDapoConfig.prefault({}).describe('options of verl_math_dapo') },
  },
  search_qa: {
    description: "Search-R1's scorer for <answer>",
    fields: { options: searchQaConfig.prefault({}).describe('options of search_qa') },
  },
  geo3k: {
    description: "verl's scorer for Geometry3K: nine tenths answer, one tenth format",
    fields: { options: geo3kConfig.prefault({}).describe('options of geo3k') },
  },
  cosine_length: {
    description: 'a verdict scaled by length along a cosine',
    fields: { options: cosineLengthConfig.describe('options of cosine_length') },
  },
  target_length: {
    description: "L1's rewards for answers of a given length",
    fields: { options: targetLengthConfig.prefault({}).describe('options of target_length') },
  },
  group_length: {
    description: "Kimi k1.5's length reward, which compares the responses to one task",
    fields: { options: groupLengthConfig.prefault({}).describe('options of group_length') },
  },
  model_eval: {
    description: 'language models judge each response by criteria',
    fields: { options: modelEvalConfig.describe('options of model_eval') },
  },
  pairwise_judge: {
    description: 'language models compare the responses to a task in pairs',
    fields: { options: pairwiseConfig.describe('options of pairwise_judge') },
  },
  judge_agreement: {
    description: 'compares a judgement the policy writes with the label of the task: trains a judge',
    fields: { options: judgeAgreementConfig.prefault({}).describe('options of judge_agreement') },
  },
  module: {
    description: 'your own reward, from a file',
    fields: {
      module: z.string().min(1).describe('path of the module, relative to the folder the run starts in'),
      export: z
        .string()
        .min(1)
        .default('default')
        .describe('name of the export made by defineReward or defineGroupReward'),
      scope,
      options: z.record(z.string(), z.unknown()).default({}).describe('handed to the reward as they are'),
    },
  },
  local: {
    description: 'your own reward, a function that the program hands to createRewardPool',
    fields: { name: z.string().min(1).describe('its name among the local rewards'), scope },
  },
} as const satisfies Readonly<Record<string, KindSchema>>;

type Schemas = typeof rewardKindSchemas;

/** The validated keys of each kind. */
export type RewardFields = {
  readonly [Name in keyof Schemas]: {
    readonly [Key in keyof Schemas[Name]['fields']]: Schemas[Name]['fields'][Key] extends z.ZodType
      ? z.infer<Schemas[Name]['fields'][Key]>
      : never;
  };
};
