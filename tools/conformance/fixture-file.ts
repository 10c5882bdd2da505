import { readFile } from 'node:fs/promises';
import type { Values } from './compare.ts';

/** One case of an `algos/` file. Non-finite numbers are numbers here. */
export interface AlgorithmCase {
  readonly id: string;
  readonly inputs: Readonly<Record<string, Values>>;
  readonly params: Readonly<Record<string, Values>>;
  readonly expected: Readonly<Record<string, Values>>;
  readonly expected_f64?: Readonly<Record<string, Values>>;
}

/** What every fixture file has: cases, whose layout is the runner's business, and notes. */
export interface FixtureFile {
  readonly notes?: string;
  readonly cases: readonly ({ readonly id: string } & Readonly<Record<string, Values>>)[];
}

/**
 * Reads a fixture file; the strings NaN, Infinity and -Infinity become numbers.
 *
 * @throws Error when it is not JSON or not a record
 */
export async function readFixture(path: string): Promise<FixtureFile> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'), (_key, value: unknown) =>
    typeof value === 'string' && nonFinite.has(value) ? Number(value) : value,
  );
  if (typeof content !== 'object' || content === null) throw new Error('the file is not a record');
  // Some files of `train/` are one case with a layout of its own.
  if (!('cases' in content) || !Array.isArray(content.cases))
    return { ...content, cases: [{ ...content, id: '(file)' }] };
  return content as FixtureFile;
}

const nonFinite: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);
