import { z } from 'zod';

/** One agent of a ready workflow: who it is, what it is asked, and what it is rewarded for. */
export const roleConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-" only')
    .describe('name of the agent, on its trajectories and in the prompts of others'),
  systemPrompt: z.string().nullable().default(null).describe("its system message; null = the task's own, if any"),
  prompt: z
    .string()
    .default('{task}')
    .describe('what it is asked first; {task} is the text of the task, the others depend on the workflow'),
  maxNewTokens: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("most tokens it may write in a turn; null = the rollout's"),
  jointWeight: z.number().default(1).describe("weight of the score of the team's answer in its reward"),
  ownWeight: z.number().default(0).describe('weight of the score of what it wrote itself in its reward'),
  tag: z
    .string()
    .nullable()
    .default(null)
    .describe("the tag by which rewards find the domain that judges what it wrote itself; null = the task's"),
});

/** An agent of a ready workflow, as validated. */
export type RoleConfig = z.infer<typeof roleConfig>;

/** What all ready workflows have. */
export const sharedTeamFields = {
  hideThoughts: z
    .boolean()
    .default(true)
    .describe('agents are not shown what others wrote up to </think>; it trains all the same'),
};

/** How workflows that show several answers at once show them. */
export const answerFormat = z
  .string()
  .default('{agent}: {answer}')
  .describe('how one answer is shown to others; several stand on lines of their own');
