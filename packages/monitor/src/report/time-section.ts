import type { Element } from 'hast';
import { h } from 'hastscript';
import { compactNumber } from '../console/step-line.ts';
import { formatDuration } from '../console/time-left.ts';
import { type StageTime, stageTimes } from './headline.ts';
import type { RunData } from './run-data.ts';

/** Where the time went, stage by stage. */
export function timeSection({ steps }: RunData): Element[] {
  const times = stageTimes(steps).filter(({ seconds }) => seconds > 0);
  if (times.length === 0) return [];
  return [h('h2', 'Where the time went'), h('div.card', times.map(timeRow))];
}

function timeRow({ stage, steps, seconds, phases }: StageTime): Element {
  const color = (index: number): string => `background: var(--series-${(index % 8) + 1})`;
  const share = (part: number): string => `${((100 * part) / seconds).toFixed(1)}%`;
  return h('div.time-row', [
    h('div', [
      h('b', stage),
      h('span.muted', ` ${formatDuration(1000 * seconds)} in ${steps} steps, ${compactNumber(seconds / steps)} s each`),
    ]),
    ...(phases.length === 0
      ? []
      : [
          h(
            'div.time-bar',
            phases.map((phase, index) =>
              h('div', { style: `width: ${share(phase.seconds)}; ${color(index)}`, title: phase.phase }),
            ),
          ),
          h(
            'div.keys',
            phases.map((phase, index) =>
              h('span', [h('i', { style: color(index) }), `${phase.phase} ${share(phase.seconds)}`]),
            ),
          ),
        ]),
  ]);
}
