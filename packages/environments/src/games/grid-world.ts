import { deriveSeed, type Interaction, RlloomError } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import { z } from 'zod';

/** What a record may say of its world: `interaction_kwargs`. */
const kwargsSchema = z.object({
  /** Rows of `.` floor, `#` wall, `O` hole, `P` player, `G` goal. Default: drawn by the id of the task. */
  map: z.array(z.string()).min(1).optional(),
});

/** Options of the grid world. */
export interface GridWorldOptions {
  /** Columns and rows of a world that is drawn. Default 4 */
  readonly size?: number;
  /** Holes of a world that is drawn; the goal can be reached around them. Default 2 */
  readonly holes?: number;
  /** Moves of an episode. Default 16 */
  readonly maxMoves?: number;
  /** Rewards of a step; they add up over the episode. */
  readonly rewards?: { readonly goal: number; readonly hole: number; readonly step: number; readonly invalid: number };
}

const moves: Readonly<Record<string, readonly [row: number, column: number]>> = {
  up: [-1, 0],
  down: [1, 0],
  left: [0, -1],
  right: [0, 1],
};

/**
 * A grid world for rewards of steps: the policy sees the map and says `up`, `down`, `left` or `right` (the last such word
 * of a turn). The goal and holes end the game; a wall is stood in front of. Each turn has the reward of its step.
 */
export function gridWorld(options: GridWorldOptions = {}): Interaction {
  const { size = 4, holes = 2, maxMoves = 16 } = options;
  const rewards = options.rewards ?? { goal: 1, hole: -1, step: -0.05, invalid: -0.1 };
  return {
    name: 'grid_world',
    async start({ task, kwargs }) {
      const map = kwargsSchema.safeParse(kwargs).data?.map;
      const rows = map ?? drawWorld(deriveSeed(0, 'grid-world', task.id), size, holes);
      const start = find(rows, 'P');
      if (start === undefined || find(rows, 'G') === undefined) {
        throw new RlloomError('data', {
          what: 'the map of a grid world needs a player P and a goal G',
          where: `task "${task.id}"`,
          fix: 'correct interaction_kwargs.map',
        });
      }
      const floor = rows.map((row) => row.replaceAll('P', '.'));
      let place = start;
      let taken = 0;
      const screen = (): string =>
        floor.map((row, at) => (at === place[0] ? withPlayer(row, place[1]) : row)).join('\n');
      return {
        opening: [{ role: 'user', content: screen() }],
        async generateResponse(messages) {
          taken += 1;
          const text = messages.findLast(({ role }) => role === 'assistant')?.content.toLowerCase() ?? '';
          const word = text.match(/\b(?:up|down|left|right)\b/gu)?.at(-1);
          const [row, column] = word === undefined ? [0, 0] : (moves[word] ?? [0, 0]);
          const next = [place[0] + row, place[1] + column] as const;
          const cell = word === undefined ? '#' : (floor[next[0]]?.[next[1]] ?? '#');
          if (cell !== '#') place = next;
          const isOver = cell === 'G' || cell === 'O' || taken >= maxMoves;
          const score =
            cell === 'G' ? rewards.goal : cell === 'O' ? rewards.hole : cell === '#' ? rewards.invalid : rewards.step;
          return {
            done: isOver,
            reply: screen(),
            score,
            metrics: { moves: taken, reached_goal: cell === 'G' ? 1 : 0 },
          };
        },
      };
    },
  };
}

type Place = readonly [row: number, column: number];

function withPlayer(row: string, column: number): string {
  return `${row.slice(0, column)}P${row.slice(column + 1)}`;
}

function find(rows: readonly string[], cell: string): Place | undefined {
  for (const [row, cells] of rows.entries()) if (cells.includes(cell)) return [row, cells.indexOf(cell)];
  return undefined;
}

// Player and goal in two cells, holes where the goal stays within reach; the same for the same seed.
function drawWorld(seed: number, size: number, holes: number): string[] {
  const generator = mersenne(seed);
  const cells = Array.from({ length: size * size }, () => '.');
  const place = (cell: string, isFit: () => boolean): void => {
    // Bounded: a small world may have no room for another hole.
    for (let attempt = 0; attempt < 100; attempt++) {
      const at = uniformInt(generator, 0, cells.length - 1);
      if (cells[at] !== '.') continue;
      cells[at] = cell;
      if (isFit()) return;
      cells[at] = '.';
    }
  };
  const rows = (): string[] =>
    Array.from({ length: size }, (_, row) => cells.slice(row * size, (row + 1) * size).join(''));
  place('P', () => true);
  place('G', () => true);
  for (let hole = 0; hole < holes; hole++) place('O', () => isReachable(rows()));
  return rows();
}

function isReachable(rows: readonly string[]): boolean {
  const start = find(rows, 'P');
  if (start === undefined) return false;
  const seen = new Set([start.join()]);
  const frontier: Place[] = [start];
  for (let place = frontier.pop(); place !== undefined; place = frontier.pop()) {
    for (const [row, column] of Object.values(moves)) {
      const next: Place = [place[0] + row, place[1] + column];
      const cell = rows[next[0]]?.[next[1]];
      if (cell === 'G') return true;
      if (cell !== '.' || seen.has(next.join())) continue;
      seen.add(next.join());
      frontier.push(next);
    }
  }
  return false;
}
