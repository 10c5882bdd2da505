import type { TopLevelSpec } from 'vega-lite';
import { colors, drawSvg, figureTitle, grey, look } from '../plots/draw-svg.ts';

/** A point of a line in one of the panels. */
export interface Point {
  readonly panel: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** A figure of lines in panels side by side, which share the horizontal axis. */
export interface Figure {
  readonly title: string;
  readonly horizontal: string;
  readonly panels: readonly string[];
  readonly points: readonly Point[];
  /** Range of the vertical axis; what lies beyond is cut off. Default: that of the points. */
  readonly vertical?: readonly [number, number];
}

// Where lines meet, dashes tell them apart.
const dashes = [[], [], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2]];

/** An SVG of the figure, the same for the same points. */
export async function drawLines({ title, horizontal, panels, points, vertical }: Figure): Promise<string> {
  const isAlone = new Set(points.map(({ line }) => line)).size === 1;
  const byLine = {
    field: 'line',
    type: 'nominal',
    sort: null,
    legend: isAlone ? null : { title: null, symbolSize: 500, labelLimit: 0 },
  } as const;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    title: figureTitle(title),
    data: { values: [...points] },
    columns: panels.length,
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: [...panels],
      title: null,
      header: { labelColor: grey, labelFontSize: 12 },
    },
    spec: {
      width: 260,
      height: 190,
      mark: { type: 'line', clip: true, strokeWidth: 2 },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: horizontal },
        y: {
          field: 'y',
          type: 'quantitative',
          title: null,
          ...(vertical && { scale: { domain: [...vertical] } }),
        },
        color: { ...byLine, scale: { range: colors } },
        strokeDash: { ...byLine, scale: { range: dashes } },
      },
    },
    resolve: { scale: { y: vertical === undefined ? 'independent' : 'shared' } },
    config: look,
  };
  return drawSvg(spec);
}
