import type { BackendChoice, BackendSpeed } from '@rlloom/tensor';
import type { DiskFacts, MachineFacts } from './machine.ts';

/** Everything `rlloom doctor` finds out. Plain data: this is what `--json` prints. */
export interface Findings {
  readonly rlloom: string;
  readonly machine: MachineFacts;
  readonly disks: readonly (DiskFacts & { readonly purpose: string })[];
  /** Version lines of the programs that `rlloom setup` needs; `null` = not there. */
  readonly tools: { readonly python: string | null; readonly compiler: string | null };
  /** `null` when the backend asked for does not load; `failure` says why. */
  readonly backend: BackendFindings | null;
  readonly failure: string | null;
}

/** What the chosen backend is and can do. */
export interface BackendFindings {
  readonly choice: BackendChoice;
  readonly speed: BackendSpeed;
  /** Kernels that models and losses need and the backend lacks. */
  readonly missingKernels: readonly string[];
}
