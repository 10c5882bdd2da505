import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** What came of one comparison of two contestants, by index. */
export interface Match {
  readonly first: number;
  readonly second: number;
  /** 1 = the first won, 0 = the second, 0.5 = a tie; anything between is shared. */
  readonly outcome: number;
}

/** Options of `bradleyTerryScores`. */
export interface BradleyTerryOptions {
  /**
   * Matches that each contestant has won, and as many lost, against one of strength 1: keeps those who won or lost all
   * of theirs finite, and the comparison of those who never met meaningful. 0 = none. Default 0.5
   */
  readonly prior?: number;
  /** Default 1000 */
  readonly maxIterations?: number;
}

/**
 * Strengths under the Bradley–Terry model, P(i beats j) = pᵢ / (pᵢ + pⱼ), by the minorise–maximise iteration of
 * Hunter (2004), Ann. Statist. 32(1): pᵢ ← (Wᵢ + a) / (Σⱼ nᵢⱼ / (pᵢ + pⱼ) + 2a / (pᵢ + 1)), a = `prior`. Without a prior the strengths are
 * scaled to a geometric mean of 1 and are finite only where everyone can be reached over wins.
 *
 * @returns natural logarithms of the strengths, one per contestant; 0 for those without a match
 * @example
 * ```ts
 * const matches = [0, 0, 1].map((winner) => ({ first: 0, second: 1, outcome: winner === 0 ? 1 : 0 }));
 * const [a, b] = bradleyTerryScores(2, matches, { prior: 0 });
 * Math.round(Math.exp(a - b) * 1000); // => 2000
 * ```
 */
export function bradleyTerryScores(
  count: number,
  matches: readonly Match[],
  options: BradleyTerryOptions = {},
): number[] {
  const { prior = 0.5, maxIterations = 1000 } = options;
  const wins = new Float64Array(count);
  for (const { first, second, outcome } of matches) {
    wins[first]! += outcome;
    wins[second]! += 1 - outcome;
  }
  const played = new Set(matches.flatMap(({ first, second }) => [first, second]));
  let strengths = new Float64Array(count).fill(1);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const expected = strengths.map((strength) => (2 * prior) / (strength + 1));
    for (const { first, second } of matches) {
      const share = 1 / (strengths[first]! + strengths[second]!);
      expected[first]! += share;
      expected[second]! += share;
    }
    const next = strengths.map((strength, i) => (played.has(i) ? (wins[i]! + prior) / expected[i]! : strength));
    if (prior === 0) rescale(next, played);
    const change = Math.max(0, ...next.map((strength, i) => Math.abs(strength - strengths[i]!) / (strength + 1e-300)));
    strengths = next;
    if (change < 1e-12) break;
  }
  return Array.from(strengths, Math.log);
}

function rescale(strengths: Float64Array, played: ReadonlySet<number>): void {
  const positive = [...played].filter((i) => strengths[i]! > 0);
  const mean = Math.exp(positive.reduce((sum, i) => sum + Math.log(strengths[i]!), 0) / Math.max(1, positive.length));
  for (const i of played) strengths[i]! /= mean;
}

/** Options of `eloScores`. */
export interface EloOptions {
  /** Most points one match moves. Default 32 */
  readonly kFactor?: number;
  /** Points everyone starts with. Default 1500 */
  readonly initial?: number;
  /** Times the matches are played through, each in its own seeded order, and averaged over. Default 20 */
  readonly orders?: number;
  readonly seed?: number;
}

/**
 * Elo ratings: after each match a contestant gains K · (outcome − expected), expected = 1 / (1 + 10^((other − own) / 400)).
 * They depend on the order of matches, so they are the mean over seeded orders.
 *
 * @returns one rating per contestant
 * @example
 * ```ts
 * eloScores(2, [{ first: 0, second: 1, outcome: 1 }]); // => [1516, 1484]
 * ```
 */
export function eloScores(count: number, matches: readonly Match[], options: EloOptions = {}): number[] {
  const { kFactor = 32, initial = 1500, orders = 20, seed = 0 } = options;
  const sums = new Array<number>(count).fill(0);
  const generator = mersenne(seed);
  for (let order = 0; order < orders; order++) {
    const ratings = new Array<number>(count).fill(initial);
    const line = [...matches];
    for (let i = line.length - 1; i > 0; i--) {
      const j = uniformInt(generator, 0, i);
      [line[i], line[j]] = [line[j]!, line[i]!];
    }
    for (const { first, second, outcome } of line) {
      const expected = 1 / (1 + 10 ** ((ratings[second]! - ratings[first]!) / 400));
      const gain = kFactor * (outcome - expected);
      ratings[first]! += gain;
      ratings[second]! -= gain;
    }
    for (let i = 0; i < count; i++) sums[i]! += ratings[i]!;
  }
  return sums.map((sum) => sum / orders);
}

/**
 * Which pairs of `count` contestants meet. With fewer than all, everyone meets at least one other and all are connected
 * (a seeded ring comes first, as far as `most` allows), then seeded others.
 *
 * @param most `'all'` or a number of pairs
 * @returns pairs `[i, j]`, i < j, sorted
 */
export function choosePairs(count: number, most: 'all' | number, seed: number): (readonly [number, number])[] {
  const all: (readonly [number, number])[] = [];
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) all.push([i, j]);
  if (most === 'all' || all.length <= most) return all;
  const generator = mersenne(seed);
  const ring = shuffled(
    Array.from({ length: count }, (_, i) => i),
    generator,
  );
  const key = (i: number, j: number): string => `${Math.min(i, j)},${Math.max(i, j)}`;
  const ringKeys = ring.map((i, position) => key(i, ring[(position + 1) % count]!));
  const chosen = new Set(ringKeys.slice(0, most));
  for (const [i, j] of shuffled(all, generator)) {
    if (chosen.size >= most) break;
    chosen.add(key(i, j));
  }
  return all.filter(([i, j]) => chosen.has(key(i, j)));
}

function shuffled<T>(values: readonly T[], generator: ReturnType<typeof mersenne>): T[] {
  const line = [...values];
  for (let i = line.length - 1; i > 0; i--) {
    const j = uniformInt(generator, 0, i);
    [line[i], line[j]] = [line[j]!, line[i]!];
  }
  return line;
}
