import { checkPerSequence, checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `turnLevelAdvantages`. B = sequences, T = tokens; rows may differ in length. */
export interface TurnLevelInputs {
  /** `[B,T]` */
  readonly tokenRewards: TokenRows;
  /** The critic's value before each token. `[B,T]` */
  readonly values: TokenRows;
  /** `[B,T]`, not 0 on trained tokens. */
  readonly mask: TokenRows;
  /**
   * The turn of each trained token: whole numbers of 0 or more that never go back within a row; numbers may be left out.
   * Masked places are not read. `[B,T]`
   */
  readonly turnIds: TokenRows;
  /**
   * Whether the sequence was cut off rather than ended by itself. Then the value at the last place of its row, masked
   * or not, stands for what would have followed. Default: all ended. `[B]`
   */
  readonly truncated?: readonly boolean[];
}

/** Options of `turnLevelAdvantages`. */
export interface TurnLevelOptions {
  /** Discount per turn. Default 1. */
  readonly gamma?: number;
  /** Decay of the temporal differences per turn, for all sequences or for each. Default 1. */
  readonly lambda?: number | readonly number[];
}

/**
 * Generalized advantages with one turn of an agent as one step: `δ_k = r_k + gamma · V_{k+1} − V_k` and
 * `A_k = δ_k + gamma · lambda · A_{k+1}`, where `r_k` is the sum of the rewards of the trained tokens of turn k and `V_k`
 * the value at the first of them. All tokens of the turn get `A_k` and the return `A_k + V_k`. Tokens between turns,
 * and turns without a trained token, cost neither discount nor decay: they have advantage 0 and their own value as
 * return.
 *
 * AReaL's `gae_timestep_unit=turn`; there the bootstrap value stands at the end of the padded row. Per token:
 * GAE, arXiv:1506.02438.
 *
 * @returns `advantages` and `returns`, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @throws RangeError for turn ids that are not as described, or a gamma or lambda that is not finite
 * @example
 * ```ts
 * turnLevelAdvantages(
 *   { tokenRewards: [[0, 1, 0, 2]], values: [[0, 0, 0, 0]], mask: [[1, 1, 1, 1]], turnIds: [[0, 0, 1, 1]] },
 *   { lambda: 0.5 },
 * ).advantages; // => [[2, 2, 2, 2]]
 * ```
 */
export function turnLevelAdvantages(
  inputs: TurnLevelInputs,
  options: TurnLevelOptions = {},
): { readonly advantages: Float64Array[]; readonly returns: Float64Array[] } {
  const { tokenRewards, values, mask, turnIds, truncated } = inputs;
  checkSameRows('turnLevelAdvantages', { tokenRewards, values, mask, turnIds });
  const { gamma = 1, lambda = 1 } = options;
  const lambdas = typeof lambda === 'number' ? undefined : lambda;
  checkPerSequence('turnLevelAdvantages', { truncated, lambda: lambdas }, mask);
  for (const number of [gamma, ...(typeof lambda === 'number' ? [lambda] : lambda)]) {
    if (!Number.isFinite(number)) {
      throw new RangeError(`turnLevelAdvantages: gamma and lambda must be finite, given ${number}`);
    }
  }
  const advantages: Float64Array[] = [];
  const returns: Float64Array[] = [];
  mask.forEach((weights, sequence) => {
    const row: TurnRow = {
      rewards: tokenRewards[sequence] ?? [],
      values: values[sequence] ?? [],
      weights,
      turns: turnIds[sequence] ?? [],
    };
    const result = overTurns(row, {
      sequence,
      gamma,
      lambda: typeof lambda === 'number' ? lambda : (lambda[sequence] as number),
      following: truncated?.[sequence] === true ? (row.values[weights.length - 1] ?? 0) : 0,
    });
    advantages.push(result.advantages);
    returns.push(result.returns);
  });
  return { advantages, returns };
}

interface TurnRow {
  readonly rewards: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly turns: ArrayLike<number>;
}

interface TurnTerms {
  readonly sequence: number;
  readonly gamma: number;
  readonly lambda: number;
  /** The value of what follows the last turn. */
  readonly following: number;
}

// Ids never go back, so walking backwards the tokens of a turn come together, with at most masked ones in between.
function overTurns(
  { rewards, values, weights, turns }: TurnRow,
  { sequence, gamma, lambda, following }: TurnTerms,
): { advantages: Float64Array; returns: Float64Array } {
  const advantages = new Float64Array(weights.length);
  const returns = Float64Array.from(values);
  let nextTurn = Number.MAX_SAFE_INTEGER;
  let nextValue = following;
  let nextAdvantage = 0;
  for (let end = weights.length - 1; end >= 0; end -= 1) {
    if (weights[end] === 0) continue;
    const turn = turns[end] as number;
    if (!Number.isInteger(turn) || turn < 0 || turn > nextTurn) throw badTurn(turn, sequence);
    let first = end;
    let reward = 0;
    for (let token = end; token >= 0; token -= 1) {
      if (weights[token] === 0) continue;
      if (turns[token] !== turn) break;
      first = token;
      reward += rewards[token] as number;
    }
    const value = values[first] as number;
    nextAdvantage = reward + gamma * nextValue - value + gamma * lambda * nextAdvantage;
    nextValue = value;
    nextTurn = turn;
    for (let token = first; token <= end; token += 1) {
      if (weights[token] === 0) continue;
      advantages[token] = nextAdvantage;
      returns[token] = nextAdvantage + value;
    }
    end = first;
  }
  return { advantages, returns };
}

function badTurn(turn: number, sequence: number): RangeError {
  return new RangeError(
    `turnLevelAdvantages: turn ids of trained tokens must be whole numbers from 0 that never go back, given ${turn} ` +
      `in sequence ${sequence}`,
  );
}
