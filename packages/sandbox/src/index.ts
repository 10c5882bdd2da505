export {
  createSandbox,
  type IsolationFinding,
  probeSandbox,
  type SandboxFindings,
  type SandboxIsolation,
  type SandboxOptions,
} from './create-sandbox.ts';
export { defaultSandboxLimits } from './limits.ts';
