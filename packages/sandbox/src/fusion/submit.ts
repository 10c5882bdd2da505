import { isRlloomError } from '@rlloom/spec';
import { BrokenTests, type CheckedCase, checkSolution } from '../checker/check-solution.ts';
import type { SandboxResult } from '../sandbox.ts';
import { type DataRow, submissionOf } from './data-set.ts';
import type { RunCodeResponse, SubmitRequest, SubmitResponse } from './fusion-api.ts';
import { commandOf, type RunPlace, sandboxError } from './run-code.ts';

/**
 * Answers `POST /submit`: whether a completion passes the tests of its row. Each assertion of MBPP is a test of its own.
 * The tests run apart from the solution, see `checkSolution`, so `full_code` is what is meant, not what is run.
 *
 * @throws RlloomError `interrupted` when the signal aborts
 */
export async function submit(request: SubmitRequest, row: DataRow, place: RunPlace): Promise<SubmitResponse> {
  const submission = submissionOf(row, request.completion);
  if (typeof submission === 'string') return unknown(request, submission);
  const { extractedCode, fullCode, testCode, job } = submission;
  const seconds = request.config.run_timeout ?? 20;
  const limits = { wallMs: seconds * 1000, cpuSeconds: seconds, memoryMb: place.memoryMb };
  const base = { id: request.id, extracted_code: extractedCode, full_code: fullCode, test_code: testCode };
  try {
    const { cases, result } = await checkSolution(place.sandbox, job, { limits, signal: place.signal });
    const accepted = cases.every(({ status }) => status === 'passed');
    return { ...base, accepted, tests: cases.map((found) => testOf(found, result)) };
  } catch (error) {
    if (place.signal.aborted) throw error;
    const broken = error instanceof BrokenTests ? error.message : undefined;
    const message =
      broken ?? (isRlloomError(error) ? error.what : error instanceof Error ? error.message : String(error));
    return { ...unknown(request, message), ...base };
  }
}

function testOf({ name, status, detail }: CheckedCase, result: SandboxResult): SubmitResponse['tests'][number] {
  const passed = status === 'passed';
  const command = commandOf({ ...result, stdout: '', stderr: detail, end: 'exited', exitCode: passed ? 0 : 1 });
  const late = status === 'timeout';
  const run_result = late ? { ...command, status: 'TimeLimitExceeded' as const, return_code: null } : command;
  const exec_info: RunCodeResponse = { ...sandboxError(''), status: passed ? 'Success' : 'Failed', run_result };
  return { passed, exec_info, test_info: { name, status } };
}

function unknown({ id }: SubmitRequest, message: string): SubmitResponse {
  const tests = [{ passed: false, exec_info: sandboxError(message), test_info: null }];
  return { id, accepted: false, extracted_code: '', full_code: null, test_code: null, tests };
}
