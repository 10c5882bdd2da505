import type { Metrics } from '@rlloom/spec';

// JSON has no NaN and no infinity, and `null` would not say which it was.
const names: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** A number as JSON can hold it: itself, or `"NaN"`, `"Infinity"`, `"-Infinity"`. */
function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The number `toJsonNumber` wrote; NaN for anything else. */
function fromJsonNumber(value: unknown): number {
  return typeof value === 'number' ? value : (names[String(value)] ?? Number.NaN);
}

/** Metrics as JSON can hold them. */
export function toJsonMetrics(metrics: Metrics): Readonly<Record<string, number | string>> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, toJsonNumber(value)]));
}

/** The metrics `toJsonMetrics` wrote; empty for what is no map. */
export function fromJsonMetrics(value: unknown): Metrics {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, number]) => [name, fromJsonNumber(number)]));
}
