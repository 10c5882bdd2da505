import type { ScoredGroup } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { madeUpGroup } from '../made-up-run.test-support.ts';
import { sampleLines } from './sample-lines.ts';

function tagged(tag: string, id: string): ScoredGroup {
  const group = madeUpGroup(1);
  return { ...group, task: { ...group.task, tag, id } };
}

const groups = [tagged('math', 'a'), tagged('math', 'b'), tagged('math', 'c'), tagged('code', 'd')];

function kept(groupCount: number, from = groups): string[] {
  const selection = { stage: 'rlvr', step: 1, kind: 'train', groupCount, samplesPerGroup: 1 } as const;
  return sampleLines(from, selection).map(({ task_id }) => task_id);
}

describe('sampleLines', () => {
  it('lets tags take turns', () => {
    expect(kept(2)).toEqual(['a', 'd']);
    expect(kept(3)).toEqual(['a', 'd', 'b']);
    expect(kept(9)).toEqual(['a', 'd', 'b', 'c']);
  });

  it('keeps the order of one tag, and nothing of nothing', () => {
    expect(kept(2, groups.slice(0, 3))).toEqual(['a', 'b']);
    expect(kept(2, [])).toEqual([]);
    expect(kept(0)).toEqual([]);
  });
});
