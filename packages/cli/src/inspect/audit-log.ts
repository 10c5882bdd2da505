import { type AuditRecord, readAuditLog } from '@rlloom/rewards';
import { formatBytes, formatCount, formatNumber } from '../format/quantities.ts';
import { formatSections, formatTable } from '../format/sections.ts';

/** Verdicts without a score that are shown, the last ones of the log. */
const shownFailures = 10;

interface DomainCounts {
  samples: number;
  correct: number;
  incorrect: number;
  unverifiable: number;
  cached: number;
  milliseconds: number;
  readonly failures: Map<string, number>;
}

/**
 * What is in an audit log of rewards: verdicts, failures and times by domain, and the last responses that nobody could
 * judge, with the reasons.
 *
 * @throws RlloomError `data` when the file is no audit log
 */
export async function inspectAuditLog(file: string): Promise<string[]> {
  const domains = new Map<string, DomainCounts>();
  const failed: AuditRecord[] = [];
  let [records, droppedBytes] = [0, 0];
  let [first, last]: (number | undefined)[] = [];
  // One pass, few records in memory: a log grows with every step of a run.
  for await (const record of readAuditLog(file, { onTornTail: (bytes) => (droppedBytes = bytes) })) {
    records++;
    first ??= record.time;
    last = record.time;
    count(domains, record);
    if (record.verdict === 'unverifiable') failed.push(record);
    if (failed.length > shownFailures) failed.shift();
  }
  const rows: [string, string][] = [['verdicts', formatCount(records)]];
  if (first !== undefined && last !== undefined) {
    rows.push(['from', new Date(first).toISOString()], ['to', new Date(last).toISOString()]);
  }
  if (droppedBytes > 0) rows.push(['cut off', `${formatBytes(droppedBytes)} of a last record`]);
  return [
    ...formatSections([{ title: file, rows }]),
    ...(domains.size === 0 ? [] : ['', ...domainTable(domains)]),
    ...(failed.length === 0 ? [] : ['', 'the last that could not be judged', ...failed.flatMap(failureLines)]),
  ];
}

function count(domains: Map<string, DomainCounts>, record: AuditRecord): void {
  const known = domains.get(record.domain) ?? {
    samples: 0,
    correct: 0,
    incorrect: 0,
    unverifiable: 0,
    cached: 0,
    milliseconds: 0,
    failures: new Map<string, number>(),
  };
  domains.set(record.domain, known);
  known.samples++;
  known[record.verdict]++;
  known.milliseconds += record.milliseconds;
  if (record.cached) known.cached++;
  if (record.failure !== undefined) known.failures.set(record.failure, (known.failures.get(record.failure) ?? 0) + 1);
}

function domainTable(domains: ReadonlyMap<string, DomainCounts>): string[] {
  const header = ['domain', 'samples', 'correct', 'incorrect', 'unverifiable', 'cached', 'ms each', 'failures'];
  const rows = [...domains].map(([name, counts]) => [
    name,
    ...[counts.samples, counts.correct, counts.incorrect, counts.unverifiable, counts.cached].map(formatCount),
    formatNumber(counts.milliseconds / Math.max(1, counts.samples - counts.cached)),
    [...counts.failures].map(([failure, times]) => `${failure} ${times}`).join(', '),
  ]);
  return formatTable(header, rows, [1, 2, 3, 4, 5, 6]);
}

function failureLines({ domain, taskId, place, sampleIndex, reasons }: AuditRecord): string[] {
  const where = place === undefined ? '' : ` (${place})`;
  return [`  ${domain}: task ${taskId}${where}, response ${sampleIndex}`, ...reasons.map((reason) => `    ${reason}`)];
}
