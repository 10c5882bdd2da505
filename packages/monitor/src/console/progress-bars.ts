import cliProgress from 'cli-progress';
import { formatDuration } from './time-left.ts';
import type { TextStream } from './text-stream.ts';

/** Two bars at the bottom of a terminal: the stage, and the phase it is in. */
export interface ProgressBars {
  /** A line above the bars. */
  log(line: string): void;
  stage(event: { readonly label: string; readonly done: number; readonly total: number; readonly left: string }): void;
  phase(event: { readonly label: string; readonly done: number; readonly total: number }): void;
  stop(): void;
}

// How often work that never yields to timers still moves the bars.
const millisecondsPerFrame = 80;

/** Draws progress bars on a terminal until `stop`. */
export function createProgressBars(stream: TextStream): ProgressBars {
  const bars = new cliProgress.MultiBar(
    {
      // cli-progress is typed for a tty.WriteStream; what it uses of one is what TextStream has.
      stream: stream as unknown as NodeJS.WriteStream,
      barsize: Math.min(32, Math.max(8, (stream.columns ?? 80) - 50)),
      // Signals and the cursor belong to the program.
      gracefulExit: false,
      hideCursor: false,
      clearOnComplete: true,
      emptyOnZero: true,
      // Lines above the bars push them down, so every frame draws them again; those lines may wrap.
      forceRedraw: true,
      linewrap: true,
      autopadding: true,
      etaBuffer: 50,
      formatTime: (seconds: unknown) =>
        typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0
          ? `${formatDuration(1000 * seconds)} left`
          : '',
    },
    cliProgress.Presets.shades_classic,
  );
  const empty = { label: padded(''), left: '' };
  const stageBar = bars.create(1, 0, empty, { format: '{label} {bar} {value}/{total}  {left}' });
  const phaseBar = bars.create(1, 0, empty, { format: '{label} {bar} {value}/{total}  {eta_formatted}' });
  let phase = '';
  let lastFrame = 0;

  function draw(): void {
    const now = performance.now();
    if (now - lastFrame < millisecondsPerFrame) return;
    lastFrame = now;
    bars.update();
  }

  return {
    log(line) {
      bars.log(`${line}\n`);
      bars.update();
    },
    stage({ label, done, total, left }) {
      stageBar.setTotal(Math.max(1, total));
      stageBar.update(done, { label: padded(label), left });
      bars.update();
    },
    phase({ label, done, total }) {
      // A phase starts its own estimate of the time left.
      if (label !== phase || done === 0) phaseBar.start(Math.max(1, total), done, { label: padded(label), left: '' });
      else {
        phaseBar.setTotal(Math.max(1, total));
        phaseBar.update(done, { label: padded(label) });
      }
      phase = label;
      draw();
    },
    stop: () => bars.stop(),
  };
}

function padded(label: string): string {
  return label.padEnd(10);
}
