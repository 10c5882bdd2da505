import { describe, expect, it } from 'vitest';
import { monitorConfig } from '../monitor.config.ts';
import { alertWhen, healthRules } from './health-rule.ts';
import { createHealthWatch } from './health-watch.ts';

const health = (input: Record<string, unknown> = {}) => monitorConfig.parse({ health: input }).health;

describe('rules over steps', () => {
  it('speaks up when the limit is passed for long enough, once, and again after a recovery', () => {
    const watch = createHealthWatch([alertWhen('length', { below: 2, forSteps: 2, action: 'warn' })]);
    const lengths = [1, 1, 1, 3, 1, 1, Number.NaN, 1];
    const spoke = lengths.map((length) => watch.observe({ length }).length);
    expect(spoke).toEqual([0, 1, 0, 0, 0, 1, 0, 0]);
  });

  it('names metric, value, limit and duration', () => {
    const watch = createHealthWatch([
      alertWhen('length', { above: 10, action: 'stop', fix: 'lower it' }),
      alertWhen('length', { below: 0.5, forSteps: 1, action: 'warn' }),
    ]);
    expect(watch.observe({ length: 12.345678 })).toEqual([
      { action: 'stop', what: 'length is 12.35, above 10', fix: 'lower it' },
    ]);
    expect(watch.observe({ length: 0.1 })[0]).toMatchObject({
      what: 'length is 0.1, below 0.5',
      fix: 'look at the curve of length',
    });
    expect(watch.observe({ length: 10 })).toEqual([]);
    expect(watch.observe({ other: 99 })).toEqual([]);
  });

  it('forgets on reset', () => {
    const watch = createHealthWatch([alertWhen('x', { above: 0, forSteps: 2, action: 'warn' })]);
    watch.observe({ x: 1 });
    watch.reset();
    expect(watch.observe({ x: 1 })).toEqual([]);
    expect(watch.observe({ x: 1 })).toHaveLength(1);
  });
});

describe('rules of a configuration', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('stops at a loss or gradient norm of %s, of any stage', (value) => {
    for (const name of ['actor/loss', 'sft/loss', 'actor/gradient_norm', 'critic_loss', 'loss']) {
      const [alert] = createHealthWatch(healthRules(health(), null)).observe({ [name]: value });
      expect(alert).toMatchObject({ action: 'stop', what: `${name} is ${value}` });
      expect(alert?.fix).toContain('learning rate');
    }
  });

  it('takes other metrics as they come', () => {
    const watch = createHealthWatch(healthRules(health(), null));
    expect(watch.observe({ 'train/reward_mean': Number.NaN, 'actor/glossary': Number.NaN })).toEqual([]);
  });

  it('measures KL against the target, and not without one', () => {
    const config = health({ kl: { above: 2, forSteps: 1, action: 'stop' } });
    expect(createHealthWatch(healthRules(config, 0.1)).observe({ 'kl/reference': 0.2 })).toEqual([]);
    expect(createHealthWatch(healthRules(config, 0.1)).observe({ 'kl/reference': 0.21 })[0]?.what).toBe(
      'kl/reference is 0.21, above 0.2',
    );
    expect(createHealthWatch(healthRules(config, null)).observe({ 'kl/reference': 9 })).toEqual([]);
  });

  it.each([
    ['mismatch', 'mismatch/abs_mean', 0.2],
    ['uniformGroups', 'train/uniform_group_fraction', 1],
    ['unverifiable', 'train/unverifiable_fraction', 0.5],
  ])('%s is on by default, can stop a run and can be switched off', (key, metric, value) => {
    const steps = (config: ReturnType<typeof health>): string[] => {
      const watch = createHealthWatch(healthRules(config, null));
      return Array.from({ length: 6 }, () => watch.observe({ [metric]: value })).flatMap((alerts) =>
        alerts.map(({ action }) => action),
      );
    };
    expect(steps(health())).toEqual(['warn']);
    expect(steps(health({ [key]: { action: 'stop' } }))).toEqual(['stop']);
    expect(steps(health({ [key]: { action: 'off' } }))).toEqual([]);
    expect(steps(health({ [key]: { above: value } }))).toEqual([]);
  });

  it('adds the rules of the user', () => {
    const config = health({ rules: [{ metric: 'x', below: 0, action: 'stop' }] });
    expect(createHealthWatch(healthRules(config, null)).observe({ x: -1 })[0]).toMatchObject({ action: 'stop' });
    expect(() => health({ rules: [{ metric: 'x' }] })).toThrow('a rule needs');
  });
});
