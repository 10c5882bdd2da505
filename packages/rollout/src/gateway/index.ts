export { agentCommand, type AgentCommandOptions } from './agent-command.ts';
export type { AgentOutcome, AgentRun, RunAgent } from './agent-run.ts';
export { createGateway, type Gateway, type GatewayOptions, type GatewaySession } from './gateway.ts';
export { type GatewayConfig, gatewayConfig } from './gateway.config.ts';
export {
  type CollectionStatistics,
  createGatewayCollector,
  type GatewayCollectorOptions,
} from './gateway-collector.ts';
export type { SessionOptions, SessionRecord, SessionSampling } from './session.ts';
export type { SessionEnd } from './session-registry.ts';
export type { ToolCallFormat } from './tool-call-format.ts';
