export type { CliContext, TextSink } from './cli-context.ts';
export { runCli } from './run-cli.ts';
export { backendConfig, expConfig, type RunConfig, runConfig } from './run-config.ts';
