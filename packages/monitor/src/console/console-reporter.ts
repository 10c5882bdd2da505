import type { Reporter, RunInfo } from '@rlloom/spec';
import picocolors from 'picocolors';
import { createProgressBars, type ProgressBars } from './progress-bars.ts';
import { evaluationCells, type LineCell, stepCells } from './step-line.ts';
import type { TextStream } from './text-stream.ts';
import { createTimeLeft, formatDuration, type TimeLeft } from './time-left.ts';

/** Where and how progress is shown. */
export interface ConsoleReporterOptions {
  readonly stream: TextStream;
  /** `bars` rewrites the last lines of a terminal; `lines` only appends; `auto` = bars on a terminal. Default `auto`. */
  readonly mode?: 'auto' | 'bars' | 'lines';
  /** The present in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Shows a run to a person: one line per step and per evaluation, and on a terminal below them a bar for the stage with
 * the time it still needs, and one for the present phase.
 */
export function consoleReporter(options: ConsoleReporterOptions): Reporter {
  const { stream, mode = 'auto', now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true;
  const colors = picocolors.createColors(isTerminal);
  let bars: ProgressBars | undefined;
  let stage: { readonly info: RunInfo; readonly timeLeft: TimeLeft } | undefined;
  let accuracy: number | undefined;

  function print(line: string): void {
    if (bars === undefined) stream.write(`${line}\n`);
    else bars.log(line);
  }

  function cellText(cells: readonly LineCell[]): string {
    return cells.map(({ label, text }) => `${colors.dim(label)} ${text}`).join('  ');
  }

  function head(step: number): string {
    const total = String(stage?.info.totalSteps ?? step);
    return `${stage?.info.stage ?? ''} ${String(step).padStart(total.length)}/${total}`;
  }

  return {
    name: 'console',
    onRunStart(info) {
      const timeLeft = createTimeLeft({ startStep: info.startStep, totalSteps: info.totalSteps, now });
      stage = { info, timeLeft };
      const steps = `${info.totalSteps - info.startStep} steps`;
      const from = info.startStep === 0 ? '' : `, continued after step ${info.startStep}`;
      print(`${colors.bold(info.stage)} ${info.name}: ${steps}${from}, in ${info.directory}`);
      if (mode === 'bars' || (mode === 'auto' && isTerminal)) {
        bars = createProgressBars(stream);
        bars.stage({ label: info.stage, done: info.startStep, total: info.totalSteps, left: '' });
      }
    },
    onPhase({ phase, done, total }) {
      bars?.phase({ label: phase, done, total });
    },
    onStepEnd({ step, metrics, seconds }) {
      const left = stage?.timeLeft.stepEnded(step) ?? 0;
      const remaining = left > 0 ? `${formatDuration(left)} left` : '';
      const time: LineCell = { label: 'step', text: `${seconds.toFixed(seconds < 10 ? 1 : 0)}s` };
      const line = `${head(step)}  ${cellText([...stepCells(metrics, seconds), time])}`;
      print(bars === undefined && remaining !== '' ? `${line}  ${remaining}` : line);
      bars?.stage({
        label: stage?.info.stage ?? '',
        done: step,
        total: stage?.info.totalSteps ?? step,
        left: remaining,
      });
    },
    onEvaluation({ step, metrics }) {
      print(colors.green(`${head(step)}  evaluation  `) + cellText(evaluationCells(metrics, accuracy)));
      accuracy = metrics['eval/accuracy'] ?? accuracy;
    },
    onMessage({ level, text }) {
      print(level === 'warning' ? colors.yellow(`warning: ${text}`) : text);
    },
    onRunEnd({ status, step }) {
      bars?.stop();
      bars = undefined;
      const word =
        status === 'finished'
          ? colors.green(status)
          : status === 'stopped'
            ? colors.yellow(status)
            : colors.red(status);
      print(`${colors.bold(stage?.info.stage ?? '')} ${word} after step ${step}`);
      stage = undefined;
    },
  };
}
