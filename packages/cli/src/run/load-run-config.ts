import { type LoadedConfig, loadConfig } from '@rlloom/config';
import { type RunConfig, runConfig } from '../run-config.ts';
import { runConfigRules } from '../run-config-rules.ts';

/** Where a run's configuration comes from, as the command line gives it. */
export interface ConfigOptions {
  readonly configPath: string;
  readonly configName: string;
  /** `key.path=value`, `+key=value`, in order. */
  readonly overrides: readonly string[];
  readonly workingDirectory: string;
}

/** Loads and checks a run configuration. */
export async function loadRunConfig(options: ConfigOptions): Promise<LoadedConfig<RunConfig>> {
  return loadConfig({
    schema: runConfig,
    rules: runConfigRules,
    configPath: options.configPath,
    configName: options.configName,
    overrides: options.overrides,
    baseDirectory: options.workingDirectory,
  });
}
