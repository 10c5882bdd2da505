import { dirname } from 'node:path';
import { probeSandbox } from '@rlloom/sandbox';
import { isRlloomError, type RlloomError } from '@rlloom/spec';
import { type BackendName, measureBackend, missingKernels, nativeStatus, selectBackend } from '@rlloom/tensor';
import { type CliContext, writeLines } from '../cli-context.ts';
import type { BackendFindings, Findings } from '../doctor/findings.ts';
import { formatFindings } from '../doctor/format-findings.ts';
import { diskFacts, machineFacts } from '../doctor/machine.ts';
import { missingWebgpuPackages } from '../doctor/webgpu-packages.ts';
import { packageVersion } from '../package-version.ts';

/** Options of `rlloom doctor`. */
export interface DoctorOptions {
  readonly backend: 'auto' | BackendName;
  /** Print the findings as JSON instead of text. */
  readonly json?: boolean;
}

/**
 * `rlloom doctor`: what this machine offers, which backend is chosen and why, how fast it is, and what to do. When
 * the backend asked for does not load, the findings are printed all the same, then its error ends the command.
 */
export async function doctorCommand(options: DoctorOptions, context: CliContext): Promise<void> {
  const { backend, error } = await tryBackend(options.backend);
  const native = await nativeStatus();
  const cache = native.kinds[0]?.provisioned.directory;
  const findings: Findings = {
    rlloom: packageVersion(),
    machine: machineFacts(),
    disks: [
      { purpose: 'this folder', ...(await diskFacts(context.workingDirectory)) },
      ...(cache === undefined ? [] : [{ purpose: 'cache', ...(await diskFacts(dirname(cache))) }]),
    ],
    backend: backend ?? null,
    failure: error === undefined ? null : { what: error.what, fix: error.fix },
    native,
    webgpuMissing: missingWebgpuPackages(context.workingDirectory),
    sandbox: await probeSandbox(),
  };
  writeLines(context.stdout, options.json === true ? [JSON.stringify(findings, null, 2)] : formatFindings(findings));
  if (error !== undefined) throw error;
}

async function tryBackend(
  name: DoctorOptions['backend'],
): Promise<{ readonly backend?: BackendFindings; readonly error?: RlloomError }> {
  try {
    const choice = await selectBackend({ backend: name });
    return { backend: { choice, speed: await measureBackend(), missingKernels: missingKernels() } };
  } catch (error) {
    if (isRlloomError(error)) return { error };
    throw error;
  }
}
