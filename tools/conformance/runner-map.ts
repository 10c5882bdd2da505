import { type AlgorithmRunner, runAlgorithmFile } from './algorithm-runner.ts';
import type { FixtureFile } from './fixture-file.ts';
import type { CaseResult } from './results.ts';
import {
  generalized,
  greedyBaseline,
  groupPolicyGradient,
  groupRelative,
  leaveOneOut,
  lengthWeighted,
  optimalTokenBaseline,
  passAtK,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
  trlAdvantages,
} from './runners/advantages.ts';
import {
  policyLossBypass,
  rolloutOffPolicyMetrics,
  rolloutRejectionMask,
  rolloutWeights,
} from './runners/corrections.ts';
import { runDpoTrajectory } from './runners/dpo-trajectory.ts';
import { runGrpoTrajectory } from './runners/grpo-trajectory.ts';
import { klControllers, klFull, klInReward, klPenalty, klPenaltyStraightThrough } from './runners/kl.ts';
import { runSchedules } from './runners/learning-rate-schedules.ts';
import { aggLoss, entropyLogProbs, sftLoss, valueLoss } from './runners/losses.ts';
import { logitsProcessors } from './runners/logits-processors.ts';
import { maskedOps } from './runners/masked-ops.ts';
import { runOptimizers } from './runners/optimizers.ts';
import {
  policyLossCispo,
  policyLossClipCov,
  policyLossGeoMean,
  policyLossGpg,
  policyLossGspo,
  policyLossKlCov,
  policyLossReinforce,
  policyLossSapo,
  policyLossVanilla,
} from './runners/policy-losses.ts';
import { cpoSimpo, dpoConservativeAndKtoPair, gkd, kto, orpo, rewardModel } from './runners/preference.ts';
import { dpo } from './runners/preference-dpo.ts';
import { runLoraSftTrajectory } from './runners/lora-sft-trajectory.ts';
import { runSftTrajectory } from './runners/sft-trajectory.ts';
import { trlRewards } from './runners/shaping.ts';
import { trlGmpoLoss, trlGrpoLoss, trlRlooLoss } from './runners/trl-grpo.ts';

/** Runs the cases of one fixture file. */
export type FileRunner = (file: FixtureFile, context: RunContext) => Promise<CaseResult[]>;

/** What a runner may need beside its file. */
export interface RunContext {
  /** The fixtures: `algos/`, `models/` and `train/` below it. */
  readonly directory: string;
}

const algorithm =
  (runner: AlgorithmRunner): FileRunner =>
  (file) =>
    runAlgorithmFile(file, runner);

/** `algos/<name>.json` by name. A file that is not here counts as skipped. */
export const algorithmRunners: Readonly<Record<string, FileRunner>> = {
  adv_gae: algorithm(generalized),
  adv_gpg: algorithm(groupPolicyGradient),
  adv_grpo: algorithm(groupRelative('zero')),
  adv_grpo_passk: algorithm(passAtK),
  adv_grpo_vectorized: algorithm(groupRelative('epsilon')),
  adv_opo: algorithm(lengthWeighted),
  adv_optimal_token_baseline: algorithm(optimalTokenBaseline('place')),
  adv_reinforce_plus_plus: algorithm(reinforcePlusPlus),
  adv_reinforce_plus_plus_baseline: algorithm(reinforcePlusPlusBaseline),
  adv_remax: algorithm(greedyBaseline),
  adv_rloo: algorithm(leaveOneOut('reward')),
  adv_rloo_vectorized: algorithm(leaveOneOut('zero')),
  adv_tir_optimal_token_baseline: algorithm(optimalTokenBaseline('turn-token')),
  agg_loss: algorithm(aggLoss),
  cpo_simpo: algorithm(cpoSimpo),
  dpo: algorithm(dpo),
  dpo_cdpo_ktopair: algorithm(dpoConservativeAndKtoPair),
  entropy_logprobs: algorithm(entropyLogProbs),
  gkd_jsd: algorithm(gkd),
  kl_controllers: algorithm(klControllers),
  kl_full: algorithm(klFull),
  kl_in_reward: algorithm(klInReward),
  kl_penalty: algorithm(klPenalty),
  kl_penalty_straight_through: algorithm(klPenaltyStraightThrough),
  kto: algorithm(kto),
  logits_processors: algorithm(logitsProcessors),
  masked_ops: algorithm(maskedOps),
  orpo: algorithm(orpo),
  policy_loss_cispo: algorithm(policyLossCispo),
  policy_loss_clip_cov: algorithm(policyLossClipCov),
  policy_loss_geo_mean: algorithm(policyLossGeoMean),
  policy_loss_gpg: algorithm(policyLossGpg),
  policy_loss_gspo: algorithm(policyLossGspo),
  policy_loss_kl_cov: algorithm(policyLossKlCov),
  policy_loss_reinforce: algorithm(policyLossReinforce),
  policy_loss_sapo: algorithm(policyLossSapo),
  policy_loss_bypass_mode: algorithm(policyLossBypass),
  policy_loss_vanilla: algorithm(policyLossVanilla),
  reward_model_bt: algorithm(rewardModel),
  rollout_is_weights: algorithm(rolloutWeights),
  rollout_offpolicy_metrics: algorithm(rolloutOffPolicyMetrics),
  rollout_rejection_mask: algorithm(rolloutRejectionMask),
  sft_loss: algorithm(sftLoss),
  trl_advantages: algorithm(trlAdvantages),
  trl_gmpo_loss: algorithm(trlGmpoLoss),
  trl_grpo_loss: algorithm(trlGrpoLoss),
  trl_rloo_loss: algorithm(trlRlooLoss),
  trl_rewards: algorithm(trlRewards),
  value_loss: algorithm(valueLoss),
};

/** `train/<name>.json` by name. A file that is not here counts as skipped. */
export const trainRunners: Readonly<Record<string, FileRunner>> = {
  dpo_trajectory: runDpoTrajectory,
  grpo_trajectory: runGrpoTrajectory,
  lora_sft_trajectory: runLoraSftTrajectory,
  lr_schedules: runSchedules,
  optimizers: runOptimizers,
  sft_trajectory: runSftTrajectory,
};
