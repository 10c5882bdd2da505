import type { MathCase } from './math-case.ts';
import type { JudgedCase, JudgedFile } from './judge-file.ts';

/** What stands behind the counts of a file: its accuracy, what it has to reach, and times. */
export function formatAccuracy({ layout, threshold, accuracy, cases }: JudgedFile): string {
  const positives = countOutcome(cases, 'false-positive');
  const late = cases.filter(({ isLate }) => isLate).length;
  return [
    `   ${layout}: accuracy ${accuracy.toFixed(4)} (at least ${threshold.accuracy}`,
    `${threshold.noFalsePositive ? ', no false positive' : ''}), `,
    `${positives} false positive, ${countOutcome(cases, 'false-negative')} false negative, `,
    `${countOutcome(cases, 'broken')} broken, ${late} over budget; ${formatTimes(cases)}`,
  ].join('');
}

/** A line per wrong case, false positives first, and the accuracy per kind. */
export function formatMathDetails({ cases }: JudgedFile): string[] {
  const order = ['false-positive', 'broken', 'right', 'false-negative'];
  const wrong = cases
    .filter(({ report, isLate }) => report.outcome !== 'right' || isLate)
    .toSorted((a, b) => order.indexOf(a.report.outcome) - order.indexOf(b.report.outcome));
  return [...wrong.map(formatWrong), ...formatKinds(cases)];
}

function formatWrong({ one, report, isLate, status }: JudgedCase): string {
  const names = {
    'false-positive': 'FALSE POSITIVE',
    'false-negative': 'false negative',
    broken: 'broken',
    right: 'right',
  };
  const late = isLate ? `, OVER BUDGET with ${report.ms.toFixed(0)} ms` : '';
  const failed = status === 'failed' ? ' (fails)' : '';
  return `    ${names[report.outcome]}${late}${failed} ${one.id} ${one.kind}: ${quote(one)}: ${shorten(report.reason, 160)}`;
}

function quote(one: MathCase): string {
  const text = (value: string | null): string =>
    value === null ? 'nothing' : JSON.stringify(value.length > 70 ? `…${value.slice(-70)}` : value);
  return 'latex' in one
    ? `${text(one.latex)} is ${text(one.gold_latex)}`
    : `${text(one.pred)} against ${text(one.gold)}`;
}

function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

function formatKinds(cases: readonly JudgedCase[]): string[] {
  const kinds = new Map<string, { right: number; all: number }>();
  for (const { one, report } of cases) {
    const kind = kinds.get(one.kind) ?? { right: 0, all: 0 };
    kinds.set(one.kind, kind);
    kind.all += 1;
    if (report.outcome === 'right') kind.right += 1;
  }
  const whole = [...kinds].filter(([, { right, all }]) => right === all);
  const partly = [...kinds].filter(([, { right, all }]) => right < all);
  return [
    ...partly.map(([name, { right, all }]) => `    kind ${name}: ${(right / all).toFixed(3)} (${right} of ${all})`),
    ...(whole.length === 0
      ? []
      : [`    kinds at 1.000: ${whole.map(([name, { all }]) => `${name} (${all})`).join(', ')}`]),
  ];
}

function formatTimes(cases: readonly JudgedCase[]): string {
  const times = cases.map(({ report }) => report.ms).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(2);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  return `ms per verification: mean ${mean.toFixed(2)}, median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`;
}

function countOutcome(cases: readonly JudgedCase[], outcome: JudgedCase['report']['outcome']): number {
  return cases.filter(({ report }) => report.outcome === outcome).length;
}
