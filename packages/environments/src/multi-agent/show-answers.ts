import type { Message, Task } from '@rlloom/spec';
import { fillPrompt, taskText } from './shown-text.ts';
import type { TeamAnswer, TeamTurn } from './team.ts';

/** Answers as others are shown them, one after another. */
export function showAnswers(answers: readonly TeamAnswer[], answerFormat: string): string {
  return answers.map(({ agent, text }) => fillPrompt(answerFormat, { agent, answer: text })).join('\n');
}

/** What a role is asked. A prompt that is the task alone keeps the messages of the task as they are. */
export function askRole(
  { name, prompt }: { readonly name: string; readonly prompt: string },
  task: Task,
  values: Readonly<Record<string, string>> = {},
): TeamTurn {
  const says: string | readonly Message[] =
    prompt.trim() === '{task}' ? task.messages : fillPrompt(prompt, { ...values, task: taskText(task) });
  return { agent: name, says };
}
