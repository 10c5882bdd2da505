import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

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

// Readable on light and on dark pages: a grey for text and lines that tell apart on both.
const grey = '#8a8a8a';
const colors = [
  '#d1495b',
  '#2e86ab',
  '#e8a33d',
  '#4f9d69',
  '#8e6bbf',
  '#c77dff',
  '#7f7f7f',
  '#17a398',
  '#b5651d',
  '#5c7cfa',
];

/** An SVG of the figure, the same for the same points. */
export async function drawLines({ title, horizontal, panels, points, vertical }: Figure): Promise<string> {
  const isAlone = new Set(points.map(({ line }) => line)).size === 1;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    title: { text: title, color: grey, anchor: 'start', fontWeight: 'normal', fontSize: 13 },
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
        color: {
          field: 'line',
          type: 'nominal',
          sort: null,
          scale: { range: colors },
          legend: isAlone ? null : { title: null },
        },
      },
    },
    resolve: { scale: { y: vertical === undefined ? 'independent' : 'shared' } },
    config: {
      font: 'sans-serif',
      axis: { labelColor: grey, titleColor: grey, gridColor: `${grey}40`, domainColor: grey, tickColor: grey },
      legend: { labelColor: grey },
      view: { stroke: null },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${numbered(svg)}\n`;
}

// vega counts its clip paths over all figures of a process; here each figure counts its own.
function numbered(svg: string): string {
  const ids = [...new Set(svg.match(/\bclip\d+\b/g) ?? [])];
  return svg.replaceAll(/\bclip\d+\b/g, (id) => `area${ids.indexOf(id)}`);
}
