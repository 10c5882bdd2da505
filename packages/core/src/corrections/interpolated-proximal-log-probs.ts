import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `interpolatedProximalLogProbs`, rows of the same lengths. */
export interface InterpolatedProximalInputs {
  /** Under the policy now, of version `currentVersion`. */
  readonly logProbs: TokenRows;
  /** Under the policy that sampled each token. */
  readonly behaviorLogProbs: TokenRows;
  /** The weights' version that sampled each token; below 0 where none did, as in a prompt. */
  readonly versions: TokenRows;
}

/**
 * Proximal log-probs of decoupled PPO without a forward pass: on the line from the policy that sampled to the policy
 * now, at the version before now,
 *
 * `log π_prox = log π_behav + α · (log π − log π_behav)`, `α = (v_now − 1 − v_behav) / (v_now − v_behav)` in [0, 1].
 *
 * A token of the version before now, of now, or of none has `α = 0`. The other ways to have proximal log-probs need no
 * function: recompute them with the trainer before the update (the exact ones), or reuse the engine's, which makes the
 * loss plain PPO against the policy that sampled.
 *
 * AReaL (arXiv:2505.24298), `loglinear`.
 *
 * @throws ShapeError when rows differ
 * @throws RangeError for a version that is not finite
 * @example
 * ```ts
 * const inputs = { logProbs: [[-1, -1]], behaviorLogProbs: [[-3, -3]], versions: [[3, 4]] };
 * interpolatedProximalLogProbs(inputs, 5); // => [[-2, -3]]
 * ```
 */
export function interpolatedProximalLogProbs(
  inputs: InterpolatedProximalInputs,
  currentVersion: number,
): Float64Array[] {
  const { logProbs, behaviorLogProbs, versions } = inputs;
  checkSameRows('interpolatedProximalLogProbs', { logProbs, behaviorLogProbs, versions });
  checkVersion(currentVersion);
  return behaviorLogProbs.map((behavior, sequence) => {
    const now = logProbs[sequence] as ArrayLike<number>;
    const rowVersions = versions[sequence] as ArrayLike<number>;
    const row = new Float64Array(behavior.length);
    for (let token = 0; token < row.length; token += 1) {
      const version = rowVersions[token] as number;
      const then = behavior[token] as number;
      const gap = currentVersion - version;
      if (gap - gap !== 0) checkVersion(version);
      row[token] = version < 0 || gap <= 1 ? then : then + (1 - 1 / gap) * ((now[token] as number) - then);
    }
    return row;
  });
}

function checkVersion(version: number): void {
  if (Number.isFinite(version)) return;
  throw new RangeError(`interpolatedProximalLogProbs: a version must be a number, given ${version}`);
}
