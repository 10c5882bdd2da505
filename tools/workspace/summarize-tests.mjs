/**
 * Totals of vitest's JSON report. A file that could not even load counts as one failure, so that a broken
 * import never hides behind the tests that did run.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] }} results
 */
export function summarize(results) {
  const unloadable = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloadable.length,
    skipped: results.numPendingTests + (results.numTodoTests ?? 0),
  };
}
