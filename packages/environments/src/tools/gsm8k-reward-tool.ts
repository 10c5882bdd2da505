import type { Tool } from '@rlloom/spec';
import { z } from 'zod';
import { gsm8kScore } from '../interactions/gsm8k-score.ts';
import { referenceAnswer } from '../interactions/gsm8k-interaction.ts';
import { defineTool } from './define-tool.ts';

/**
 * `calc_gsm8k_reward` (after verl's): the policy hands in an answer and reads its reward. A call that does not improve on
 * the best before it scores −0.05, one that does scores 0; the reward of the last answer is the tool's.
 */
export function gsm8kRewardTool(): Tool {
  return defineTool({
    name: 'calc_gsm8k_reward',
    description: 'Judges an answer to the problem: reward 1.0 when it is correct, else 0.0.',
    parameters: z.object({
      answer: z.coerce.string().describe('the answer to the problem, a number'),
    }),
    create({ task, kwargs }) {
      const reference = referenceAnswer(task, kwargs);
      let reward = 0;
      return {
        execute({ answer }) {
          const before = reward;
          reward = gsm8kScore(`#### ${answer.replace(/^#### /u, '')}`, reference, 'flexible');
          return {
            content: `Current parsed answer=${JSON.stringify(answer)} reward=${reward.toFixed(1)}`,
            score: reward > before ? 0 : -0.05,
          };
        },
        calculateReward: () => reward,
      };
    },
  });
}
