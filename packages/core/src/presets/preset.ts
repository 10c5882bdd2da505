import type { GeneralizedOptions } from '../advantages/generalized-advantages.ts';
import type { GroupRelativeOptions } from '../advantages/group-relative-advantages.ts';
import type { LeaveOneOutOptions } from '../advantages/leave-one-out-advantages.ts';
import type { WhitenOptions } from '../advantages/whiten-over-tokens.ts';
import type { KlEstimateOptions } from '../kl/kl-estimate.ts';
import type { AggregationMode } from '../losses/aggregate-loss.ts';
import type { CispoOptions } from '../losses/cispo-loss.ts';
import type { ClippedPolicyLossOptions } from '../losses/clipped-policy-loss.ts';
import type { ValueLossOptions } from '../losses/clipped-value-loss.ts';

type Decided<Options> = { readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined> };

/**
 * How a library computes what others call by the same name: plain data, by the function it is passed to. What a
 * library leaves to its user (the number of samples, the length of a response) is not here.
 */
export interface Preset {
  /** The estimator behind the library's `grpo`. */
  readonly groupEstimator: 'grpo' | 'grpo_leave_one_out';
  /** Options of `groupRelativeAdvantages`. */
  readonly groupRelative: Decided<GroupRelativeOptions>;
  /** Options of `leaveOneOutAdvantages` (RLOO). */
  readonly leaveOneOut: Decided<LeaveOneOutOptions>;
  /** Options of `generalizedAdvantages`. */
  readonly gae: Decided<Pick<GeneralizedOptions, 'gamma' | 'lambda' | 'gaps'>>;
  /** Options of `whitenOverTokens`. */
  readonly whiten: Decided<Pick<WhitenOptions, 'ddof' | 'epsilon'>>;
  /** Whether advantages of a critic are whitened by default. */
  readonly whitenCriticAdvantages: boolean;
  /** Options of `clippedPolicyLoss`. */
  readonly clippedPolicy: Decided<ClippedPolicyLossOptions>;
  /** Options of `cispoLoss`; `null` where the library has no CISPO. */
  readonly cispo: Decided<Pick<CispoOptions, 'clipRatioLow' | 'clipRatioHigh'>> | null;
  /** Mode of `aggregateLoss`. */
  readonly aggregation: AggregationMode;
  /** Options of `klEstimate` for the library's default estimator. */
  readonly klEstimate: Decided<Pick<KlEstimateOptions, 'estimator' | 'inputClamp' | 'outputClamp'>>;
  /** Where the penalty is by default, and its coefficient. */
  readonly kl: { readonly placement: 'loss' | 'none' | 'reward'; readonly coefficient: number };
  /** Options of `clippedValueLoss`. */
  readonly value: Decided<Pick<ValueLossOptions, 'clipRange' | 'huberDelta' | 'scale'>>;
  /** Log ratios of `ipoLoss`; `null` where the library has no IPO. */
  readonly ipo: 'average' | 'sum' | null;
  /** `beyondMax` of `overlongPenalty`; `null` where the library has none. */
  readonly overlong: 'flat' | 'linear' | null;
}
