/** Bounds of a KL estimate: the options of `klEstimate` that libraries differ in. `null` for none. */
export interface KlClamps {
  readonly inputClamp: number | null;
  readonly outputClamp: number | null;
}

/** A library's KL clamps by estimator; `null` where it does not have the estimator. */
export interface KlClampPreset {
  readonly k1: KlClamps | null;
  readonly abs: KlClamps | null;
  readonly k2: KlClamps | null;
  readonly k3: KlClamps | null;
}

const open: KlClamps = { inputClamp: null, outputClamp: null };
const outputOnly: KlClamps = { inputClamp: null, outputClamp: 10 };
const both: KlClamps = { inputClamp: 20, outputClamp: 10 };

/**
 * The clamps of each library's KL estimators, which change numbers where the policies are far apart: plain data for
 * `klEstimate`.
 *
 * @example
 * ```ts
 * klClampPresets.verl.k3; // => { inputClamp: 20, outputClamp: 10 }
 * klClampPresets.trl.k3; // => { inputClamp: null, outputClamp: null }
 * ```
 */
export const klClampPresets: Readonly<
  Record<'verl' | 'roll' | 'openrlhf' | 'areal' | 'slime' | 'slimeLowVariance' | 'nemoRl' | 'trl', KlClampPreset>
> = {
  // EasyR1 has the same.
  verl: { k1: open, abs: open, k2: open, k3: both },
  roll: { k1: open, abs: open, k2: open, k3: outputOnly },
  openrlhf: { k1: outputOnly, abs: null, k2: outputOnly, k3: outputOnly },
  // With its option `apply_clamp`; without it as trl.
  areal: { k1: outputOnly, abs: null, k2: outputOnly, k3: outputOnly },
  slime: { k1: open, abs: null, k2: open, k3: open },
  // `low_var_kl` is its k3 with a clamp.
  slimeLowVariance: { k1: open, abs: null, k2: open, k3: outputOnly },
  nemoRl: { k1: both, abs: null, k2: both, k3: both },
  trl: { k1: null, abs: null, k2: null, k3: open },
};
