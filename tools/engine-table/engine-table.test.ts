import { describe, expect, it } from 'vitest';
import { engineRows, engineTable } from './engine-table.ts';

const capabilities = {
  name: 'local',
  logProbs: 'exact',
  weightUpdate: 'shared',
  maxSequenceLength: 8,
  seeded: true,
  stopStrings: true,
} as const;
const test = (engine: string, title: string, status: string) => ({
  ancestorTitles: ['rollout', `RolloutEngine conformance: ${engine}`],
  title,
  status,
});

describe('engineTable', () => {
  it('has a row per engine that ran, and says what failed or was left out', () => {
    const rows = engineRows([
      { ...test('local', 'answers', 'passed'), meta: { capabilities } },
      test('local', 'aborts', 'failed'),
      test('away', 'answers', 'skipped'),
      test('another', 'answers', 'passed'),
      test('another', 'aborts', 'skipped'),
      { ancestorTitles: ['other'], title: 'x', status: 'passed' },
    ]);
    expect(rows.map(({ name }) => name)).toEqual(['another', 'local']);
    const [, , another, local] = engineTable(rows).split('\n');
    expect(another).toMatch(/^\| another +\| \? +\| \? +\| \? +\| ✓ \| — \|$/);
    expect(local).toMatch(/^\| local +\| exact +\| shared +\| yes +\| ✓ \| ✗ \|$/);
    expect(engineTable(rows)).toContain('1. answers\n2. aborts');
  });
});
