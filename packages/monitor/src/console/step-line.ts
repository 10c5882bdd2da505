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
}

const columns: readonly Column[] = [
  { label: 'reward', metrics: ['train/reward_mean'], format: fixed },
  { label: 'accuracy', metrics: ['train/accuracy'], format: fixed },
  { label: 'loss', metrics: ['actor/loss', 'sft/loss', 'loss'], format: compactNumber },
  { label: 'kl', metrics: ['kl/reference', 'actor/approximate_kl'], format: compactNumber },
  { label: 'gradient', metrics: ['actor/gradient_norm', 'sft/gradient_norm'], format: compactNumber },
  { label: 'mismatch', metrics: ['mismatch/abs_mean'], format: compactNumber },
  { label: 'tokens/s', metrics: ['timing/rollout_tokens_per_second'], format: whole },
  { label: 'length', metrics: ['train/response_length_mean'], format: whole },
];

/** The numbers of a step that people watch, in a fixed order; what a stage does not measure is left out. */
export function stepCells(metrics: Metrics, seconds: number): LineCell[] {
  const cells = columns.flatMap(({ label, metrics: names, format }) => {
    const name = names.find((candidate) => metrics[candidate] !== undefined);
    return name === undefined ? [] : [{ label, text: format(metrics[name] ?? Number.NaN) }];
  });
  const tokens = metrics['sft/tokens'];
  const speed = tokens === undefined ? [] : [{ label: 'tokens/s', text: whole(tokens / Math.max(seconds, 1e-9)) }];
  return [...cells, ...speed];
}

/** The numbers of an evaluation: accuracy first, with its change, then every further accuracy, then reward. */
export function evaluationCells(metrics: Metrics, before: number | undefined): LineCell[] {
  const accuracy = metrics['eval/accuracy'];
  const change = accuracy === undefined || before === undefined ? '' : ` (${signed(100 * (accuracy - before))})`;
  const parts = Object.entries(metrics)
    .filter(([name]) => /^eval\/.+\/accuracy$/.test(name))
    .map(([name, value]) => ({ label: name.slice('eval/'.length, -'/accuracy'.length), text: percent(value) }));
  return [
    ...(accuracy === undefined ? [] : [{ label: 'accuracy', text: `${percent(accuracy)}${change}` }]),
    ...(metrics['eval/reward_mean'] === undefined ? [] : [{ label: 'reward', text: fixed(metrics['eval/reward_mean']) }]),
    // One tag alone is the whole again.
    ...(parts.length > 1 ? parts : []),
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
