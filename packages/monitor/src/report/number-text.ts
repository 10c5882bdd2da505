import type { Element } from 'hast';
import { h } from 'hastscript';

/** A share as a percentage: `41.0%`. */
export function percentText(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}

/** A count or speed without decimals: `3,115`. */
export function wholeText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A change of a share in points, green when it rose and red when it fell. */
export function changeText(change: number, unit = ''): Element {
  const points = 100 * change;
  const name = points > 0.05 ? 'up' : points < -0.05 ? 'down' : 'muted';
  const sign = points < 0 ? '−' : '+';
  return h('span', { className: [name] }, `${sign}${Math.abs(points).toFixed(1)}${unit === '' ? '' : ` ${unit}`}`);
}
