// A process that checks math cases one after the other, so that the one that started it can end a case that hangs.
import { checkCase } from './check-case.ts';
import type { CaseReport } from './run-cases.ts';
import type { MathCase } from './math-case.ts';

process.on('message', (cases: readonly MathCase[]) => {
  for (const [index, one] of cases.entries()) {
    const start = performance.now();
    let report: CaseReport;
    try {
      const { verifications, ...check } = checkCase(one);
      report = { ...check, ms: (performance.now() - start) / Math.max(1, verifications) };
    } catch (error) {
      const reason = `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
      report = { outcome: 'broken', reason, ms: performance.now() - start };
    }
    // Reports still on their way would be lost; without a channel nothing keeps the process.
    const isLast = index === cases.length - 1;
    process.send?.(report, () => {
      if (isLast) process.disconnect();
    });
  }
});
process.send?.('ready');
