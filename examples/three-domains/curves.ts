import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The metrics of a step of RLVR. */
export interface CurvePoint {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The RLVR steps of a run folder. */
export async function readCurves(directory: string): Promise<CurvePoint[]> {
  const lines = (await readFile(join(directory, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as CurvePoint & { readonly stage: string })
    .filter(({ stage }) => stage === 'rlvr');
}

/** Mean score and share of right answers of each domain, over blocks of steps. */
export function curveTable(points: readonly CurvePoint[]): string[] {
  const domains = domainsOf(points);
  const size = Math.max(1, Math.ceil(points.length / 8));
  const blocks = Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size),
  );
  const rows = blocks.map((block) => {
    const sum = (metric: string): number => block.reduce((total, { metrics }) => total + (metrics[metric] ?? 0), 0);
    const cells = domains.flatMap((domain) => {
      const samples = sum(`rewards/${domain}/samples`);
      // Steps weigh by their samples.
      const score = block.reduce((total, { metrics }) => {
        const known = (metrics[`rewards/${domain}/samples`] ?? 0) - (metrics[`rewards/${domain}/unverifiable`] ?? 0);
        return total + known * (metrics[`rewards/${domain}/mean_score`] ?? 0);
      }, 0);
      const verified = samples - sum(`rewards/${domain}/unverifiable`);
      const right = `${((100 * sum(`rewards/${domain}/correct`)) / samples).toFixed(0)} %`;
      return [(score / verified).toFixed(2), right];
    });
    const [first, last] = [block[0]?.step ?? 0, block.at(-1)?.step ?? 0];
    return [first === last ? `${first}` : `${first}-${last}`, ...cells];
  });
  const head = ['step', ...domains.flatMap((domain) => [domain, 'right'])];
  return [head, ...rows].map((row) => row.map((cell) => cell.padStart(8)).join(''));
}

/** Fails for a domain that saw no samples, or in which nothing could be verified. */
export function checkCurves(points: readonly CurvePoint[], domains: readonly string[]): void {
  for (const domain of domains) {
    const sum = (metric: string): number =>
      points.reduce((total, { metrics }) => total + (metrics[`rewards/${domain}/${metric}`] ?? 0), 0);
    if (sum('samples') === 0) throw new Error(`the domain ${domain} saw no samples`);
    if (sum('samples') === sum('unverifiable')) throw new Error(`nothing was verified in the domain ${domain}`);
  }
}

function domainsOf(points: readonly CurvePoint[]): string[] {
  const names = points.flatMap(({ metrics }) => Object.keys(metrics));
  return [...new Set(names.flatMap((name) => /^rewards\/([^/]+)\/samples$/.exec(name)?.[1] ?? []))];
}
