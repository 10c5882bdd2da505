import prettyBytes from 'pretty-bytes';

/** A size for people: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes);
}

/** A count for people: `494,032,768 (494M)`. */
export function formatCount(count: number): string {
  const exact = count.toLocaleString('en-US');
  const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(count);
  return count < 10_000 ? exact : `${exact} (${short})`;
}

/** A measured number with four significant digits, integers as they are: `0.1235`, `12`, `1.2e-7`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
