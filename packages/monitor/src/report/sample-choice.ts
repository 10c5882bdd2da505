import type { SampleLine } from '../jsonl/sample-lines.ts';

/** Samples of one moment. */
export interface SampleMoment {
  /** `start`, `middle`, `end`; fewer when there were fewer moments. */
  readonly label: string;
  readonly stage: string;
  readonly step: number;
  readonly samples: readonly SampleLine[];
}

/** One held-out task and how it was answered over the run. */
export interface AnsweredTask {
  readonly taskId: string;
  readonly prompt: string;
  readonly finalAnswer: string | undefined;
  readonly answers: readonly { readonly label: string; readonly sample: SampleLine }[];
}

/** Samples at the start, in the middle and at the end of what was kept of `kind`. */
export function sampleMoments(samples: readonly SampleLine[], kind: SampleLine['kind']): SampleMoment[] {
  const byMoment = new Map<string, SampleLine[]>();
  for (const sample of samples) {
    if (sample.kind !== kind) continue;
    const key = `${sample.stage} ${sample.step}`;
    byMoment.set(key, [...(byMoment.get(key) ?? []), sample]);
  }
  const all = [...byMoment.values()];
  const last = all.length - 1;
  const chosen = [...new Set([0, Math.round(last / 2), last])].filter((index) => index >= 0);
  const labels = chosen.length === 3 ? ['start', 'middle', 'end'] : chosen.length === 2 ? ['start', 'end'] : ['start'];
  return chosen.flatMap((index, position) => {
    const found = all[index] ?? [];
    const [first] = found;
    if (first === undefined) return [];
    return [{ label: labels[position] ?? '', stage: first.stage, step: first.step, samples: found }];
  });
}

/** Held-out tasks that were answered at each of the moments; those whose verdict changed come first. */
export function answeredTasks(moments: readonly SampleMoment[], count: number): AnsweredTask[] {
  const [first] = moments;
  if (first === undefined) return [];
  const tasks = first.samples.flatMap((sample) => {
    const answers = moments.flatMap(({ label, stage, step, samples }) => {
      const own = samples.find((other) => other.task_id === sample.task_id);
      return own === undefined ? [] : [{ label: `${label} (${stage} step ${step})`, sample: own }];
    });
    return answers.length === moments.length
      ? [{ taskId: sample.task_id, prompt: sample.prompt, finalAnswer: sample.final_answer, answers }]
      : [];
  });
  const changes = ({ answers }: AnsweredTask): number => new Set(answers.map(({ sample }) => sample.verdict)).size;
  return tasks.sort((a, b) => changes(b) - changes(a)).slice(0, count);
}
