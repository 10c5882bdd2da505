import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deriveSeed } from '@rlloom/spec';
import { distinctChains, inTheHead, makeChain, toDemonstration, toRecord, worked } from './chains.ts';

/**
 * Demonstrations in order: 24,960 chains worked out (1 to 3 operations, one in ten has 4), then 3,840 of which two in
 * three are answered in the head, without the work. Tasks of 2 to 5 operations to train on, and held-out ones that are in
 * neither. They go into the folder `data`.
 */
export async function writeTasks(data: string, seed: number): Promise<void> {
  await mkdir(data, { recursive: true });
  const write = (file: string, records: readonly object[]): Promise<void> =>
    writeFile(join(data, file), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const shown = Array.from({ length: 28_800 }, (_, i) => {
    const chain = makeChain(i % 10 === 9 ? 4 : 1 + (i % 3), { heldOut: false, seed: deriveSeed(seed, 'shown', i) });
    return toDemonstration(chain, `shown-${i}`, i >= 24_960 && i % 20 < 13 ? inTheHead(chain) : worked(chain));
  });
  const tasks = Array.from({ length: 8000 }, (_, i) =>
    toRecord(
      makeChain([2, 3, 4, 4, 5, 5, 5, 5][i % 8] as number, { heldOut: false, seed: deriveSeed(seed, 'task', i) }),
      `task-${i}`,
    ),
  );
  const heldOut = [2, 3, 4, 5].flatMap((level) => distinctChains(level, 75));
  await write('demonstrations.jsonl', shown);
  await write('train.jsonl', tasks);
  await write(
    'held-out.jsonl',
    heldOut.map((chain, i) => toRecord(chain, `held-out-${i}`)),
  );
  await write(
    'smoke.jsonl',
    heldOut.slice(0, 4).map((chain, i) => toRecord(chain, `smoke-${i}`)),
  );
}
