import { chain } from './chain.ts';
import { debate } from './debate.ts';
import { mixture } from './mixture.ts';
import type { MultiAgentConfig } from './multi-agent.config.ts';
import type { TeamEnvironment, TeamResources } from './team.ts';

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
