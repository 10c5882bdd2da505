import type { Element } from 'hast';
import { h } from 'hastscript';
import { compactNumber } from '../console/step-line.ts';
import { formatDuration } from '../console/time-left.ts';
import type { ChartGroup } from './charts.ts';
import { type AccuracyRow, accuracyRows, type Milestone, milestones } from './headline.ts';
import { changeText, percentText, wholeText } from './number-text.ts';
import type { MeasuredStep, RunData } from './run-data.ts';

/** Name, stages and how they ended. */
export function headerSection({ record }: RunData): Element {
  const stages = record.stages.map(({ stage, status, step, totalSteps }) =>
    h('span', [
      h('span.badge', { className: [status] }, status),
      h('span.muted', ` ${stage} ${step === totalSteps ? `${step} steps` : `step ${step} of ${totalSteps}`}`),
    ]),
  );
  return h('header.top', [h('h1', record.name === '' ? 'Run' : record.name), ...stages]);
}

/** The numbers one asks for first. */
export function tilesSection(data: RunData): Element {
  const moments = milestones(data);
  const tiles = [...accuracyTiles(moments), ...trainingTiles(data)];
  return h(
    'section.tiles',
    tiles.map(({ label, value, note }) =>
      h('div.card.tile', [h('div.label', label), h('div.value', value), h('div.note', note)]),
    ),
  );
}

/** Accuracy before training and after each stage, whole and in parts. */
export function accuracySection(data: RunData): Element[] {
  const moments = milestones(data);
  const rows = accuracyRows(moments);
  if (rows.length < 2) return [];
  const head = [h('th', ''), ...moments.map(({ label }) => h('th', label)), h('th.number', 'change')];
  return [
    h('h2', 'Held-out accuracy'),
    h('div.card', [h('table', [h('thead', h('tr', head)), h('tbody', rows.map(accuracyRow))])]),
  ];
}

/** Places for the charts; the page's script draws them. */
export function chartsSection(groups: readonly ChartGroup[]): Element[] {
  let index = 0;
  const boxes = groups.map(({ title, charts }) =>
    h('div.chart-group', [
      h('h3', title),
      h(
        'div.charts',
        charts.map((chart) => {
          const names = [chart.title, ...chart.series.map(({ label }) => label)].join(' ').toLowerCase();
          return h('div.card.chart', { dataChart: String(index++), dataNames: names }, [
            h('h3', chart.title),
            h('div.plot'),
          ]);
        }),
      ),
    ]),
  );
  if (index === 0) return [h('h2', 'Curves'), h('p.muted', 'No step is complete yet.')];
  return [
    h('h2', 'Curves'),
    h('div.tools', [
      h('label', ['smoothing', h('input#smoothing', { type: 'range', min: 0, max: 95, step: 5, value: 0 })]),
      h('label', ['filter', h('input#filter', { type: 'search', placeholder: 'name of a metric' })]),
    ]),
    ...boxes,
  ];
}

/** Warnings, if there were any. */
export function warningsSection({ messages }: RunData): Element[] {
  const warnings = messages.filter(({ level }) => level === 'warning');
  if (warnings.length === 0) return [];
  const shown = warnings.slice(-50).map(({ text }) => h('li', text));
  return [h('h2', warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`), h('ul.warnings', shown)];
}

/** What the program adds (the batch arithmetic), and the configuration. */
export function configSection(
  { configText }: RunData,
  notes: readonly { readonly title: string; readonly lines: readonly string[] }[],
): Element[] {
  const boxes = notes.map(({ title, lines }) => h('div.card.task', [h('h3', title), h('pre', lines.join('\n'))]));
  const config =
    configText === undefined ? [] : [h('details.card.task', [h('summary', 'Configuration'), h('pre', configText)])];
  return boxes.length + config.length === 0 ? [] : [h('h2', 'Set-up'), ...boxes, ...config];
}

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string | Element;
}

function accuracyTiles(moments: readonly Milestone[]): Tile[] {
  const [first] = moments;
  return moments.flatMap(({ label, evaluation }, index) => {
    const accuracy = evaluation.metrics['eval/accuracy'];
    if (accuracy === undefined) return [];
    const before = index === 0 ? undefined : moments[index - 1]?.evaluation.metrics['eval/accuracy'];
    const note = before === undefined ? 'held-out accuracy' : changeText(accuracy - before, 'points');
    return [
      { label: `${label}${evaluation === first?.evaluation ? ' training' : ''}`, value: percentText(accuracy), note },
    ];
  });
}

function trainingTiles({ steps, record, messages }: RunData): Tile[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  const seconds = steps.reduce((sum, { metrics }) => sum + (metrics['timing/seconds'] ?? 0), 0);
  const planned = record.stages.reduce((sum, { totalSteps }) => sum + totalSteps, 0);
  const tiles: Tile[] = [
    {
      label: 'steps',
      value: steps.length.toLocaleString('en-US'),
      note: `of ${planned}, in ${formatDuration(1000 * seconds)}`,
    },
  ];
  const score = range(steps, 'train/score_mean');
  if (score !== undefined) {
    tiles.push({ label: 'training score', value: score.last.toFixed(3), note: `from ${score.first.toFixed(3)}` });
  }
  const speed = range(steps, 'timing/rollout_tokens_per_second');
  if (speed !== undefined) {
    const update = range(steps, 'timing/update_tokens_per_second');
    const note = update === undefined ? 'tokens per second' : `tokens/s; update ${wholeText(update.median)}`;
    tiles.push({ label: 'rollout speed', value: wholeText(speed.median), note });
  }
  const mismatch = range(steps, 'mismatch/abs_mean');
  if (mismatch !== undefined) {
    tiles.push({
      label: 'trainer / rollout mismatch',
      value: compactNumber(mismatch.median),
      note: `at most ${compactNumber(mismatch.max)} nats per token`,
    });
  }
  const warnings = messages.filter(({ level }) => level === 'warning').length;
  if (warnings > 0) tiles.push({ label: 'warnings', value: String(warnings), note: 'see below' });
  return tiles;
}

function accuracyRow({ label, kind, values }: AccuracyRow): Element {
  const [first, last] = [values[0], values.at(-1)];
  const change = first === undefined || last === undefined ? '' : changeText(last - first);
  return h('tr', { className: [kind] }, [
    h('td', label),
    ...values.map((value) => h('td', value === undefined ? '–' : meter(value))),
    h('td.number', change),
  ]);
}

function meter(value: number): Element {
  return h('div.meter', [
    h('div.track', [h('div.fill', { style: `width: ${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}%` })]),
    h('div.text', percentText(value)),
  ]);
}

function range(
  steps: readonly MeasuredStep[],
  name: string,
): { first: number; last: number; median: number; max: number } | undefined {
  const values = steps.flatMap(({ metrics }) => {
    const value = metrics[name];
    return value === undefined || !Number.isFinite(value) ? [] : [value];
  });
  const sorted = values.toSorted((a, b) => a - b);
  const [first, last, median, max] = [values[0], values.at(-1), sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (first === undefined || last === undefined || median === undefined || max === undefined) return undefined;
  return { first, last, median, max };
}
