import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { RlloomError } from '@rlloom/spec';
import type { CheckJob } from '../checker/check-solution.ts';
import type { Prompt } from './fusion-api.ts';

/** A row of a data set, as in its file. */
export type DataRow = Readonly<Record<string, unknown>>;

/** A solution made of what a model wrote, and how to check it. */
export interface Submission {
  readonly extractedCode: string;
  readonly fullCode: string;
  readonly testCode: string;
  readonly job: CheckJob;
}

/**
 * The rows of a file in the layout of HumanEval, MBPP or MultiPL-E: JSON lines or a JSON array, plain or gzip.
 *
 * @throws RlloomError `data` when it cannot be read
 */
export async function readDataSet(path: string): Promise<DataRow[]> {
  try {
    const bytes = await readFile(path);
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8').trim();
    if (text.startsWith('[')) return JSON.parse(text) as DataRow[];
    return text.split('\n').map((line) => JSON.parse(line) as DataRow);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new RlloomError('data', {
      what,
      where: path,
      fix: 'give a file of JSON lines or a JSON array',
      cause: error,
    });
  }
}

/** The id of a row: its `task_id`, `id` or place. */
export function rowId(row: DataRow, index: number): string | number {
  const id = row['task_id'] ?? row['id'];
  return typeof id === 'string' || typeof id === 'number' ? id : index;
}

/** The row with an id. `HumanEval/7` is also 7. */
export function findRow(rows: readonly DataRow[], id: string | number): DataRow | undefined {
  const exact = rows.find((row, index) => String(rowId(row, index)) === String(id));
  return exact ?? rows.find((row, index) => String(rowId(row, index)).endsWith(`/${id}`));
}

/** What a row holds beside the exercise: its solution, and what it is checked with. */
const secret: ReadonlySet<string> = new Set([
  'test',
  'tests',
  'test_list',
  'challenge_test_list',
  'canonical_solution',
  'code',
]);

/** The exercise of a row. */
export function promptOf(row: DataRow, index: number): Prompt {
  const labels = Object.fromEntries(Object.entries(row).filter(([key]) => !secret.has(key)));
  const { test_list: list } = row;
  const first = Array.isArray(list) ? `\n\nYour code should pass tests like this one:\n\n${String(list[0])}` : '';
  const prompt = `${text(row, 'prompt') || text(row, 'text')}${first}`;
  return { id: rowId(row, index), prompt, labels };
}

/** Makes a solution of a completion: the first code block, or all of it, continuing the prompt where it is a body. */
export function submissionOf(row: DataRow, completion: string): Submission | string {
  const isJavascript = text(row, 'language') === 'js';
  const code = firstBlock(completion, isJavascript ? ['js', 'javascript'] : ['py', 'python', 'python3']);
  const prompt = text(row, 'prompt');
  const list = row['test_list'];
  if (Array.isArray(list)) {
    const imports = row['test_imports'];
    const setup = [...(Array.isArray(imports) ? imports.map(String) : []), text(row, 'test_setup_code')].join('\n');
    const tests = list.map(String);
    const testCode = [setup, ...tests].join('\n');
    const job = { language: 'python', mode: 'assert', solution: code, setup, tests } as const;
    return { extractedCode: code, fullCode: `${code}\n${testCode}`, testCode, job };
  }
  const test = text(row, 'test') || text(row, 'tests');
  const entryPoint = text(row, 'entry_point') || /\blet candidate = ([\w$]+);/.exec(test)?.[1];
  if (test === '' || entryPoint === undefined) return 'the row has no tests in a known layout';
  const heads = isJavascript ? `(?:function|const|let|class)\\s+${entryPoint}\\b` : `^def\\s+${entryPoint}\\b`;
  const head = new RegExp(heads, 'm');
  const before = isJavascript ? '' : prompt.slice(0, Math.max(0, prompt.search(head)));
  const solution = head.test(code) ? `${before}${code}` : `${prompt}${code}`;
  const call = isJavascript ? '' : `\ncheck(${entryPoint})\n`;
  const job: CheckJob = isJavascript
    ? { language: 'javascript', mode: 'assert', solution, tests: [test] }
    : { language: 'python', mode: 'check', solution, prompt, entryPoint, tests: [test] };
  return { extractedCode: code, fullCode: `${solution}\n${test}${call}`, testCode: `${test}${call}`, job };
}

function text(row: DataRow, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}

function firstBlock(completion: string, tags: readonly string[]): string {
  const blocks = [...completion.matchAll(/^```[ \t]*([\w+-]*)[^\n]*\n([\s\S]*?)(?:^```|$(?![\s\S]))/gm)];
  const found = blocks.find(([, tag]) => tags.includes(tag!.toLowerCase())) ?? blocks.find(([, tag]) => tag === '');
  return found?.[2] ?? (blocks.length > 0 ? '' : completion);
}
