import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import type { ChildReport, ProgramChoice } from './jobs.ts';

/** How our side was run. */
export interface Settings extends ProgramChoice {
  readonly backend: string;
  readonly threads: number;
  readonly rounds: number;
}

/** One turn: ours, then theirs. */
export interface Round {
  readonly ours: ChildReport;
  readonly theirs: ChildReport | null;
}

/** The results of a unit. */
export interface UnitReport {
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** The commit it was run on, `+` for changes beside it; `null` where git does not tell. */
  readonly commit: string | null;
  readonly settings: Settings;
  readonly rounds: readonly Round[];
}

/** Everything that was measured; written after each unit. */
export interface Report {
  readonly machine: string;
  readonly units: Readonly<Record<string, UnitReport>>;
  /** Units that the last run still owes. */
  readonly unfinished: readonly string[];
}

/** The report of an earlier run; an empty one where there is none. */
export async function readReport(file: string): Promise<Report> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { machine: '', units: {}, unfinished: [] };
  }
}

/** Writes the report in one piece. */
export async function writeReport(file: string, report: Report): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(report, null, 1)}\n`);
}

/**
 * Names of the planned units that an interrupted run has finished with the same settings on the same commit: they need
 * not be measured again.
 */
export function finishedBefore(
  report: Report,
  planned: readonly string[],
  now: { readonly settings: Settings; readonly commit: string | null; readonly machine: string },
): string[] {
  if (report.unfinished.length === 0 || report.machine !== now.machine) return [];
  return planned.filter((name) => {
    const unit = report.units[name];
    return (
      unit !== undefined &&
      !report.unfinished.includes(name) &&
      unit.commit === now.commit &&
      JSON.stringify(unit.settings) === JSON.stringify(now.settings)
    );
  });
}
