import type { Example } from './records.ts';

/**
 * The records that the first stage learns from: each question with its answer, and with two wrong ones that look much like it. What
 * is learned from them is the form, and a choice of three; which of them is right only the rewards can tell.
 */
export function demonstrations(examples: readonly Example[]): object[] {
  return examples.flatMap((example, index) => {
    const { record, answer } = example;
    const answers = [answer, ...mistakes(example, examples[(index + 1) % examples.length]!)];
    return answers.map((content, which) => ({
      ...{ id: `${record.id}-${which}`, tag: record.tag },
      messages: [...record.messages, { role: 'assistant', content }],
    }));
  });
}

function mistakes({ record, answer }: Example, next: Example): string[] {
  switch (record.tag) {
    case 'math': {
      // The last calculation off by one, and one calculation too few.
      const steps = record.ground_truth?.steps ?? [];
      const [last = '', first = ''] = [steps.at(-1), steps[0]];
      const wrong = String(Number(resultOf(last)) + 1);
      const off = `${last.slice(0, last.lastIndexOf('=') + 1)}${wrong}`;
      return [[...steps.slice(0, -1), off, `#### ${wrong}`].join('\n'), `${first}\n#### ${resultOf(first)}`];
    }
    case 'code': {
      // A body that is missing, and a program that returns its argument as it came.
      const [signature = ''] = answer.split('\n');
      const [argument = ''] = /\((\w*)/.exec(signature)?.slice(1) ?? [];
      return [`${signature}\n    pass`, `${signature}\n    return ${argument}`];
    }
    case 'judge': {
      // Half of the answer, and the answer to another question.
      const words = answer.split(' ');
      return [
        words.slice(0, Math.ceil(words.length / 2)).join(' '),
        next.record.tag === 'judge' ? next.answer : 'no idea',
      ];
    }
  }
}

function resultOf(step: string): string {
  return step.slice(step.lastIndexOf('=') + 1);
}
