import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import type { AuditRecord } from './audit-record.ts';
import { readAuditLog } from './read-audit-log.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-audit-'));
  file = join(folder, 'sub', 'audit.bin');
});
afterEach(() => rm(folder, { recursive: true }));

const record = (sampleIndex: number, reason = 'zwei ½ 🙂'): AuditRecord => ({
  time: 1_700_000_000_000,
  domain: 'math',
  taskId: 't',
  tag: 'sum',
  sampleIndex,
  verdict: 'unverifiable',
  score: null,
  reward: null,
  parts: { answer: null, shape: 0.5 },
  reasons: [reason],
  milliseconds: 1.5,
  failure: 'timeout',
  responseHash: 'ab'.repeat(32),
});

async function write(...records: readonly AuditRecord[]): Promise<number> {
  const log = await openAuditLog(file);
  await log.append(records);
  await log.close();
  await log.close();
  return (await stat(file)).size;
}

async function read(): Promise<{ indices: number[]; dropped: number }> {
  const indices: number[] = [];
  let dropped = 0;
  for await (const { sampleIndex } of readAuditLog(file, { onTornTail: (bytes) => (dropped = bytes) })) {
    indices.push(sampleIndex);
  }
  return { indices, dropped };
}

describe('audit log', () => {
  it('keeps records as they are, and goes on where it ended', async () => {
    await write(record(0));
    await write();
    await write(record(1), record(2));
    const all: AuditRecord[] = [];
    for await (const one of readAuditLog(file)) all.push(one);
    expect(all).toEqual([record(0), record(1), record(2)]);
  });

  it('loses only the torn record, wherever the cut is, and goes on after it', async () => {
    const first = await write(record(1));
    const second = await write(record(2));
    const whole = await readFile(file);
    for (let cut = first + 1; cut < second; cut += 7) {
      await writeFile(file, whole.subarray(0, cut));
      expect(await read()).toEqual({ indices: [1], dropped: cut - first });
      await write(record(9));
      expect(await read()).toEqual({ indices: [1, 9], dropped: 0 });
    }
  });

  it('refuses a file of another kind, a missing file and a folder it cannot make', async () => {
    const other = join(folder, 'notes.txt');
    await writeFile(other, 'these are notes');
    await expect(openAuditLog(other)).rejects.toMatchObject({ kind: 'data' });
    expect(await readFile(other, 'utf8')).toBe('these are notes');
    await expect(openAuditLog(join(other, 'x.bin'))).rejects.toMatchObject({ isRlloomError: true });
    await expect(read()).rejects.toMatchObject({ kind: 'data' });
  });
});
