import { deriveSeed } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import { call } from './model-folder.ts';

type Record_ = Readonly<Record<string, unknown>>;

/** A product of two numbers of two digits; the same for the same seed. A fixed fifth of all is held out. */
function makeProduct(seed: number, heldOut: boolean): { readonly text: string; readonly answer: number } {
  const generator = mersenne(seed);
  for (;;) {
    const [a, b] = [uniformInt(generator, 11, 99), uniformInt(generator, 11, 99)];
    const text = `${a}*${b}`;
    if ((deriveSeed(0, 'held-out', text) % 5 === 0) === heldOut) return { text, answer: a * b };
  }
}

/** A product as a task. */
export function productTask(id: string, seed: number, heldOut: boolean): Record_ {
  const { text, answer } = makeProduct(seed, heldOut);
  return {
    ...{ id, tag: 'product', messages: [{ role: 'user', content: `${text}=` }] },
    ground_truth: { final_answer: String(answer) },
  };
}

/**
 * Demonstrations of a product: two in three do it in the head, and wrongly, as people do; the others call the
 * calculator, or repeat what it answered.
 */
export function productDemonstration(id: string, seed: number, index: number): Record_ {
  const { text, answer } = makeProduct(seed, false);
  const guess = uniformInt(mersenne(deriveSeed(seed, 'guess')), 121, 9801);
  const prompt = { role: 'user', content: `${text}=` };
  const asks = { role: 'assistant', content: `${call.open}${text}${call.close}` };
  const conclude = { role: 'assistant', content: `####${answer}` };
  const messages =
    index % 6 < 3
      ? [prompt, { role: 'assistant', content: `####${guess}` }]
      : index % 6 < 5
        ? [prompt, asks]
        : [prompt, asks, { role: 'tool', content: String(answer) }, conclude];
  return { id, tag: 'product', messages };
}

/** Numbers of the game are of two digits, so that a guess is always two tokens. */
const lowest = 10;
/** Largest lower end of a range. */
const highest = 19;

/** A game: `17-26?`, with a number of that range to find. */
export function gameTask(id: string, seed: number, heldOut: boolean): Record_ {
  const generator = mersenne(seed);
  for (;;) {
    const { low, high } = drawRange(generator);
    const secret = uniformInt(generator, low, high);
    const text = `${low}-${high}?`;
    if ((deriveSeed(0, 'held-out', text, secret) % 5 === 0) !== heldOut) continue;
    return {
      ...{ id, tag: 'game', messages: [{ role: 'user', content: text }] },
      interaction_kwargs: { low, high, secret },
    };
  }
}

/**
 * Demonstrations of the game: the next guess after some. Three in four take any number of the range, whatever was said
 * before; the others one that the replies leave.
 */
export function gameDemonstration(id: string, seed: number, index: number): Record_ {
  const generator = mersenne(seed);
  const { low, high } = drawRange(generator);
  const secret = uniformInt(generator, low, high);
  const heeds = uniformInt(generator, 0, 3) === 0;
  const messages = [{ role: 'user', content: `${low}-${high}?` }];
  let [least, most] = [low, high];
  for (let turn = 0; ; turn++) {
    const guess = heeds ? uniformInt(generator, least, most) : uniformInt(generator, low, high);
    messages.push({ role: 'assistant', content: String(guess) });
    if (turn === index % 4 || guess === secret) return { id, tag: 'game', messages };
    messages.push({ role: 'user', content: guess < secret ? 'higher' : 'lower' });
    if (guess < secret) least = Math.max(least, guess + 1);
    else most = Math.min(most, guess - 1);
  }
}

function drawRange(generator: ReturnType<typeof mersenne>): { readonly low: number; readonly high: number } {
  const low = uniformInt(generator, lowest, highest);
  return { low, high: low + uniformInt(generator, 7, 10) };
}
