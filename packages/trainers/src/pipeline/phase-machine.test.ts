import { describe, expect, it } from 'vitest';
import { createPhaseMachine, transitions } from './phase-machine.ts';

describe('createPhaseMachine', () => {
  it('walks a step and tells each move', () => {
    const moves: string[] = [];
    const machine = createPhaseMachine((from, to) => moves.push(`${from}>${to}`));
    for (const phase of ['ready', 'rollout', 'reward', 'update', 'sync', 'ready', 'finished'] as const)
      machine.to(phase);
    expect(moves).toEqual([
      'created>ready',
      'ready>rollout',
      'rollout>reward',
      'reward>update',
      'update>sync',
      'sync>ready',
      'ready>finished',
    ]);
  });

  it('refuses to update before rewards', () => {
    const machine = createPhaseMachine();
    machine.to('ready');
    machine.to('rollout');
    expect(() => machine.to('update')).toThrow(/illegal pipeline transition rollout → update/);
    expect(machine.phase).toBe('rollout');
  });

  it('ends for good', () => {
    const machine = createPhaseMachine();
    machine.to('stopped');
    expect(() => machine.to('ready')).toThrow(/nothing: it has ended/);
  });

  it('can fail and stop from every phase that is not final', () => {
    for (const [phase, next] of Object.entries(transitions)) {
      const isFinal = ['finished', 'stopped', 'failed'].includes(phase);
      expect(next.includes('failed') && next.includes('stopped')).toBe(!isFinal);
    }
  });
});
