export {
  type ActorConfig,
  actorConfig,
  type OptimizerConfig,
  optimizerConfig,
  scheduleConfig,
} from './actor.config.ts';
export { type CheckpointEntry, type CheckpointStore, createCheckpointStore } from './checkpoint/checkpoint-store.ts';
export { answerMetrics, evaluate, type EvaluateOptions, evaluationMetrics, partMetrics } from './evaluate.ts';
export { type GroupAdvantages, packExperience, withLogProbs } from './experience.ts';
export { withoutSignal } from './group-filter.ts';
export { type GrpoConfig, grpoConfig, klConfig, rolloutCorrectionConfig } from './grpo.config.ts';
export { type GrpoStep, grpoStep, type GrpoStepResult, policyLossDescription } from './grpo.ts';
export { scheduledLearningRate } from './learning-rate.ts';
export { type LossName, losses, type ResolvedLoss, resolveLoss } from './losses/loss-catalogue.ts';
export type { BatchCounts, LossFunction, LossInputs, LossOutputs } from './losses/loss-inputs.ts';
export { policyLoss, type PolicyLossOptions, policyLossOptions } from './losses/policy-loss.ts';
export { preferenceLoss, type PreferenceLossOptions, preferenceLossOptions } from './losses/preference-loss.ts';
export { supervisedLoss, type SupervisedLossOptions, supervisedLossOptions } from './losses/supervised-loss.ts';
export { type MiniBatchOptions, splitIntoMiniBatches } from './mini-batches.ts';
export { mismatchMetrics } from './mismatch.ts';
export { packTurnExperience } from './multi-agent/pack-turn-experience.ts';
export {
  proposerSolverAdvantages,
  roleAdvantages,
  type TurnAdvantageOptions,
  turnAdvantages,
} from './multi-agent/team-advantages.ts';
export { type AsynchronousRlvrStage, runAsynchronousRlvrStage } from './pipeline/asynchronous-stage.ts';
export { createPipelineEvents, type PipelineEventMap, type PipelineEvents } from './pipeline/events.ts';
export { createPhaseMachine, type PhaseMachine, type PipelinePhase, transitions } from './pipeline/phase-machine.ts';
export { type RlvrStage, runRlvrStage } from './pipeline/rlvr-stage.ts';
export { runSftStage, type SftStage } from './pipeline/sft-stage.ts';
export type { StageContext, StageResult } from './pipeline/stage.ts';
export { createLocalPolicy, type LocalPolicy, type LocalPolicyOptions } from './policy/local-policy.ts';
export type { CompileOptions, Products } from './policy/products.ts';
export { formMicroBatches, type MicroBatch, type MicroBatchOptions, paddingFraction } from './policy/micro-batches.ts';
export {
  type Forwardable,
  type ForwardOptions,
  type SequenceLogProbs,
  sequenceLogProbs,
} from './policy/sequence-log-probs.ts';
export { type PreferencePair, type PreferenceStep, preferenceBatch, preferenceStep } from './preference.ts';
export {
  createAdapterReference,
  createBaseReference,
  createReference,
  type ReferencePolicy,
} from './reference.ts';
export { type SftConfig, sftConfig } from './sft.config.ts';
export { type DemonstrationOptions, demonstrationSequence } from './demonstration.ts';
export { sftStep } from './sft.ts';
export { type TrainingControlConfig, trainingControlConfig } from './training-control.config.ts';
