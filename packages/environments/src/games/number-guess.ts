import { deriveSeed, type Interaction, RlloomError } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import { z } from 'zod';

/** What a record may say of its game: `interaction_kwargs`. */
const kwargsSchema = z.object({
  low: z.int().default(1),
  high: z.int().default(10),
  /** Default: drawn from low to high by the id of the task, so that all samples of a task seek the same number. */
  secret: z.int().optional(),
});

/** Options of the number game. */
export interface NumberGuessOptions {
  /** Guesses of an episode. Default 4 */
  readonly maxGuesses?: number;
  /** Said to a guess below and above the number, and to what is no number of the range. */
  readonly replies?: { readonly higher: string; readonly lower: string; readonly unclear: string };
}

/**
 * A text game: guess a number. A turn is a guess (its last number); the reply says whether the number is higher or lower.
 * A hit scores 1, any other guess 0, and the last one ends the game.
 */
export function numberGuessGame(options: NumberGuessOptions = {}): Interaction {
  const { maxGuesses = 4, replies = { higher: 'higher', lower: 'lower', unclear: 'Guess a number of the range.' } } =
    options;
  return {
    name: 'number_guess',
    async start({ task, kwargs }) {
      const parsed = kwargsSchema.safeParse(kwargs);
      const { low, high } = parsed.data ?? { low: 1, high: 0 };
      if (!parsed.success || low > high) {
        throw new RlloomError('data', {
          what: 'interaction_kwargs of a number game are whole numbers low, high and secret, low not above high',
          where: `task "${task.id}"`,
          fix: 'correct the record',
        });
      }
      const drawn = uniformInt(mersenne(deriveSeed(0, 'number-guess', task.id)), low, high);
      const secret = parsed.data.secret ?? drawn;
      let guesses = 0;
      let found = false;
      return {
        async generateResponse(messages) {
          guesses += 1;
          const text = messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
          const guess = Number(text.match(/-?\d+/gu)?.at(-1) ?? Number.NaN);
          found = guess === secret;
          const isClear = guess >= low && guess <= high;
          return {
            done: found || guesses >= maxGuesses,
            reply: !isClear ? replies.unclear : guess < secret ? replies.higher : replies.lower,
            score: found ? 1 : 0,
            metrics: { guesses, found: found ? 1 : 0 },
          };
        },
      };
    },
  };
}
