import type { EnvironmentConfig } from '../environment.config.ts';
import { chain } from './chain.ts';
import { debate } from './debate.ts';
import { mixture } from './mixture.ts';
import type { MultiAgentConfig } from './multi-agent.config.ts';
import type { RoleConfig } from './role.config.ts';
import type { TeamEnvironment, TeamResources } from './team.ts';

/** Whether a configuration names a workflow of several agents. */
export function isMultiAgent(config: EnvironmentConfig): config is MultiAgentConfig {
  return config.type === 'debate' || config.type === 'chain' || config.type === 'mixture';
}

/**
 * The ready workflow a configuration names.
 *
 * @throws RlloomError `config` as `debate`, `chain` and `mixture` do
 */
export function multiAgent(config: MultiAgentConfig, resources: TeamResources): TeamEnvironment {
  switch (config.type) {
    case 'debate':
      return debate(config, resources);
    case 'chain':
      return chain(config, resources);
    case 'mixture':
      return mixture(config, resources);
  }
}

/** The agents a configuration names: of a chain one per link, so that one may come several times. */
export function rolesOf(config: MultiAgentConfig): readonly RoleConfig[] {
  switch (config.type) {
    case 'debate':
      return config.judge === null ? config.debaters : [...config.debaters, config.judge];
    case 'chain':
      return config.links;
    case 'mixture':
      return [...config.proposers, config.aggregator];
  }
}
