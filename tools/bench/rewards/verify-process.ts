// A process that verifies the cases it is sent, on one thread: each once to warm up, then once more with a clock.
import { verifyMathAnswer } from '@rlloom/rewards';
import { caseOptions } from '../../conformance/math/case-options.ts';
import type { BenchCase } from './bench-cases.ts';

/** What one side measured in one turn. */
export interface VerifyTurn {
  /** Milliseconds per case, in their order. */
  readonly ms: readonly number[];
  /** How many got the verdict of their label. */
  readonly right: number;
  readonly version: string;
}

process.on('message', (cases: readonly BenchCase[]) => {
  const options = cases.map(({ config, kind }) => caseOptions(config, kind));
  const pass = () =>
    cases.map(({ gold, pred, expected }, index) => {
      const from = performance.now();
      const { verdict } = verifyMathAnswer(pred, gold, options[index]);
      return { ms: performance.now() - from, isRight: (verdict === 'correct') === expected };
    });
  pass();
  const measured = pass();
  const turn: VerifyTurn = {
    ms: measured.map(({ ms }) => ms),
    right: measured.filter(({ isRight }) => isRight).length,
    version: `Node ${process.version}`,
  };
  // What is still on its way would be lost.
  process.send?.(turn, () => process.disconnect());
});
process.send?.('ready');
