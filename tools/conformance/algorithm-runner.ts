import { ShapeError } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { compare, type Values } from './compare.ts';
import type { AlgorithmCase, FixtureFile } from './fixture-file.ts';
import { runCompiled } from './compiled-case.ts';
import type { CaseResult } from './results.ts';

/** Inputs and parameters of a case, read by name. */
export interface CaseArguments {
  readonly inputs: Readonly<Record<string, Values>>;
  readonly params: Readonly<Record<string, Values>>;
  /** The peer raises on this case. */
  readonly expectsError: boolean;
}

/** A reason why a case cannot be run with what is built. */
export class NotCovered extends Error {}

/** Runs our function on the cases of one `algos/` file. */
export interface AlgorithmRunner {
  /** Every input the runner gives to the function; a case with another one is not covered. */
  readonly inputs: readonly string[];
  /** Every parameter the runner gives to the function; a case with another one is not covered. */
  readonly params: readonly string[];
  /**
   * Results by the keys of `expected`; tensors are read and freed by the caller.
   *
   * @throws NotCovered for a combination of parameters that is not built
   */
  run(given: CaseArguments): Outputs | Promise<Outputs>;
}

/** Results by name: values, or tensors still to be read. */
export type Outputs = Readonly<Record<string, Output>>;
type Output = Values | tf.Tensor | readonly Float64Array[] | { readonly [key: string]: Output };

/** Runs every case of a file. */
export async function runAlgorithmFile(file: FixtureFile, runner: AlgorithmRunner): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of file.cases) {
    results.push(await runCase(entry as unknown as AlgorithmCase, runner, noiseTolerance(entry.id, file.notes)));
  }
  return results;
}

async function runCase(entry: AlgorithmCase, runner: AlgorithmRunner, absoluteTolerance?: number): Promise<CaseResult> {
  const { id, inputs, params = {}, expected, expected_f64 } = entry;
  const unknown = [...unknownKeys('input', inputs, runner.inputs), ...unknownKeys('parameter', params, runner.params)];
  if (unknown.length > 0) return { id, status: 'skipped', reason: `not built: ${unknown.join(', ')}` };
  const expectsError = 'error' in expected;
  tf.engine().startScope();
  try {
    const given = { inputs, params, expectsError };
    const outputs = runner.run(given);
    // What the tensors of a case are computed by also runs compiled, where the backend compiles.
    const compiled =
      outputs instanceof Promise ? undefined : await runCompiled(outputs, () => runner.run(given) as Outputs);
    const actual = await readOutputs({ ...(await outputs), ...compiled });
    if (expectsError) {
      return {
        id,
        status: 'failed',
        where: 'error',
        reason: `expected an error (the peer raises ${JSON.stringify(expected['error'])}), got a value`,
      };
    }
    const missing = missingKeys(expected, actual);
    if (missing.length > 0) return { id, status: 'skipped', reason: `no value for ${missing.join(', ')}` };
    const { ok, error, where, reason } = compare(actual, { expected, expectedF64: expected_f64, absoluteTolerance });
    return { id, status: ok ? 'passed' : 'failed', error, where, ...(reason !== undefined && { reason }) };
  } catch (error) {
    if (error instanceof NotCovered) return { id, status: 'skipped', reason: error.message };
    // Only an error of ours that names the argument counts: a crash is not a check.
    if (expectsError && (error instanceof ShapeError || error instanceof RangeError))
      return { id, status: 'passed', error: 0, where: 'error' };
    return {
      id,
      status: 'failed',
      where: 'error',
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  } finally {
    tf.engine().endScope();
  }
}

async function readOutputs(outputs: Outputs): Promise<Readonly<Record<string, Values>>> {
  const read = await Promise.all(
    Object.entries(outputs).map(async ([key, output]) => {
      if (output instanceof tf.Tensor) return [key, await output.array()] as const;
      if (isRecord(output)) return [key, await readOutputs(output)] as const;
      return [key, plain(output)] as const;
    }),
  );
  return Object.fromEntries<Values>(read);
}

function plain(output: Values | readonly Float64Array[]): Values {
  if (!Array.isArray(output)) return output as Values;
  return output.map((entry: Values | Float64Array) => (entry instanceof Float64Array ? Array.from(entry) : entry));
}

function isRecord(output: Output): output is { readonly [key: string]: Output } {
  return typeof output === 'object' && output !== null && !Array.isArray(output);
}

function unknownKeys(kind: string, given: object, known: readonly string[]): string[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `${kind} ${key}`);
}

function missingKeys(expected: Readonly<Record<string, Values>>, actual: Readonly<Record<string, Values>>): string[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    const found = actual[key];
    if (found === undefined) return [key];
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested
      ? missingKeys(value as Record<string, Values>, found as Record<string, Values>).map((inner) => `${key}.${inner}`)
      : [];
  });
}

/**
 * The absolute tolerance that a file's notes name for a case: `'case': ... compare with absolute tolerance 0.02`.
 *
 * @param id the case; ids add parameters to the name in the notes after `__`
 */
function noiseTolerance(id: string, notes = ''): number | undefined {
  for (const [, name, tolerance] of notes.matchAll(/'([^']+)'[^']*?absolute tolerance (\d+(?:\.\d+)?(?:e-?\d+)?)/g)) {
    if (id.split('__')[0] === name) return Number(tolerance);
  }
  return undefined;
}
