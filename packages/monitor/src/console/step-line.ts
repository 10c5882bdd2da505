import type { Metrics } from '@rlloom/spec';

/** A named number of a line. */
export interface LineCell {
  readonly label: string;
  readonly text: string;
}

interface Column {
  readonly label: string;
  /** The first of these metrics that is there. */
  readonly metrics: readonly string[];
  readonly format: (value: number) => string;
  /** Least characters of the number, so that the lines of a run stand in columns. */
  readonly width: number;
}

// Rewards that train may be normalised, and then their mean says nothing; scores are as rewards gave them.
const score: Column = { label: 'score', metrics: ['train/score_mean'], format: fixed, width: 5 };
const columns: readonly Column[] = [
  { label: 'accuracy', metrics: ['train/accuracy'], format: fixed, width: 5 },
  { label: 'loss', metrics: ['actor/loss', 'sft/loss', 'loss'], format: compactNumber, width: 7 },
  { label: 'kl', metrics: ['kl/reference', 'actor/approximate_kl'], format: compactNumber, width: 7 },
  { label: 'gradient', metrics: ['actor/gradient_norm', 'sft/gradient_norm'], format: compactNumber, width: 7 },
  { label: 'mismatch', metrics: ['mismatch/abs_mean'], format: compactNumber, width: 7 },
  { label: 'tokens/s', metrics: ['timing/rollout_tokens_per_second'], format: whole, width: 6 },
  { label: 'length', metrics: ['train/response_length_mean'], format: whole, width: 4 },
];

/**
 * The numbers of a step that people watch, in a fixed order; what a stage does not measure is left out. Scores of several
 * domains are shown one by one, behind that of all.
 */
export function stepCells(metrics: Metrics, seconds: number): LineCell[] {
  const cells = [score, ...domainColumns(metrics), ...columns].flatMap(({ label, metrics: names, format, width }) => {
    const name = names.find((candidate) => metrics[candidate] !== undefined);
    return name === undefined ? [] : [{ label, text: format(metrics[name] ?? Number.NaN).padEnd(width) }];
  });
  const tokens = metrics['sft/tokens'];
  const speed = tokens === undefined ? [] : [{ label: 'tokens/s', text: whole(tokens / Math.max(seconds, 1e-9)) }];
  return [...cells, ...speed];
}

function domainColumns(metrics: Metrics): Column[] {
  const found = Object.keys(metrics).flatMap((name) => {
    const label = /^rewards\/(.+)\/mean_score$/.exec(name)?.[1];
    return label === undefined ? [] : [{ ...score, label, metrics: [name] }];
  });
  // One domain alone is the whole again.
  return found.length > 1 ? found : [];
}

/** The numbers of an evaluation: accuracy first, with its change, then the score, then every further accuracy. */
export function evaluationCells(metrics: Metrics, before: number | undefined): LineCell[] {
  const accuracy = metrics['eval/accuracy'];
  const change = accuracy === undefined || before === undefined ? '' : ` (${signed(100 * (accuracy - before))})`;
  const parts = Object.entries(metrics)
    .filter(([name]) => /^eval\/.+\/accuracy$/.test(name))
    .map(([name, value]) => ({ label: name.slice('eval/'.length, -'/accuracy'.length), text: percent(value) }));
  const levels = parts.filter(({ label }) => label.startsWith('difficulty_'));
  const tags = parts.filter(({ label }) => !label.startsWith('difficulty_'));
  return [
    ...(accuracy === undefined ? [] : [{ label: 'accuracy', text: `${percent(accuracy)}${change}` }]),
    ...(metrics['eval/score_mean'] === undefined ? [] : [{ label: 'score', text: fixed(metrics['eval/score_mean']) }]),
    // One tag or level alone is the whole again.
    ...(tags.length > 1 ? tags : []),
    ...(levels.length > 1
      ? levels.map(({ label, text }) => ({ label: label.replace('difficulty_', 'level '), text }))
      : []),
  ];
}

/**
 * A number in few characters.
 *
 * @example
 * ```ts
 * compactNumber(0.012345); // => '0.0123'
 * compactNumber(0.00001234); // => '1.23e-5'
 * ```
 */
export function compactNumber(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size < 0.001 || size >= 100_000) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

function fixed(value: number): string {
  return value.toFixed(3);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
