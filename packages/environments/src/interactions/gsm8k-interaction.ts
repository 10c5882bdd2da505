import { type Interaction, RlloomError, type Task } from '@rlloom/spec';
import { gsm8kScore } from './gsm8k-score.ts';

/** Options of the GSM8K interaction. */
export interface Gsm8kInteractionOptions {
  /** Said to an answer that is wrong. */
  readonly incorrectReply?: string;
}

/**
 * A grader that lets try again (after verl's): a turn that ends in `#### <the answer>` scores 1 and ends the episode, any
 * other scores 0 and is told to think again. The answer is `interaction_kwargs.ground_truth` of the record, else its
 * `ground_truth`.
 *
 * `start` throws `RlloomError` `data` for a record without one.
 */
export function gsm8kInteraction({
  incorrectReply = 'Your response is incorrect! You need to reflect on your answer and try again.',
}: Gsm8kInteractionOptions = {}): Interaction {
  return {
    name: 'gsm8k',
    async start({ task, kwargs }) {
      const reference = referenceAnswer(task, kwargs);
      return {
        async generateResponse(messages) {
          const answer = messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
          const score = gsm8kScore(answer, reference, 'strict');
          return score === 1
            ? { done: true, reply: 'Your response is correct!', score }
            : { done: false, reply: incorrectReply, score };
        },
      };
    },
  };
}

/**
 * The reference answer of a record: of the options of a sample, else of the record itself.
 *
 * @throws RlloomError kind `data` when there is none
 */
export function referenceAnswer(task: Task, kwargs: Readonly<Record<string, unknown>>): string {
  const { ground_truth: given } = kwargs;
  if (typeof given === 'string' || typeof given === 'number') return String(given);
  if (task.groundTruth !== undefined) return task.groundTruth.finalAnswer;
  throw new RlloomError('data', {
    what: 'the record has no ground_truth',
    where: `task "${task.id}"`,
    fix: 'give it ground_truth.final_answer, or ground_truth in the options of the tool or interaction',
  });
}
