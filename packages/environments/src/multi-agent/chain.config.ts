import { z } from 'zod';
import { roleConfig, sharedTeamFields } from './role.config.ts';

/** Options of `chain`. */
export const chainConfig = z.strictObject({
  type: z.literal('chain').describe('agents write one after another, each from what those before it wrote'),
  links: z
    .array(
      roleConfig.extend({
        prompt: z
          .string()
          .default('{task}')
          .describe('{task}; {previous}: what was written last; {name}: what the agent of that name wrote last'),
        continues: z
          .boolean()
          .default(false)
          .describe(
            'goes on with the conversation this agent began in an earlier link; weights and tag are of the first',
          ),
        acceptWhen: z
          .string()
          .nullable()
          .default(null)
          .describe(
            'a link that checks: the chain ends when this regular expression finds what it wrote, and the answer is that of the last link that does not check',
          ),
      }),
    )
    .min(1)
    .describe('the agents in order, e.g. solver, verifier, refiner; the last that does not check gives the answer'),
  ...sharedTeamFields,
});

/** Options of `chain`, as validated. */
export type ChainConfig = z.infer<typeof chainConfig>;
