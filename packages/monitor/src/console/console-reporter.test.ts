import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { madeUpInfo, madeUpStage, textCollector } from '../made-up-run.test-support.ts';
import { consoleReporter } from './console-reporter.ts';
import { compactNumber, evaluationCells, stepCells } from './step-line.ts';
import { createTimeLeft, formatDuration } from './time-left.ts';

describe('without a terminal', () => {
  it('writes one line per step and evaluation, and nothing that moves a cursor', async () => {
    const stream = textCollector();
    let time = 0;
    const now = (): number => (time += 30_000);
    await madeUpStage(consoleReporter({ stream, now }), madeUpInfo('runs/made-up', { totalSteps: 3 }));
    const lines = stream.text().split('\n');
    expect(
      lines.map((line) => line.replace(/step [\d.]+s/, 'step 1s').replace(/tokens\/s [\d,]+ +/, 'tokens/s 1,000  ')),
    ).toEqual([
      'rlvr made-up: 3 steps, in runs/made-up',
      'rlvr 0/3  evaluation  accuracy 0.0%  level 1 0.0%  level 2 0.0%',
      'rlvr 1/3  score 0.125  accuracy 0.100  loss 1        mismatch 1.00e-7  tokens/s 1,000  step 1s  1m left',
      'rlvr 2/3  score 0.250  accuracy 0.200  loss 0.5      mismatch 2.00e-7  tokens/s 1,000  step 1s  30s left',
      'rlvr 2/3  evaluation  accuracy 20.0% (+20.0)  level 1 20.0%  level 2 0.0%',
      'rlvr 3/3  score 0.375  accuracy 0.300  loss 0.333    mismatch 3.00e-7  tokens/s 1,000  step 1s',
      'rlvr finished after step 3',
      '',
    ]);
  });

  it('says where a resumed stage continues, and shows warnings', () => {
    const stream = textCollector();
    const reporter = consoleReporter({ stream });
    void reporter.onRunStart?.(madeUpInfo('runs/made-up', { startStep: 5 }));
    reporter.onMessage?.({ level: 'warning', text: 'careful' });
    expect(stream.text()).toBe('rlvr made-up: 3 steps, continued after step 5, in runs/made-up\nwarning: careful\n');
  });
});

describe('on a terminal', () => {
  it('keeps the lines above two bars, and leaves the terminal without them', async () => {
    const stream = textCollector(true);
    const reporter = consoleReporter({ stream });
    const info = madeUpInfo('runs/made-up', { totalSteps: 3 });
    await madeUpStage(reporter, info, 2);
    const running = await screen(stream.text());
    expect(running.slice(0, 5).map((line) => line.slice(0, 30))).toEqual([
      'rlvr made-up: 3 steps, in runs',
      'rlvr 0/3  evaluation  accuracy',
      'rlvr 1/3  score 0.125  accurac',
      'rlvr 2/3  score 0.250  accurac',
      'rlvr 2/3  evaluation  accuracy',
    ]);
    expect(running[5]).toMatch(/^rlvr {7}█+░+ 2\/3 {2}under 1s left$/);
    expect(running[6]).toMatch(/^rollout {4}[█░]+ [02]\/2/);
    expect(running).toHaveLength(7);

    await reporter.onRunEnd?.({ status: 'finished', step: 3, summary: {} });
    const ended = await screen(stream.text());
    expect(ended.slice(0, 5)).toEqual(running.slice(0, 5));
    expect(ended.slice(5)).toEqual(['rlvr finished after step 3']);
  });

  it('can be told to write lines only', async () => {
    const stream = textCollector(true);
    await madeUpStage(consoleReporter({ stream, mode: 'lines' }), madeUpInfo('runs/made-up', { totalSteps: 1 }));
    expect(stream.text()).not.toContain('█');
  });
});

describe('numbers of a line', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [0.123456, '0.123'],
    [-12.345, '-12.3'],
    [0.00012345, '1.23e-4'],
    [1234.5, '1230'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%d is %s', (value, text) => {
    expect(compactNumber(value)).toBe(text);
  });

  it('takes the first metric that is there and leaves the rest out', () => {
    expect(
      stepCells({ 'sft/loss': 0.5, 'sft/tokens': 1000 }, 2).map(({ label, text }) => `${label} ${text.trim()}`),
    ).toEqual(['loss 0.5', 'tokens/s 500']);
    expect(stepCells({}, 1)).toEqual([]);
  });

  it('shows scores rather than rewards, and those of domains when there are several', () => {
    const texts = (metrics: Record<string, number>): string[] =>
      stepCells(metrics, 1).map(({ label, text }) => `${label} ${text.trim()}`);
    const whole = { 'train/score_mean': 0.5, 'train/reward_mean': 0, 'rewards/mean_score': 0.5 };
    expect(texts({ ...whole, 'rewards/math/mean_score': 0.5 })).toEqual(['score 0.500']);
    expect(texts({ ...whole, 'rewards/math/mean_score': 0.75, 'rewards/code/mean_score': 0.25 })).toEqual([
      'score 0.500',
      'math 0.750',
      'code 0.250',
    ]);
    expect(evaluationCells({ 'eval/score_mean': 0.5, 'eval/reward_mean': 0 }, undefined)).toEqual([
      { label: 'score', text: '0.500' },
    ]);
  });

  it('shows tags only when there are several', () => {
    const labels = (metrics: Record<string, number>): string[] =>
      evaluationCells(metrics, undefined).map(({ label }) => label);
    expect(labels({ 'eval/accuracy': 1, 'eval/math/accuracy': 1 })).toEqual(['accuracy']);
    expect(labels({ 'eval/accuracy': 1, 'eval/math/accuracy': 1, 'eval/code/accuracy': 1 })).toEqual([
      'accuracy',
      'math',
      'code',
    ]);
    expect(labels({})).toEqual([]);
  });
});

describe('time left', () => {
  it('is the pace of the last steps times the steps that are left', () => {
    let time = 0;
    const estimate = createTimeLeft({ startStep: 10, totalSteps: 20, now: () => time, window: 2 });
    const ends = [100, 200, 210, 220].map((end, index) => {
      time = end;
      return estimate.stepEnded(11 + index);
    });
    expect(ends).toEqual([900, 800, 385, 60]);
  });

  it.each([
    [-5, 'under 1s'],
    [999, 'under 1s'],
    [1000, '1s'],
    [3_723_000, '1h 2m'],
  ])('%d ms reads %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

// What a terminal of 100 × 40 shows after `text`, without empty lines at the end.
async function screen(text: string): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: 100, rows: 40, allowProposedApi: true, convertEol: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const rows = Array.from(
    { length: active.length },
    (_, index) => active.getLine(index)?.translateToString(true) ?? '',
  );
  // Lines longer than the terminal go on in the next row.
  const lines: string[] = [];
  rows.forEach((row, index) => {
    if (active.getLine(index)?.isWrapped === true) lines.push(`${lines.pop() ?? ''}${row}`);
    else lines.push(row);
  });
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
