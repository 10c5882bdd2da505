import { z } from 'zod';

const criterion = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z]\w*$/, 'a letter, then letters, digits and _')
    .describe('name of the part it scores'),
  description: z.string().min(1).describe('what the judge looks at, in words'),
  scale: z
    .strictObject({ min: z.number().describe('worst score'), max: z.number().describe('best score') })
    .refine(({ min, max }) => min < max, 'min must be below max')
    .prefault({ min: 0, max: 1 })
    .describe('what the judge chooses from; scores are brought to 0..1'),
  weight: z.number().positive().default(1).describe('how much it counts among the criteria'),
});

/** What a judge scores, each apart, in one answer. */
export const criteriaConfig = z
  .array(criterion)
  .min(1)
  .superRefine((criteria, context) => {
    const names = criteria.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      const isTaken = names.indexOf(name) !== index || name === 'spread';
      if (isTaken) context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is taken` });
    }
  })
  .prefault([
    {
      name: 'correctness',
      description: 'the answer is right: it agrees with the reference answer where there is one, and meets the rubric',
    },
  ])
  .describe('what is scored, each criterion apart, in one answer');

/** What a judge scores, as validated. */
export type Criteria = z.infer<typeof criteriaConfig>;
