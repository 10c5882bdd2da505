// A process that checks math cases one after the other, so that the one that started it can end a case that hangs.
import { checkCase } from './check-case.ts';
import type { CaseReport } from './run-cases.ts';
import type { MathCase } from './math-case.ts';

process.on('message', (cases: readonly MathCase[]) => {
  for (const one of cases) {
    const start = performance.now();
    let report: CaseReport;
    try {
      const { verifications, ...check } = checkCase(one);
      report = { ...check, ms: (performance.now() - start) / Math.max(1, verifications) };
    } catch (error) {
      const reason = `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
      report = { outcome: 'broken', reason, ms: performance.now() - start };
    }
    process.send?.(report);
  }
  // Nothing keeps the process then.
  process.disconnect();
});
process.send?.('ready');
