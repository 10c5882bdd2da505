import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isRlloomError, type RlloomError } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTasks } from './read-tasks.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const record = (id: string | number, change: object = {}) => ({
  id,
  messages: [{ role: 'user', content: '1+1=' }],
  tag: 'sum',
  ...change,
});
const lines = (...records: unknown[]) => records.map((one) => JSON.stringify(one)).join('\n');

async function failure(work: Promise<unknown>): Promise<RlloomError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRlloomError(error)) throw new Error(`not refused as it should: ${String(error)}`);
  return error;
}

describe('readTasks', () => {
  const full = record('a', {
    difficulty: 2,
    ground_truth: { final_answer: '2', steps: ['1+1=2'] },
    test_cases: [{ input: '1', expected_output: '2' }],
    case_type: 'input',
    evaluation_criteria: 'is it right',
    images: ['a.png'],
    level: 'easy',
  });

  it.each([
    ['a.jsonl', (text: string) => text],
    ['a.jsonl.gz', gzipSync],
  ])('reads %s', async (name, write) => {
    const path = await file(name, write(lines(full, record(7))));
    const { tasks, bad } = await readTasks([path]);
    expect(bad).toEqual([]);
    expect(tasks).toEqual([
      {
        id: 'a',
        messages: [{ role: 'user', content: '1+1=' }],
        tag: 'sum',
        difficulty: 2,
        groundTruth: { finalAnswer: '2', steps: ['1+1=2'] },
        testCases: [{ input: '1', expectedOutput: '2' }],
        caseType: 'input',
        evaluationCriteria: 'is it right',
        images: ['a.png'],
        extra: { level: 'easy' },
        source: { file: path, line: 1 },
      },
      { id: '7', messages: [{ role: 'user', content: '1+1=' }], tag: 'sum', source: { file: path, line: 2 } },
    ]);
  });

  it.each([
    ['a.json', (text: string) => text],
    ['a.json.gz', gzipSync],
  ])('reads the array of %s and counts from 1', async (name, write) => {
    const path = await file(name, write(JSON.stringify([record('a'), record('b')])));
    const { tasks } = await readTasks([path]);
    expect(tasks.map(({ id, source }) => [id, source?.line])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('reads a byte-order mark, CRLF, blank lines and a missing last line end', async () => {
    const path = await file(
      'a.jsonl',
      `\uFEFF${JSON.stringify(record('a'))}\r\n\r\n  \n${JSON.stringify(record('b'))}`,
    );
    const { tasks } = await readTasks([path]);
    expect(tasks.map(({ id, source }) => [id, source?.line])).toEqual([
      ['a', 1],
      ['b', 4],
    ]);
  });

  it('reads lines across the chunks of a large file', async () => {
    const text = 'ä'.repeat(50_000);
    const records = Array.from({ length: 8 }, (_, index) =>
      record(index, { messages: [{ role: 'user', content: text }] }),
    );
    const { tasks } = await readTasks([await file('a.jsonl', lines(...records))]);
    expect(tasks.map(({ messages }) => messages[0]?.content === text)).toEqual(Array(8).fill(true));
  });

  it('reads fields the way ROLL writes them', async () => {
    const rollRecord = record('a', {
      difficulty: '4.5',
      messages: JSON.stringify([{ role: 'user', content: 'x' }]),
      ground_truth: '1/2',
      test_cases: '',
      case_type: '',
      images: null,
    });
    const json = record('b', {
      ground_truth: '{"final_answer": 3, "steps": null}',
      test_cases: '[{"input":"1","expected_output":"2"}]',
    });
    const { tasks } = await readTasks([
      await file('a.jsonl', lines(rollRecord, json, record('c', { ground_truth: 4 }))),
    ]);
    expect(tasks[0]).toMatchObject({
      difficulty: 4.5,
      messages: [{ content: 'x' }],
      groundTruth: { finalAnswer: '1/2' },
    });
    expect(Object.keys(tasks[0] ?? {})).toEqual(['id', 'messages', 'tag', 'difficulty', 'groundTruth', 'source']);
    expect(tasks[1]?.groundTruth).toEqual({ finalAnswer: '3' });
    expect(tasks[1]?.testCases).toEqual([{ input: '1', expectedOutput: '2' }]);
    expect(tasks[2]?.groundTruth).toEqual({ finalAnswer: '4' });
  });

  it('reads tool calls', async () => {
    const call = { id: '1', type: 'function', function: { name: 'add', arguments: '{}' } };
    const messages = [
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', content: '2', tool_call_id: '1', name: 'add' },
    ];
    const { tasks } = await readTasks([await file('a.jsonl', lines(record('a', { messages })))]);
    expect(tasks[0]?.messages).toEqual([
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', content: '2', toolCallId: '1', name: 'add' },
    ]);
  });

  const broken = [
    record('ok'),
    '{"id": 1,',
    { messages: [{ role: 'robot', content: 3 }], tag: '' },
    record('ok'),
    record('x', { difficulty: 'hard', ground_truth: {}, test_cases: [{ input: 1 }] }),
    null,
    record('y', { ground_truth: '{"final_answer":' }),
  ].map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));

  it('names every problem by file, line and field', async () => {
    const path = await file('a.jsonl', broken.join('\n'));
    const { tasks, bad, badRecords, problemCount } = await readTasks([path], { onBadRecord: 'skip' });
    expect(tasks.map(({ id }) => id)).toEqual(['ok']);
    expect(badRecords).toBe(6);
    expect(problemCount).toBe(bad.length);
    expect(bad.map(({ line, field }) => [line, field])).toEqual([
      [2, ''],
      [3, 'id'],
      [3, 'messages[0].role'],
      [3, 'messages[0].content'],
      [3, 'tag'],
      [4, 'id'],
      [5, 'difficulty'],
      [5, 'ground_truth.final_answer'],
      [5, 'test_cases[0].input'],
      [5, 'test_cases[0].expected_output'],
      [6, ''],
      [7, 'ground_truth'],
    ]);
    const message = (line: number, field: string) =>
      bad.find((one) => one.line === line && one.field === field)?.message;
    expect(message(3, 'id')).toBe('is missing');
    expect(message(3, 'tag')).toBe('is empty');
    expect(message(4, 'id')).toBe(`"ok" is taken by ${path}:1`);
    expect(message(5, 'ground_truth.final_answer')).toBe('is missing');
    expect(message(2, '')).toMatch(/^is not JSON/);
  });

  it('refuses bad records by default and lists them', async () => {
    const path = await file('a.jsonl', broken.join('\n'));
    const error = await failure(readTasks([path]));
    expect(error.kind).toBe('data');
    expect(error.message).toContain('6 of 7 records cannot be used');
    expect(error.message).toContain(`${path}:5: ground_truth.final_answer is missing`);
    expect(error.message).toContain('data.on_bad_record: skip');
  });

  it('shortens a long list and keeps the count', async () => {
    const path = await file('a.jsonl', lines(record('ok'), ...Array.from({ length: 1500 }, (_, id) => ({ id }))));
    const error = await failure(readTasks([path]));
    expect(error.message.split('\n').length).toBeLessThan(30);
    expect(error.message).toContain('… and 2980 more');
    const { bad, problemCount, badRecords } = await readTasks([path], { onBadRecord: 'skip' });
    expect([bad.length, problemCount, badRecords]).toEqual([1000, 3000, 1500]);
  });

  it('finds an id twice across files', async () => {
    const first = await file('a.jsonl', lines(record('a'), record(1)));
    const second = await file('b.json', JSON.stringify([record('b'), record('1')]));
    const error = await failure(readTasks([first, second]));
    expect(error.message).toContain(`${second}:2: id "1" is taken by ${first}:2`);
  });

  it('loses only the line whose text is broken', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${JSON.stringify(record('a'))}\n{"id":"`),
      Uint8Array.of(0xff, 0xc3),
      Buffer.from(`"}\n${JSON.stringify(record('b'))}`),
    ]);
    const { tasks, bad } = await readTasks([await file('a.jsonl', bytes)], { onBadRecord: 'skip' });
    expect(tasks.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(bad.map(({ line, message }) => [line, message])).toEqual([[2, 'is not valid UTF-8']]);
  });

  it.each<[string, string, { content: () => string | Uint8Array; message: string }]>([
    ['an empty file', 'a.jsonl', { content: () => '', message: 'has no records' }],
    ['a file of blank lines', 'a.jsonl', { content: () => '\n \n', message: 'has no records' }],
    ['an empty array', 'a.json', { content: () => '[]', message: 'has no records' }],
    ['no usable record', 'a.jsonl', { content: () => '{}\n{}', message: '2 of 2 records' }],
    [
      'truncated gzip',
      'a.jsonl.gz',
      { content: () => gzipSync(lines(record('a'), record('b'))).subarray(0, -12), message: 'ends too early' },
    ],
    ['gzip by name only', 'a.jsonl.gz', { content: () => lines(record('a')), message: 'not intact gzip' }],
    [
      'an object for an array',
      'a.json',
      { content: () => JSON.stringify(record('a')), message: 'not an array of records' },
    ],
    ['lines named .json', 'a.json', { content: () => lines(record('a'), record('b')), message: 'name it .jsonl' }],
    [
      'broken text in an array',
      'a.json',
      { content: () => Uint8Array.of(0x5b, 0xff, 0x5d), message: 'not valid UTF-8' },
    ],
    ['UTF-16', 'a.jsonl', { content: () => Buffer.from(`\uFEFF${lines(record('a'))}`, 'utf16le'), message: 'UTF-16' }],
    ['an unknown kind of file', 'a.csv', { content: () => 'id,tag', message: 'does not say what the file is' }],
  ])('refuses %s, also when bad records are skipped', async (_, name, { content, message }) => {
    const path = await file(name, content());
    const error = await failure(readTasks([path], { onBadRecord: 'skip' }));
    expect(error.kind).toBe('data');
    expect(error.message).toContain(message);
    expect(error.message).toContain(name);
  });

  it('refuses a missing file, a folder, and no file at all', async () => {
    expect((await failure(readTasks([join(folder, 'none.jsonl')]))).message).toContain('no such file');
    expect((await failure(readTasks([join(folder, 'none.jsonl.gz')]))).message).toContain('no such file');
    await mkdir(join(folder, 'sub.jsonl'));
    expect((await failure(readTasks([join(folder, 'sub.jsonl')]))).message).toContain('folder');
    expect((await failure(readTasks([]))).message).toContain('no data file');
  });

  const shared = ['roll_math_deepmath', 'roll_llm_judge_rlvr'].map(
    (name) => new URL(`../../../../../shared/data/${name}.jsonl.gz`, import.meta.url).pathname,
  );
  it.skipIf(!shared.every((path) => existsSync(path)))('reads data sets of ROLL (../shared/data)', async () => {
    const { tasks, badRecords } = await readTasks(shared, { onBadRecord: 'skip' });
    expect(tasks.length + badRecords).toBe(4994 + 2058);
    expect(tasks.every(({ groundTruth, difficulty }) => groundTruth !== undefined && difficulty !== undefined)).toBe(
      true,
    );
  });
});
