import type { SandboxFindings } from '@rlloom/sandbox';
import type { BackendChoice, BackendSpeed, NativeStatus } from '@rlloom/tensor';
import type { DiskFacts, MachineFacts } from './machine.ts';

/** Everything `rlloom doctor` finds out. Plain data: this is what `--json` prints. */
export interface Findings {
  readonly rlloom: string;
  readonly machine: MachineFacts;
  readonly disks: readonly (DiskFacts & { readonly purpose: string })[];
  /** `null` when the backend asked for does not load; `failure` says why and what to do. */
  readonly backend: BackendFindings | null;
  readonly failure: { readonly what: string; readonly fix: string | undefined } | null;
  /** What is there of the native backends, and of what `rlloom setup` needs to build them. */
  readonly native: NativeStatus;
  /** Packages that the webgpu backend needs and that are not installed. */
  readonly webgpuMissing: readonly string[];
  /** What keeps programs of models in, for rewards that run code. */
  readonly sandbox: SandboxFindings;
}

/** What the chosen backend is and can do. */
export interface BackendFindings {
  readonly choice: BackendChoice;
  readonly speed: BackendSpeed;
  /** Kernels that models and losses need and the backend lacks. */
  readonly missingKernels: readonly string[];
}
