import { optimize } from 'svgo';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** A grey for text that is readable on light and on dark pages. */
export const grey = '#8a8a8a';
/** Colours that tell apart on light and on dark pages. */
export const colors = ['#d1495b', '#2e86ab', '#e09f3e', '#4f9d69', '#9b6bd1', '#7f8c8d', '#b5651d'];

/** The look all figures of the documentation have. */
export const look = {
  font: 'sans-serif',
  axis: { labelColor: grey, titleColor: grey, gridColor: `${grey}40`, domainColor: grey, tickColor: grey },
  legend: { labelColor: grey, titleColor: grey },
  view: { stroke: null },
} as const satisfies TopLevelSpec['config'];

/** The title of a figure. */
export function figureTitle(text: string) {
  return { text, color: grey, anchor: 'start', fontWeight: 'normal', fontSize: 13 } as const;
}

/** An SVG of a vega-lite figure, the same for the same figure. */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  // vega counts its clip paths over all figures of a process; svgo names them anew, and drops what is not seen.
  return `${optimize(svg, { multipass: true, plugins: ['preset-default'] }).data}\n`;
}
