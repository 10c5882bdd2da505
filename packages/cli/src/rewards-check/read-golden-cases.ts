import { readTasks } from '@rlloom/data';
import type { GoldenCase } from '@rlloom/rewards';
import { RlloomError, type Task } from '@rlloom/spec';

// Fields of a line beside those of a record: one response with what it deserves, or lists by what they deserve.
const verdicts = ['correct', 'incorrect', 'unverifiable'] as const;
const ownFields: readonly string[] = ['response', 'expected', ...verdicts];

/**
 * Reads responses whose verdict is known: records as in data files, whose `id`, `messages` and `tag` may be missing,
 * each with `response` and `expected` (`correct`, `incorrect`, `unverifiable` or a score), or with lists of responses
 * named `correct`, `incorrect` and `unverifiable`.
 *
 * @throws RlloomError `data` naming file, line and field
 */
export async function readGoldenCases(file: string): Promise<GoldenCase[]> {
  const { tasks } = await readTasks([file], { complete: completeRecord });
  const cases = tasks.flatMap(casesOf);
  if (cases.length > 0) return cases;
  throw new RlloomError('data', { what: 'there is no case in it', where: file, fix: 'add lines with responses' });
}

function completeRecord(record: unknown, { line }: { readonly line: number }): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  return { id: `line ${line}`, messages: [{ role: 'user', content: '' }], tag: 'default', ...record };
}

function casesOf(whole: Task): GoldenCase[] {
  const { extra = {}, ...rest } = whole;
  const fields = Object.fromEntries(Object.entries(extra).filter(([name]) => !ownFields.includes(name)));
  const task: Task = { ...rest, ...(Object.keys(fields).length > 0 && { extra: fields }) };
  const { response, expected } = extra;
  const listed = verdicts.flatMap((verdict) =>
    textsOf(extra[verdict], `${verdict}`, whole).map(
      (text): GoldenCase => ({ task, response: text, expected: verdict }),
    ),
  );
  if (response === undefined && expected === undefined) {
    if (listed.length > 0) return listed;
    throw problem(whole, 'response', `is missing, and so are lists named ${verdicts.join(', ')}`);
  }
  if (typeof response !== 'string') throw problem(whole, 'response', 'must be text');
  if (typeof expected !== 'number' && !verdicts.some((verdict) => verdict === expected)) {
    throw problem(whole, 'expected', `must be ${verdicts.join(', ')} or a score`);
  }
  return [...listed, { task, response, expected: expected as GoldenCase['expected'] }];
}

function textsOf(value: unknown, field: string, task: Task): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  throw problem(task, field, 'must be a list of responses');
}

function problem({ source }: Task, field: string, what: string): RlloomError {
  return new RlloomError('data', { what: `${field} ${what}`, where: `${source?.file}:${source?.line}` });
}
