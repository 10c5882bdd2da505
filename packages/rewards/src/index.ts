export type { AuditRecord } from './audit/audit-record.ts';
export { readAuditLog } from './audit/read-audit-log.ts';
export {
  checkGolden,
  type GoldenCase,
  type GoldenCheck,
  type GoldenMistake,
  type GoldenMistakeKind,
} from './check/check-golden.ts';
export {
  checkRewards,
  type CheckRewardsOptions,
  type GoldProblem,
  type RewardsCheck,
} from './check/check-rewards.ts';
export { codeSandboxConfig } from './code/code-sandbox.config.ts';
export type { CodeLanguage, CodeSandboxConfig } from './code/code-sandbox-defaults.ts';
export { type CodeSandboxResources, codeSandboxReward } from './code/code-sandbox-reward.ts';
export { type OutputRules, outputsMatch } from './code/compare-output.ts';
export {
  type EfficiencyLimits,
  type EfficiencyReport,
  type EfficiencySample,
  scoreEfficiency,
} from './code/efficiency-score.ts';
export { type CodeChoice, type ExtractedCode, extractCode } from './code/extract-code.ts';
export { scoreStyle, type StyleFacts, type StyleLimits, type StyleScore } from './code/style/style-score.ts';
export {
  defineGroupReward,
  defineReward,
  type GroupRewardDefinition,
  type OptionsSchema,
  type RewardAnswer,
  type RewardDefinition,
  type SelfCheck,
} from './define-reward.ts';
export { type EnvironmentScoreConfig, environmentScoreReward } from './episodes/environment-score.ts';
export { environmentScoreConfig } from './episodes/environment-score.config.ts';
export { type FormatConfig, formatConfig, type FormatOptions } from './format/format.config.ts';
export { formatReward } from './format/format-reward.ts';
export {
  type InstructionsConfig,
  instructionsReward,
} from './instructions/instructions-reward.ts';
export { instructionsConfig } from './instructions/instructions.config.ts';
export { type Aggregation, aggregateScores, type WeightedScore } from './judge/aggregate.ts';
export { type Criteria, criteriaConfig } from './judge/criteria.config.ts';
export { type EndpointConfig, endpointConfig, type EndpointOptions } from './judge/endpoint.config.ts';
export {
  createEndpointJudge,
  type EndpointJudge,
  type EndpointResources,
  type EndpointStatistics,
} from './judge/endpoint-judge.ts';
export { createEngineJudge, type EngineJudgeOptions } from './judge/engine-judge.ts';
export { judgeAgreement } from './judge/judge-agreement.ts';
export {
  type JudgeAgreementConfig,
  judgeAgreementConfig,
} from './judge/judge-agreement.config.ts';
export {
  type JsonSchema,
  type JudgeAnswer,
  type JudgeAskOptions,
  JudgeFailure,
  type JudgeFailureKind,
  type JudgeModel,
} from './judge/judge-model.ts';
export type { JudgeResources } from './judge/judge-panel.ts';
export { type JudgeRecord, judgeTasks, type JudgeTasksOptions } from './judge/judge-tasks.ts';
export { modelEvalReward } from './judge/model-eval.ts';
export { type ModelEvalConfig, modelEvalConfig, type ModelEvalOptions } from './judge/model-eval.config.ts';
export { pairwiseJudge } from './judge/pairwise-judge.ts';
export { type PairwiseConfig, pairwiseConfig, type PairwiseOptions } from './judge/pairwise.config.ts';
export {
  type BradleyTerryOptions,
  bradleyTerryScores,
  choosePairs,
  type EloOptions,
  eloScores,
  type Match,
} from './judge/pairwise-scores.ts';
export { type JudgeVerdict, type NoVerdict, parseVerdict } from './judge/parse-verdict.ts';
export type { VerdictField, VerdictForm } from './judge/verdict-form.ts';
export { detectLanguage } from './language/detect-language.ts';
export type { AnswerSource } from './math/extract/extract-answer.ts';
export type { Expression } from './math/expression/expression.ts';
export { formatExpression } from './math/expression/format-expression.ts';
export { parseExpression, type ParseOptions, type ParseResult } from './math/expression/parse-expression.ts';
export { mathRuleConfig } from './math/math-rule.config.ts';
export { mathRule } from './math/math-rule.ts';
export type { MathRuleConfig } from './math/math-rule-defaults.ts';
export type { AnswerTarget, MathVerifierOptions } from './math/verifier-options.ts';
export {
  compareMath,
  type MathComparison,
  type MathVerdict,
  verifyMathAnswer,
} from './math/verify-math-answer.ts';
export type { ComparisonTier } from './math/compare/comparison.ts';
export { type ErrorPattern, errorPatternMeanings } from './math/error-patterns/error-pattern.ts';
export { type MathStep, type MathStepsVerdict, verifyMathSteps } from './math/steps/verify-math-steps.ts';
export type { MathOracle, OracleAnswer, OracleQuestion } from './math/oracle/math-oracle.ts';
export { createPythonOracle, type PythonOracleOptions } from './math/oracle/python-oracle.ts';
export type { LocalRewards } from './pool/main-queue.ts';
export { createRewardPool, type RewardPoolOptions } from './pool/reward-pool.ts';
export { type DomainStats, rewardMetrics, type RewardStats } from './pool/reward-stats.ts';
export {
  type RewardDomainConfig,
  type RewardPartConfig,
  type RewardsConfig,
  rewardsConfig,
} from './rewards.config.ts';
export { checkRouting } from './routing.ts';
export { type OverlongConfig, overlongReward } from './shaping/overlong.ts';
export { overlongConfig } from './shaping/overlong.config.ts';
export { type RepetitionConfig, repetitionReward } from './shaping/repetition.ts';
export { repetitionConfig } from './shaping/repetition.config.ts';
export { type CodeJaccardConfig, codeJaccardReward } from './text/code-jaccard.ts';
export { codeJaccardConfig } from './text/code-jaccard.config.ts';
export { type ExactMatchConfig, exactMatchReward } from './text/exact-match.ts';
export { exactMatchConfig } from './text/exact-match.config.ts';
export { type RougeMeasure, rouge, type TextPair } from './text/rouge.ts';
export { type SimilarityMeasure, type SimilarityOptions, textSimilarity } from './text/similarity.ts';
export { squadNormalize } from './text/squad-normalize.ts';
export { type TextSimilarityConfig, textSimilarityReward } from './text/text-similarity.ts';
export { textSimilarityConfig } from './text/text-similarity.config.ts';
export { type MultipleChoiceConfig, multipleChoiceReward } from './multiple-choice/multiple-choice.ts';
export { multipleChoiceConfig } from './multiple-choice/multiple-choice.config.ts';
export { type LanguageConsistencyConfig, languageConsistencyReward } from './language/language-consistency.ts';
export { languageConsistencyConfig } from './language/language-consistency.config.ts';
export { type CosineLengthConfig, cosineLengthReward } from './shaping/cosine-length.ts';
export { cosineLengthConfig } from './shaping/cosine-length.config.ts';
export { groupLengthReward } from './shaping/group-length.ts';
export { groupLengthConfig } from './shaping/group-length.config.ts';
export { type TargetLengthConfig, targetLengthReward } from './shaping/target-length.ts';
export { targetLengthConfig } from './shaping/target-length.config.ts';
export { type Geo3kConfig, geo3kReward } from './verl/geo3k.ts';
export { geo3kConfig } from './verl/geo3k.config.ts';
export { type VerlGsm8kConfig, verlGsm8kReward } from './verl/gsm8k.ts';
export { verlGsm8kConfig } from './verl/gsm8k.config.ts';
export { type VerlMathDapoConfig, verlMathDapoReward } from './verl/math-dapo.ts';
export { verlMathDapoConfig } from './verl/math-dapo.config.ts';
export { type SearchQaConfig, searchQaReward } from './verl/search-qa.ts';
export { searchQaConfig } from './verl/search-qa.config.ts';
export { type Box, type BoxFormat, iou } from './vision/box.ts';
export { type BoxIouConfig, boxIouReward } from './vision/box-iou.ts';
export { boxIouConfig } from './vision/box-iou.config.ts';
export { type CountingConfig, countingReward } from './vision/counting.ts';
export { countingConfig } from './vision/counting.config.ts';
export { type PointInBoxConfig, pointInBoxReward } from './vision/point-in-box.ts';
export { pointInBoxConfig } from './vision/point-in-box.config.ts';
export { readBoxes } from './vision/read-boxes.ts';
export { type ToolUseConfig, toolUseReward } from './tools/tool-use.ts';
export { toolUseConfig } from './tools/tool-use.config.ts';
export { type GuiActionConfig, guiActionReward } from './vision/gui-action.ts';
export { guiActionConfig } from './vision/gui-action.config.ts';
