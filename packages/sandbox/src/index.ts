export {
  BrokenTests,
  type CheckedCase,
  type CheckJob,
  type CheckReport,
  checkSolution,
  describeEnd,
} from './checker/check-solution.ts';
export {
  createSandbox,
  type IsolationFinding,
  probeSandbox,
  type SandboxFindings,
  type SandboxIsolation,
  type SandboxOptions,
} from './create-sandbox.ts';
export { defaultSandboxLimits } from './limits.ts';
export type {
  Sandbox,
  SandboxCapabilities,
  SandboxEnd,
  SandboxLanguage,
  SandboxLimits,
  SandboxResult,
  SandboxRun,
} from './sandbox.ts';
export { openSandbox, type SandboxPlace } from './open-sandbox.ts';
export { type TypescriptResult, typescriptToJavascript } from './typescript/typescript-to-javascript.ts';
