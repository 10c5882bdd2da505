import { resultsOf, sideOf } from './comparisons.ts';
import type { JobName } from './jobs.ts';
import type { Report } from './report.ts';
import { copySize, gemmSize } from './roof-sizes.ts';
import { type SizeName, sizes } from './shapes.ts';
import { generationWork, updateWork, type WorkCount } from './work-counts.ts';

/** What the machine does on one large matrix product, and on one large copy. */
export interface Roof {
  readonly who: 'rlloom' | 'torch';
  /** 10⁹ floating-point operations per second. */
  readonly gigaflops: number;
  /** 10⁹ bytes read or written per second. */
  readonly gigabytes: number;
}

/** What a piece of work reaches of it. */
export interface RooflinePoint {
  readonly who: 'rlloom' | 'torch';
  readonly job: JobName;
  readonly size: SizeName;
  readonly gigaflops: number;
  readonly gigabytes: number;
  /** Operations per byte that must move. */
  readonly intensity: number;
  /** Of what the roof allows at this intensity; `undefined` without a roof. */
  readonly share: number | undefined;
}

/** The roofs as each side measured them. */
export function roofsOf(report: Report): Roof[] {
  const rounds = report.units['roofs']?.rounds ?? [];
  return (['ours', 'theirs'] as const).flatMap((side) => {
    const gemm = sideOf(rounds.map((round) => resultsOf(round[side], 'gemm')));
    const copy = sideOf(rounds.map((round) => resultsOf(round[side], 'copy')));
    if (gemm === undefined || copy === undefined) return [];
    const who = side === 'ours' ? 'rlloom' : 'torch';
    const copiedBytes = 2 * 4 * copySize;
    return [{ who, gigaflops: (2 * gemmSize ** 3) / gemm.seconds / 1e9, gigabytes: copiedBytes / copy.seconds / 1e9 }];
  });
}

/** The machine: the better of the two sides at each. */
export function machineRoof(roofs: readonly Roof[]): { gigaflops: number; gigabytes: number } | undefined {
  if (roofs.length === 0) return undefined;
  return {
    gigaflops: Math.max(...roofs.map(({ gigaflops }) => gigaflops)),
    gigabytes: Math.max(...roofs.map(({ gigabytes }) => gigabytes)),
  };
}

/** What generation and update of each size reach, on both sides. */
export function rooflinePoints(report: Report): RooflinePoint[] {
  const roof = machineRoof(roofsOf(report));
  return (Object.keys(sizes) as SizeName[]).flatMap((size) => {
    const works = [
      { unit: `generate ${size}`, who: 'rlloom', job: 'generate', work: generationWork(sizes[size]) },
      { unit: `generate ${size}`, who: 'torch', job: 'generate', work: generationWork(sizes[size]) },
      { unit: `generate ${size}`, who: 'torch', job: 'handloop', work: generationWork(sizes[size]) },
      { unit: `update ${size}`, who: 'rlloom', job: 'update', work: updateWork(sizes[size]) },
      { unit: `update ${size}`, who: 'torch', job: 'update', work: updateWork(sizes[size]) },
    ] as const;
    return works.flatMap(({ unit, who, job, work }) => {
      const rounds = report.units[unit]?.rounds ?? [];
      const side = sideOf(rounds.map((round) => resultsOf(who === 'rlloom' ? round.ours : round.theirs, job)));
      return side === undefined ? [] : [{ who, job, size, ...reached(work, side.seconds, roof) }];
    });
  });
}

/** Rates of a piece of work, and their share of what the roof allows: `min(compute, intensity · bandwidth)`. */
export function reached(
  { flops, bytes }: WorkCount,
  seconds: number,
  roof: { readonly gigaflops: number; readonly gigabytes: number } | undefined,
): Omit<RooflinePoint, 'who' | 'job' | 'size'> {
  const gigaflops = flops / seconds / 1e9;
  const intensity = flops / bytes;
  const allowed = roof === undefined ? undefined : Math.min(roof.gigaflops, intensity * roof.gigabytes);
  return {
    gigaflops,
    gigabytes: bytes / seconds / 1e9,
    intensity,
    share: allowed === undefined ? undefined : gigaflops / allowed,
  };
}
