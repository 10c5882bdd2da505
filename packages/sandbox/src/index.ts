export type {
  Sandbox,
  SandboxCapabilities,
  SandboxEnd,
  SandboxLanguage,
  SandboxLimits,
  SandboxResult,
  SandboxRun,
} from './sandbox.ts';
