import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readBenchCases } from './bench-cases.ts';

it('takes the cases that both sides read alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-rewards-'));
  try {
    const one = { gold: '1', pred: '1', expected: true, kind: 'sum', config: { extract: ['latex', 'expr'] } };
    const others = [
      { ...one, config: { extract: ['raw'] } },
      { ...one, pred: null },
      { ...one, expected: ['A'] },
    ];
    const limited = { ...one, config: { ...one.config, limit_ms: 1000 } };
    writeFileSync(join(folder, 'answers.json'), JSON.stringify([one, ...others]));
    writeFileSync(join(folder, 'limited.json'), JSON.stringify([limited]));
    writeFileSync(join(folder, 'latex.json'), JSON.stringify([{ latex: '1', gold_latex: '1', kind: 'one' }]));
    expect(await readBenchCases(folder)).toEqual([{ ...one, id: '0' }]);
    await expect(readBenchCases(join(folder, 'none'))).rejects.toThrow('--cases');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
