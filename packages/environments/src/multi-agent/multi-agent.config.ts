import { z } from 'zod';
import { chainConfig } from './chain.config.ts';
import { debateConfig } from './debate.config.ts';
import { mixtureConfig } from './mixture.config.ts';

/** The ready workflows of several agents, by `type`. */
export const multiAgentConfig = z.discriminatedUnion('type', [debateConfig, chainConfig, mixtureConfig]);

/** A ready workflow of several agents, as validated. */
export type MultiAgentConfig = z.infer<typeof multiAgentConfig>;
