import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskFacts, machineFacts } from './machine.ts';

it('says what the process may use', () => {
  const facts = machineFacts();
  expect(facts.node).toBe(process.versions.node);
  expect(facts.cores).toBeGreaterThanOrEqual(1);
  expect(facts.memoryTotal).toBeGreaterThan(0);
  expect(facts.memoryFree).toBeLessThanOrEqual(facts.memoryTotal);
});

it('measures the disk of a folder that does not exist yet by its parent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rlloom-disk-'));
  try {
    const facts = await diskFacts(join(folder, 'not', 'there'));
    expect(facts).toMatchObject({ path: join(folder, 'not', 'there'), writable: true });
    expect(facts.free).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
