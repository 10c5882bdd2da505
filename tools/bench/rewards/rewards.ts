// npm run bench -- rewards [--cases FOLDER] [--rounds N] [--peer PYTHON] [--out FOLDER]
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { askProgram, askPython } from './ask-process.ts';
import { readBenchCases } from './bench-cases.ts';
import { renderRewardsPage } from './page.ts';
import type { PoolFigures } from './pool-process.ts';
import { goalsOf, type RewardsReport, sideFigures } from './report.ts';
import type { VerifyTurn } from './verify-process.ts';

/** What `npm run bench -- rewards` is told. */
export interface RewardsBenchOptions {
  /** Folder of cases, see the math part of the fixtures. */
  readonly cases: string;
  readonly rounds: number;
  /** A Python that has math-verify. */
  readonly python: string | undefined;
  /** Folder of the results. */
  readonly out: string;
}

/** Times the math verifier beside math-verify, in turns, and the threads of a pool; writes figures and page. */
export async function benchRewards({ cases: folder, rounds, python, out }: RewardsBenchOptions): Promise<void> {
  const cases = await readBenchCases(folder);
  const load = loadavg()[0] ?? Number.NaN;
  if (python === undefined) say('our side only: give a Python that has math-verify with --peer or RLLOOM_PEER_PYTHON');
  const ours: VerifyTurn[] = [];
  const theirs: VerifyTurn[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`verifying ${cases.length} cases, round ${round} of ${rounds} …`);
    ours.push(await askProgram<VerifyTurn>('verify-process.ts', cases));
    if (python !== undefined) theirs.push(await askPython<VerifyTurn>(python, 'peer.py', cases));
  }
  say('measuring pools …');
  const pool = await askProgram<PoolFigures>('pool-process.ts', cases);
  const report: RewardsReport = {
    machine: `${cpus().length} × ${cpus()[0]?.model.replace(/ \d+-Core Processor/, '')}`,
    at: new Date().toISOString(),
    commit: commit(),
    load,
    cases: cases.length,
    ours: sideFigures(ours),
    peer: theirs.length === 0 ? null : sideFigures(theirs),
    pool,
  };
  await mkdir(out, { recursive: true });
  await writeFileAtomic(join(out, 'rewards.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeFileAtomic(join(out, 'rewards.md'), renderRewardsPage(report));
  for (const { what, goal, measured, isReached } of goalsOf(report)) {
    const mark = isReached === undefined ? 'not known' : isReached ? 'reached' : 'MISSED';
    process.stdout.write(`${what.padEnd(64)}${measured.padStart(9)}   ${goal.padEnd(13)}${mark}\n`);
  }
  process.stdout.write(`written: ${join(out, 'rewards.md')}, ${join(out, 'rewards.json')}\n`);
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
