import type { RewardFunction, Task } from '@rlloom/spec';
import { unverifiable } from '../answers/results.ts';
import { type InstructionArguments, InstructionProblem } from './instruction-arguments.ts';
import { type InstructionCheck, makeInstruction } from './instructions.ts';

/** Options of the `ifeval` reward. */
export interface InstructionsConfig {
  /** `strict` = the response as it is; `loose` = or without its first line, last line, and asterisks. */
  readonly mode: 'strict' | 'loose';
  /** `share` = of the instructions that are followed; `all` = 1 when all are, else 0. */
  readonly scoring: 'share' | 'all';
}

/** What `instructionsReward` does when nothing is said. */
export const instructionsDefaults: InstructionsConfig = { mode: 'strict', scoring: 'share' };

/** Instructions as a data set writes them. */
interface WrittenInstructions {
  readonly ids: readonly string[];
  readonly kwargs: readonly InstructionArguments[];
}

/**
 * The `ifeval` reward: whether a response follows the verifiable instructions of its task, given as
 * `instruction_id_list` and `kwargs` (fields of the record, or JSON in `ground_truth.final_answer`). `correct` = all
 * are followed, IFEval's prompt level; the share is its instruction level. Each instruction is a part of the result.
 *
 * An unknown id or argument makes the sample unverifiable, and so does a language that cannot be told (Nepali,
 * Swahili). arXiv:2311.07911.
 */
export function instructionsReward(options: Partial<InstructionsConfig> = {}): RewardFunction {
  const { mode, scoring } = { ...instructionsDefaults, ...options };
  return async ({ task, responseText }) => {
    let checks: (readonly [id: string, check: InstructionCheck])[];
    try {
      checks = readInstructions(task);
    } catch (error) {
      if (error instanceof InstructionProblem) return unverifiable(error.message);
      throw error;
    }
    const readings = mode === 'strict' ? [responseText] : looseReadings(responseText);
    const parts: Record<string, number | null> = {};
    const reasons: string[] = [];
    for (const [id, check] of checks) {
      const followed = await anyFollows(readings, check);
      const name = uniqueName(id, parts);
      parts[name] = followed === null ? null : Number(followed);
      reasons.push(`${name}: ${followed === null ? 'cannot be told' : followed ? 'followed' : 'not followed'}`);
    }
    const values = Object.values(parts);
    if (values.includes(null)) return { verdict: 'unverifiable', score: null, parts, reasons };
    const share = values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
    const all = share === 1;
    return { verdict: all ? 'correct' : 'incorrect', score: all ? 1 : scoring === 'all' ? 0 : share, parts, reasons };
  };
}

/**
 * The checks of a task's instructions.
 *
 * @throws InstructionProblem when it has none, or one that cannot be read
 */
export function readInstructions(task: Task): (readonly [id: string, check: InstructionCheck])[] {
  const written = writtenIn(task.extra) ?? writtenIn(parsed(task.groundTruth?.finalAnswer));
  if (written === undefined) throw new InstructionProblem('the task has no instruction_id_list with kwargs');
  const { ids, kwargs } = written;
  if (ids.length === 0) throw new InstructionProblem('instruction_id_list is empty');
  if (kwargs.length > 0 && kwargs.length !== ids.length) {
    throw new InstructionProblem(`${ids.length} instructions have ${kwargs.length} kwargs`);
  }
  return ids.map((id, index) => [id, makeInstruction(id, kwargs[index])]);
}

function writtenIn(fields: unknown): WrittenInstructions | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { instruction_id_list: ids, kwargs = [] } = fields as Readonly<Record<string, unknown>>;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) return undefined;
  const isList = Array.isArray(kwargs) && kwargs.every((one) => typeof one === 'object' && !Array.isArray(one));
  if (!isList) throw new InstructionProblem('kwargs is not a list of objects');
  return { ids, kwargs: kwargs.map((one: InstructionArguments | null) => one ?? {}) };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function looseReadings(response: string): string[] {
  const lines = response.split('\n');
  const cut = [lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map((some) => some.join('\n').trim());
  const readings = [response, ...cut];
  return [...new Set([...readings, ...readings.map((reading) => reading.replaceAll('*', ''))])];
}

async function anyFollows(readings: readonly string[], check: InstructionCheck): Promise<boolean | null> {
  let answer: boolean | null = false;
  for (const reading of readings) {
    if (reading.trim() === '') continue;
    const followed = await check(reading);
    if (followed === true) return true;
    if (followed === null) answer = null;
  }
  return answer;
}

/** The same kind of instruction may come twice; its parts are `id`, `id#2`, … */
function uniqueName(id: string, taken: Readonly<Record<string, unknown>>): string {
  let name = id;
  for (let count = 2; Object.hasOwn(taken, name); count += 1) name = `${id}#${count}`;
  return name;
}
