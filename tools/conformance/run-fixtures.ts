import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFixture } from './fixture-file.ts';
import { runMathFile } from './math/run-math-file.ts';
import type { CaseResult, FileResult } from './results.ts';
import { algorithmRunners, type FileRunner, trainRunners } from './runner-map.ts';
import { runModelFolder } from './runners/model-folder.ts';

/** Options of `runFixtures`. */
export interface RunOptions {
  /** Run only files whose path below the fixtures matches. */
  readonly only?: RegExp;
}

/** A directory without anything to check. */
export class NothingToCheck extends Error {}

/**
 * Runs every file of a fixtures directory: `algos/*.json`, the folders `models/*`, `train/*.json`, and
 * `math/*.json`.
 *
 * @throws NothingToCheck when the directory is missing or empty, or nothing in it matches `only`
 */
export async function* runFixtures(directory: string, options: RunOptions = {}): AsyncGenerator<FileResult> {
  const wanted = (name: string) => options.only?.test(name) ?? true;
  const files: { name: string; run: () => Promise<FileResult> }[] = [
    ...(await jsonFiles(directory, 'algos')).map((name) => ({
      name,
      run: async () => ({ name, cases: await runFile(directory, name, algorithmRunners) }),
    })),
    ...(await folders(directory, 'models')).map((name) => ({
      name,
      run: async () => ({ name, cases: await runModelFolder(join(directory, name)) }),
    })),
    ...(await jsonFiles(directory, 'train')).map((name) => ({
      name,
      run: async () => ({ name, cases: await runFile(directory, name, trainRunners) }),
    })),
    ...(await jsonFiles(directory, 'math')).map((name) => ({
      name,
      run: () => runMathFile(name, join(directory, name)),
    })),
  ].filter(({ name }) => wanted(name));
  if (files.length === 0) {
    throw new NothingToCheck(
      `no algos/*.json, models/*/, train/*.json or math/*.json under ${directory}${options.only ? ` that match ${options.only}` : ''}`,
    );
  }
  for (const { name, run } of files) yield await orFailure(name, run);
}

async function runFile(
  directory: string,
  name: string,
  runners: Readonly<Record<string, FileRunner>>,
): Promise<CaseResult[]> {
  const file = await readFixture(join(directory, name));
  const key = name.slice(name.indexOf('/') + 1, -'.json'.length);
  const runner = Object.hasOwn(runners, key) ? runners[key] : undefined;
  if (runner === undefined) return file.cases.map(({ id }) => ({ id, status: 'skipped', reason: 'not built' }));
  return runner(file, { directory });
}

// A broken file is one failure; the other files still run.
async function orFailure(name: string, run: () => Promise<FileResult>): Promise<FileResult> {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, cases: [{ id: '(file)', status: 'failed', where: 'file', reason }] };
  }
}

async function jsonFiles(directory: string, group: string): Promise<string[]> {
  const entries = await list(join(directory, group));
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && entry.name !== 'INDEX.json')
    .map((entry) => `${group}/${entry.name}`);
}

async function folders(directory: string, group: string): Promise<string[]> {
  const entries = await list(join(directory, group));
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${group}/${entry.name}`);
}

async function list(path: string) {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
