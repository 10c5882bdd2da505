import type { ScoredGroup, Trajectory } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { packExperience, withLogProbs } from './experience.ts';

const trajectory = (sampleIndex: number, lossMask: number[]): Trajectory => ({
  taskId: 'a',
  tag: 'sum',
  sampleIndex,
  tokens: Int32Array.from(lossMask, (_, index) => index + 1),
  promptLength: lossMask.indexOf(1),
  lossMask: Uint8Array.from(lossMask),
  rolloutLogProbs: Float32Array.from(lossMask, (trained) => -trained),
  policyVersions: Int32Array.from(lossMask, (trained) => trained - 1),
  stopReason: 'eos',
  turns: [],
  responseText: '',
});

const group = (masks: number[][], rewards: (number | null)[]): ScoredGroup => ({
  task: { id: 'a', tag: 'sum', messages: [] },
  trajectories: masks.map((mask, index) => trajectory(index, mask)),
  results: [],
  rewards,
});

describe('packExperience', () => {
  it('puts the advantage on sampled tokens only', () => {
    const { sequences, leftOut } = packExperience([group([[0, 1, 0, 1]], [1])], [[0.5]]);
    expect(leftOut).toBe(0);
    expect([...(sequences[0]?.advantages ?? [])]).toEqual([0, 0.5, 0, 0.5]);
    expect([...(sequences[0]?.rolloutLogProbs ?? [])]).toEqual([-0, -1, -0, -1]);
  });

  it('leaves out unverifiable samples and samples without a token, and counts them', () => {
    const packed = packExperience(
      [
        group(
          [
            [0, 1],
            [0, 1],
            [0, 0],
          ],
          [1, null, 0],
        ),
      ],
      [[1, null, -1]],
    );
    expect(packed.sequences).toHaveLength(1);
    expect(packed.leftOut).toBe(2);
  });

  it('packs nothing from nothing', () => {
    expect(packExperience([], [])).toEqual({ sequences: [], leftOut: 0 });
  });
});

describe('withLogProbs', () => {
  it('adds a field without touching the batch it was given', () => {
    const batch = packExperience([group([[0, 1]], [1])], [[1]]);
    const more = withLogProbs(batch, 'oldLogProbs', [Float32Array.of(0, -2)]);
    expect([...(more.sequences[0]?.oldLogProbs ?? [])]).toEqual([0, -2]);
    expect(batch.sequences[0]).not.toHaveProperty('oldLogProbs');
  });
});
