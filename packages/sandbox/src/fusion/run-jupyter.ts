import { randomBytes } from 'node:crypto';
import { isRlloomError } from '@rlloom/spec';
import { programFile } from '../programs/programs.ts';
import type { SandboxResult } from '../sandbox.ts';
import type { RunJupyterRequest, RunJupyterResponse } from './fusion-api.ts';
import { commandOf, decodeFiles, encodeFiles, memoryLimit, type RunPlace } from './run-code.ts';

/** Bytes of all the output of all cells. */
const outputBytes = 4 * 1024 * 1024;

/**
 * Answers `POST /run_jupyter`: cells share one Python process. An error is a part of its cell's answer, and the next cell
 * runs all the same. When time is up, or the process ends, the status is `Failed` and there are no cells.
 *
 * @throws RlloomError `interrupted` when the signal aborts
 */
export async function runJupyter(request: RunJupyterRequest, place: RunPlace): Promise<RunJupyterResponse> {
  const nonce = randomBytes(12).toString('hex');
  const { cells, cell_timeout: timeout, total_timeout: total } = request;
  let result: SandboxResult;
  try {
    result = await place.sandbox.run(
      {
        language: 'python',
        code: programFile('jupyter.py'),
        files: { ...decodeFiles(request.files), '.cells.json': JSON.stringify({ nonce, cells, timeout }) },
        fetchFiles: request.fetch_files,
        limits: {
          wallMs: Math.max(1, total * 1000),
          cpuSeconds: Math.max(1, total),
          outputBytes,
          ...memoryLimit(request.memory_limit_MB, place),
        },
      },
      { signal: place.signal },
    );
  } catch (error) {
    if (place.signal.aborted) throw error;
    const message = isRlloomError(error) ? error.what : error instanceof Error ? error.message : String(error);
    return { status: 'SandboxError', message, driver: null, cells: [], executor_pod_name: null, files: {} };
  }
  const answers = readCells(result.stdout, nonce);
  const rest = result.stdout.split('\n').filter((line) => !line.startsWith(`${nonce} `));
  const driver = { ...commandOf(result), stdout: rest.join('\n').trim() };
  const base = { message: '', driver, executor_pod_name: null };
  if (driver.status !== 'Finished' || answers.length < cells.length) {
    return { ...base, status: 'Failed', cells: [], files: {} };
  }
  return { ...base, status: 'Success', cells: answers, files: encodeFiles(result) };
}

function readCells(stdout: string, nonce: string): RunJupyterResponse['cells'] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(`${nonce} `))
    .map((line) => JSON.parse(line.slice(nonce.length)) as RunJupyterResponse['cells'][number]);
}
