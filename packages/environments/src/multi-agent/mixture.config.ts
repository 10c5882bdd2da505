import { z } from 'zod';
import { answerFormat, roleConfig, sharedTeamFields } from './role.config.ts';

/** Options of `mixture`. */
export const mixtureConfig = z.strictObject({
  type: z.literal('mixture').describe('agents propose, one makes a whole of it (mixture of agents)'),
  proposers: z.array(roleConfig).min(1).describe('who proposes'),
  layers: z
    .int()
    .positive()
    .default(1)
    .describe('how often proposals are made, each time from those of the layer before'),
  refinement: z
    .string()
    .default('{task}\n\nThese answers were given:\n{answers}\nGive a better one.')
    .describe('what proposers read from the second layer on: {task}, and {answers} of the layer before'),
  aggregator: roleConfig
    .extend({ prompt: z.string().default('{task}\n\nThese answers were given:\n{answers}\nMake one answer of them.') })
    .describe("who gives the team's answer from {task} and {answers}"),
  answerFormat,
  ...sharedTeamFields,
});

/** Options of `mixture`, as validated. */
export type MixtureConfig = z.infer<typeof mixtureConfig>;
