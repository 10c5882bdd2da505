import type { Task } from '@rlloom/spec';
import type { VerdictField, VerdictForm } from './verdict-form.ts';

/** What a task of a generative reward model carries in `extra.judgement`: how a verdict must look, and the right one. */
export interface JudgementLabel {
  readonly form: VerdictForm;
  /** The right value of each field. */
  readonly label: Readonly<Record<string, number | string>>;
  /** How much each field counts; absent = 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** The texts that the judge is shown as data. */
  readonly judged: readonly string[];
}

/** The label of a task made by `judgeTasks`, also after a trip through a file; `undefined` for another task. */
export function judgementLabel(task: Task): JudgementLabel | undefined {
  const written = task.extra?.['judgement'];
  if (!isRecord(written)) return undefined;
  const { form, label, weights, judged } = written;
  if (!isRecord(form) || !Array.isArray(form['fields']) || !isRecord(label) || !isRecord(weights)) return undefined;
  if (!Array.isArray(judged) || !judged.every((text) => typeof text === 'string')) return undefined;
  const { fields, code } = form;
  const isWhole =
    (code === null || typeof code === 'string') &&
    fields.length > 0 &&
    fields.every((field) => isField(field) && fits(label[field.name], field));
  return isWhole ? (written as unknown as JudgementLabel) : undefined;
}

function isField(value: unknown): value is VerdictField {
  if (!isRecord(value) || typeof value['name'] !== 'string') return false;
  return value['kind'] === 'number'
    ? typeof value['min'] === 'number' && typeof value['max'] === 'number' && value['min'] < value['max']
    : value['kind'] === 'choice' && Array.isArray(value['values']);
}

function fits(value: unknown, field: VerdictField): boolean {
  return field.kind === 'number'
    ? typeof value === 'number' && value >= field.min && value <= field.max
    : field.values.includes(value as string);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
