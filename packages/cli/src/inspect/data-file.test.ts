import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectDataFile } from './data-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

const record = (id: string, tag: string, difficulty?: number) => ({
  id,
  tag,
  ...(difficulty === undefined ? {} : { difficulty }),
  messages: [{ role: 'user', content: `question ${id}` }],
  ground_truth: { final_answer: '4' },
});

async function inspectRecords(records: readonly unknown[]): Promise<string> {
  const file = join(folder, 'data.jsonl');
  await writeFile(
    file,
    records.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join(''),
  );
  return (await inspectDataFile(file)).join('\n');
}

it('counts by tag and by difficulty and shows the first record', async () => {
  const text = await inspectRecords([
    record('a', 'sum', 1),
    record('b', 'sum', 3),
    record('c', 'product', 3),
    record('d', 'sum'),
  ]);
  expect(text).toContain('4 usable, 0 bad');
  expect(text).toMatch(/with ground_truth +4\n/);
  expect(text).toMatch(/with test_cases +0\n/);
  expect(text).toMatch(/sum +3 +75\.0 % {2}1 … 3, median 1, none in 1/);
  expect(text).toMatch(/product +1 +25\.0 % {2}3\n/);
  expect(text).toMatch(/ 1 +1 +25\.0 %\n +3 +2 +50\.0 %\n +none +1 +25\.0 %/);
  expect(text).toContain('first record: a');
  expect(text).toMatch(/user +question a\n/);
  expect(text).toMatch(/final_answer +4/);
});

it('lists every bad record by line and field and goes on', async () => {
  const text = await inspectRecords([record('a', 'sum'), '{"id": 1', { ...record('c', 'sum'), messages: [] }]);
  expect(text).toContain('1 usable, 2 bad');
  expect(text).toMatch(/data\.jsonl:2: is not JSON/);
  expect(text).toMatch(/data\.jsonl:3: messages is empty/);
});

it('is an error where no record can be used', async () => {
  await expect(inspectRecords(['[]'])).rejects.toMatchObject({ kind: 'data' });
});
