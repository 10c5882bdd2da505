// The same classifier of handwritten digits, trained operation by operation and as compiled programs: which is faster, by
// how much, and whether they learn the same.
import { availableParallelism, loadavg } from 'node:os';
import { isRlloomError } from '@rlloom/spec';
import { type BackendName, createProgram, nativeStatus, selectBackend } from '@rlloom/tensor';
import { apart, compare, comparedSteps, lastLoss, percent, type Row, type Way } from './compare.ts';
import { readDigits } from './digits.ts';
import { type Options, optionsOf, usage } from './options.ts';
import { programTrainer, tutorialTrainer } from './trainer.ts';

const heldOutCount = 2000;

async function main(options: Options): Promise<void> {
  const data = readDigits(options.seed, heldOutCount);
  for (const backend of options.smoke ? await smokeBackends() : [options.backend]) {
    const choice = await selectBackend({ backend });
    const kind = kindOfProgram();
    print(
      `${choice.name}, ${choice.threads} threads; 784 → ${[...options.hidden, 10].join(' → ')}, ` +
        `batches of ${options.batch}, ${options.steps} steps; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
    );
    if (kind === 'eager') {
      print(
        `${choice.name} has no graphs: "compiled" runs operation by operation here, with the same numbers.\n` +
          'For graphs: npx rlloom setup --backend cpu (compiles the native backend once), then --backend tfjs-node.',
      );
    }
    const rows = await compare(waysOf(options, kind), data, { options, say: progress });
    printTable(rows);
    if (options.smoke) check(rows, choice.name);
  }
}

function waysOf({ hidden, learningRate, seed }: Options, kind: 'graph' | 'eager'): Way[] {
  const start = { hidden, learningRate, seed };
  const compiled: Way[] = [
    { name: 'compiled', start: () => programTrainer(start, {}) },
    { name: 'compiled, XLA', start: () => programTrainer(start, { xla: true }) },
    { name: 'compiled, bfloat16', start: () => programTrainer(start, { products: 'bfloat16' }) },
  ];
  return [
    { name: 'eager', start: () => programTrainer(start, { mode: 'eager' }) },
    { name: 'tf.train.adam', start: () => tutorialTrainer(start) },
    ...(kind === 'graph' ? compiled : compiled.slice(0, 1)),
  ];
}

function printTable(rows: readonly Row[]): void {
  const eager = rows[0] as Row;
  const cells = rows.map((row) => [
    row.name,
    row.stepsPerSecond.toFixed(row.stepsPerSecond < 100 ? 1 : 0),
    (row.stepsPerSecond / eager.stepsPerSecond).toFixed(2),
    `${row.firstSeconds.toFixed(2)} s`,
    percent(row.accuracy),
    row === eager ? '' : apart(row, eager).toExponential(1),
    lastLoss(row).toFixed(4),
  ]);
  const head = ['', 'steps/s', '× eager', 'first step', 'held out', `loss apart`, 'last loss'];
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => (row[i] as string).length)));
  for (const row of [head, ...cells]) {
    const padded = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    );
    print(`  ${padded.join('   ')}`);
  }
  print(
    `steps/s: the best of 5 turns. loss apart: largest relative difference to eager in the first ${comparedSteps} steps. ` +
      `last loss: mean of the last ${comparedSteps}.\n`,
  );
}

function check(rows: readonly Row[], name: BackendName): void {
  const eager = rows[0] as Row;
  for (const row of rows) {
    if (row.accuracy < 0.85)
      throw new Error(`${name}, ${row.name}: only ${percent(row.accuracy)} of the held-out digits`);
    // A bfloat16 has 8 bits of precision.
    const most = row.name.includes('bfloat16') ? 2 ** -5 : 1e-4;
    const difference = apart(row, eager);
    if (!(difference < most)) throw new Error(`${name}, ${row.name}: the loss is ${difference} apart from eager`);
  }
  const graph = kindOfProgram() === 'graph';
  if (graph !== name.startsWith('tfjs-node')) throw new Error(`${name}: graphs are ${graph ? '' : 'not '}used`);
}

async function smokeBackends(): Promise<readonly BackendName[]> {
  const { kinds } = await nativeStatus();
  const native = kinds.find(({ kind }) => kind === 'cpu');
  if (native?.advice === undefined) return ['wasm', 'tfjs-node'];
  print(`only on wasm, since tfjs-node is not here: ${native.advice}`);
  return ['wasm'];
}

function kindOfProgram(): 'graph' | 'eager' {
  const program = createProgram();
  program.dispose();
  return program.kind;
}

// Progress is one line that changes; what is printed takes its place.
const clear = process.stdout.isTTY ? '\r\u001B[K' : '';

function print(text: string): void {
  process.stdout.write(`${clear}${text}\n`);
}

function progress(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `${clear}${text}` : `  ${text}\n`);
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) print(usage);
  else await main(options);
} catch (error) {
  const lines = isRlloomError(error) && error.fix !== undefined ? [error.message, `→ ${error.fix}`] : [String(error)];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = 1;
}
