import { batches, type Digits } from './digits.ts';
import type { Options } from './options.ts';
import type { Trainer } from './trainer.ts';

/** A way to train, by the name it is printed with. */
export interface Way {
  readonly name: string;
  readonly start: () => Trainer;
}

/** What one way did. */
export interface Row {
  readonly name: string;
  /** The loss of every step that all ways take. */
  readonly losses: readonly number[];
  readonly accuracy: number;
  /** How long the first step took, which compiles. */
  readonly firstSeconds: number;
  /** Of the turn that was least disturbed. */
  readonly stepsPerSecond: number;
}

const turns = 5;

/**
 * Lets every way learn from the same start with the same batches, then measures their speed in turns, so that what the
 * machine does otherwise hits all of them. `say` gets a line of progress about once a second.
 */
export async function compare(
  ways: readonly Way[],
  data: { readonly train: Digits; readonly heldOut: Digits },
  { options, say }: { readonly options: Options; readonly say: (progress: string) => void },
): Promise<Row[]> {
  const { steps, seconds, batch, seed } = options;
  const runs = ways.map(({ name, start }) => {
    const source = batches(data.train, batch, seed);
    return { name, trainer: start(), next: () => source.next().value };
  });
  const learned: Omit<Row, 'stepsPerSecond'>[] = [];
  for (const { name, trainer, next } of runs) {
    const losses: number[] = [];
    const began = performance.now();
    let said = began;
    losses.push(await trainer.step(next()));
    const firstSeconds = (performance.now() - began) / 1000;
    while (losses.length < steps) {
      losses.push(await trainer.step(next()));
      if (performance.now() - said < 1000) continue;
      said = performance.now();
      say(`${name}: step ${losses.length} of ${steps}, loss ${(losses.at(-1) as number).toFixed(3)}`);
    }
    const accuracy = await trainer.accuracy(data.heldOut);
    say(`${name}: ${steps} steps, ${percent(accuracy)} of ${data.heldOut.count} held-out digits`);
    learned.push({ name, losses, accuracy, firstSeconds });
  }
  const best = runs.map(() => 0);
  for (let turn = 1; turn <= turns; turn++) {
    say(`measuring speed, turn ${turn} of ${turns}`);
    for (const [i, { trainer, next }] of runs.entries()) {
      const began = performance.now();
      let [count, elapsed] = [0, 0];
      while (count === 0 || elapsed < seconds / turns) {
        await trainer.step(next());
        count++;
        elapsed = (performance.now() - began) / 1000;
      }
      best[i] = Math.max(best[i] as number, count / elapsed);
    }
  }
  for (const { trainer } of runs) trainer.dispose();
  return learned.map((row, i) => ({ ...row, stepsPerSecond: best[i] as number }));
}

/** Steps over which two ways should still agree: later on, rounding has led them to other weights. */
export const comparedSteps = 50;

/** Largest relative difference of the loss over the first {@link comparedSteps} steps. */
export function apart(row: Row, reference: Row): number {
  return row.losses.slice(0, comparedSteps).reduce((largest, loss, i) => {
    const other = reference.losses[i] as number;
    return Math.max(largest, Math.abs(loss - other) / other);
  }, 0);
}

/** Mean loss of the last {@link comparedSteps} steps. */
export function lastLoss({ losses }: Row): number {
  const last = losses.slice(-comparedSteps);
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
}

/** A share as it is printed. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
