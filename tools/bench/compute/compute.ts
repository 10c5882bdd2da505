// npm run bench -- compute [--sizes S,M,L] [--sections generate,handloop,update,trl,growth,roofline] [--rounds N]
//   [--peer PYTHON] [--backend tfjs-node|wasm|…] [--compiled on|off] [--products float32|bfloat16] [--out FOLDER] [--fresh]
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareSides } from './comparisons.ts';
import type { ChildReport } from './jobs.ts';
import { writePage } from './page.ts';
import { planUnits, type SectionName, type Unit } from './plan.ts';
import { type Peer, runOurs, runTheirs } from './processes.ts';
import { finishedBefore, readReport, type Round, type Settings, writeReport } from './report.ts';
import type { SizeName } from './shapes.ts';
import { ratioTable } from './tables.ts';
import { sharedTokenizer } from './tokenizer.ts';

const threads = 2;
const cache = fileURLToPath(new URL('../../../node_modules/.cache/rlloom-bench', import.meta.url));

/** What `npm run bench -- compute` is told. */
export interface ComputeOptions {
  readonly sizes: readonly SizeName[];
  readonly sections: readonly SectionName[];
  readonly rounds: number;
  readonly backend: string;
  /** As compiled programs; only on backends that have graphs. */
  readonly compiled: boolean;
  /** Type in which our updates compute products of matrices. */
  readonly products: Settings['products'];
  /** A Python that has torch, transformers and trl. */
  readonly python: string | undefined;
  readonly script: string;
  /** Folder of the results. */
  readonly out: string;
  /** Measures again what an interrupted run has finished. */
  readonly fresh: boolean;
}

/**
 * Times our side and the peer's in turns, unit by unit, and writes results and page after each unit: an interrupted run
 * goes on where it was.
 */
export async function benchCompute(options: ComputeOptions): Promise<void> {
  const { out, backend, products, rounds } = options;
  const compiled = options.compiled && backend.startsWith('tfjs-node');
  await mkdir(out, { recursive: true });
  const name = backend === 'tfjs-node' ? 'compute' : `compute-${backend}`;
  const file = join(out, `${name}.json`);
  const settings: Settings = { backend, compiled, products, threads, rounds };
  const now = { settings, commit: commit(), machine: machine() };
  let report = await readReport(file);
  const units = planUnits(options);
  const names = units.map((unit) => unit.name);
  const finished = options.fresh ? [] : finishedBefore(report, names, now);
  if (finished.length > 0)
    say(`kept from the run that was interrupted (--fresh measures again): ${finished.join(', ')}`);
  const why = whyNoPeer(options);
  if (why !== undefined) say(`our side only: ${why}`);

  const tokenizer = await sharedTokenizer(options.script, cache);
  const peer: Peer | undefined =
    why === undefined && options.python !== undefined
      ? { python: options.python, script: options.script, file: tokenizer.file, threads }
      : undefined;
  const owed = units.filter((unit) => !finished.includes(unit.name));
  report = { ...report, machine: now.machine, unfinished: owed.map((unit) => unit.name) };
  for (const [index, unit] of owed.entries()) {
    say(`${unit.name} (${index + 1} of ${owed.length}; load ${loadavg()[0]?.toFixed(2)})`);
    const measured = await measureUnit(unit, { settings, peer, tokenizerDirectory: tokenizer.directory });
    const result = { at: new Date().toISOString(), commit: now.commit, settings, rounds: measured };
    report = {
      ...report,
      units: { ...report.units, [unit.name]: result },
      unfinished: report.unfinished.filter((owing) => owing !== unit.name),
    };
    await writeReport(file, report);
  }
  await writePage(report, { folder: out, name });
  process.stdout.write(`\n${ratioTable(compareSides(report))}\n\nwritten: ${join(out, `${name}.md`)}, ${file}\n`);
}

async function measureUnit(
  unit: Unit,
  options: { readonly settings: Settings; readonly peer: Peer | undefined; readonly tokenizerDirectory: string },
): Promise<Round[]> {
  const { settings, peer, tokenizerDirectory } = options;
  const rounds: Round[] = [];
  for (let round = 0; round < unit.rounds; round++) {
    const ours = await runOurs({ jobs: unit.ours, ...settings, tokenizerDirectory });
    complain('ours', ours);
    const theirs = peer === undefined ? null : await runTheirs(unit.theirs, peer);
    if (theirs !== null) complain('theirs', theirs);
    rounds.push({ ours, theirs });
  }
  return rounds;
}

function complain(side: string, { failed }: ChildReport): void {
  if (failed !== undefined) say(`  ${side} failed: ${failed}`);
}

function whyNoPeer({ python, script }: ComputeOptions): string | undefined {
  if (python === undefined) {
    return 'give a Python that has torch, transformers and trl with --peer or RLLOOM_PEER_PYTHON';
  }
  return existsSync(script) ? undefined : `there is no ${script} (--peer-script says where it is)`;
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`;
}

function commit(): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // The results themselves do not make a run another one.
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', 'packages', 'tools');
    return `${git('rev-parse', '--short', 'HEAD').trim()}${changes === '' ? '' : '+'}`;
  } catch {
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
