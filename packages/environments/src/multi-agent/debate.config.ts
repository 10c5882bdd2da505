import { z } from 'zod';
import { answerFormat, roleConfig, sharedTeamFields } from './role.config.ts';

/** Options of `debate`. */
export const debateConfig = z.strictObject({
  type: z.literal('debate').describe('agents answer, read the answers of the others, and answer again'),
  debaters: z.array(roleConfig).min(1).describe('who debates'),
  rounds: z.int().positive().default(2).describe('how often each debater answers'),
  rebuttal: z
    .string()
    .default('The others answered:\n{answers}\nWeigh what they say, then give your answer again.')
    .describe('what debaters read from the second round on; {answers}: what the others wrote last, {task}'),
  judge: roleConfig
    .extend({ prompt: z.string().default('{task}\n\nThese answers were given:\n{answers}\nGive the right answer.') })
    .nullable()
    .default(null)
    .describe("who gives the team's answer in the end, from {task} and {answers}; null = each debater's last is one"),
  answerFormat,
  ...sharedTeamFields,
});

/** Options of `debate`, as validated. */
export type DebateConfig = z.infer<typeof debateConfig>;
