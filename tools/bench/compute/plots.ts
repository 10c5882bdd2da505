import type { TopLevelSpec } from 'vega-lite';
import { colors, figureTitle, grey, look } from '../../plots/draw-svg.ts';
import type { ComparedSize } from './comparisons.ts';
import type { GrowthPoint } from './growth.ts';
import type { RooflinePoint } from './roofline.ts';

const $schema = 'https://vega.github.io/schema/vega-lite/v5.json';
const [ours, theirs] = ['rlloom', 'torch'];
const bySide = {
  field: 'who',
  type: 'nominal',
  scale: { domain: [ours, theirs], range: colors.slice(0, 2) },
  legend: { title: null },
} as const;
const text = { labelColor: grey, titleColor: grey, labelFontSize: 11 };

/** Ratios as bars, a line where both sides are equal, and the goals as ticks. */
export function ratioFigure(compared: readonly ComparedSize[]): TopLevelSpec {
  const values = compared.flatMap(({ comparison, size, ratio, goal }) =>
    ratio === undefined ? [] : [{ panel: `${comparison.work}\nagainst ${comparison.against}`, size, ratio, ...goal }],
  );
  const panels = [...new Set(values.map(({ panel }) => panel))];
  const size = { field: 'size', type: 'ordinal', sort: ['S', 'M', 'L'], title: null, axis: { labelAngle: 0 } } as const;
  const goal = (field: 'reach' | 'moonshot', color: string) =>
    ({
      mark: { type: 'tick', thickness: 2, color, width: 34 },
      encoding: { x: size, y: { field, type: 'quantitative' } },
    }) as const;
  return {
    $schema,
    background: 'transparent',
    title: figureTitle('times as fast, or as small, as theirs; ticks: goal and moonshot'),
    data: { values },
    columns: 3,
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: panels,
      title: null,
      header: { ...text, labelExpr: "split(datum.label, '\\n')" },
    },
    spec: {
      width: 210,
      height: 160,
      layer: [
        {
          mark: { type: 'bar', color: colors[0] as string, width: 26 },
          encoding: { x: size, y: { field: 'ratio', type: 'quantitative', title: null } },
        },
        { mark: { type: 'rule', color: grey, strokeDash: [4, 3] }, encoding: { y: { datum: 1 } } },
        goal('reach', colors[1] as string),
        goal('moonshot', colors[2] as string),
      ],
    },
    config: look,
  };
}

/** Seconds of one call against what is varied, both axes logarithmic: a line of slope 1 is time in proportion. */
export function growthFigure(points: readonly GrowthPoint[]): TopLevelSpec {
  const values = points.flatMap((point) =>
    ([ours, theirs] as const).flatMap((who) => {
      const side = who === ours ? point.ours : point.theirs;
      const panel = `${point.work}, ${point.sweep}`;
      return side === undefined ? [] : [{ panel, who, value: point.value, seconds: side.seconds }];
    }),
  );
  return {
    $schema,
    background: 'transparent',
    title: figureTitle('seconds of one call as size M grows in one direction'),
    data: { values },
    columns: 4,
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: [...['generate', 'update'].flatMap((work) => points.map((p) => `${work}, ${p.sweep}`))].filter(isFirst),
      title: null,
      header: text,
    },
    spec: {
      width: 150,
      height: 130,
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', base: 2, nice: false },
          axis: { values: [...new Set(points.map(({ value }) => value))] },
        },
        y: { field: 'seconds', type: 'quantitative', title: null, scale: { type: 'log', nice: true } },
        color: bySide,
      },
    },
    resolve: { scale: { x: 'independent' } },
    config: look,
  };
}

/** Operations per second against operations per byte, under what the machine allows. */
export function rooflineFigure(
  points: readonly RooflinePoint[],
  roof: { readonly gigaflops: number; readonly gigabytes: number },
): TopLevelSpec {
  const ridge = roof.gigaflops / roof.gigabytes;
  const least = Math.min(ridge, ...points.map(({ intensity }) => intensity)) / 2;
  const most = Math.max(ridge, ...points.map(({ intensity }) => intensity)) * 2;
  const line = [least, ridge, most].map((intensity) => ({
    intensity,
    gigaflops: Math.min(roof.gigaflops, intensity * roof.gigabytes),
  }));
  const values = points.map(({ who, job, size, intensity, gigaflops }) => ({
    who,
    work: job === 'handloop' ? 'generate, hand loop' : job,
    label: size,
    intensity,
    gigaflops,
  }));
  const encoding = {
    x: { field: 'intensity', type: 'quantitative', scale: { type: 'log' }, title: 'FLOP per byte that must move' },
    y: { field: 'gigaflops', type: 'quantitative', scale: { type: 'log' }, title: 'GFLOP/s' },
  } as const;
  return {
    $schema,
    background: 'transparent',
    title: figureTitle('what is reached under the roof of this machine'),
    width: 520,
    height: 300,
    layer: [
      { data: { values: line }, mark: { type: 'line', color: grey }, encoding },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 70 },
        encoding: { ...encoding, color: bySide, shape: { field: 'work', type: 'nominal', legend: { title: null } } },
      },
      {
        data: { values },
        mark: { type: 'text', dx: 10, color: grey, fontSize: 10 },
        encoding: { ...encoding, text: { field: 'label' } },
      },
    ],
    config: look,
  };
}

function isFirst<Item>(item: Item, index: number, all: readonly Item[]): boolean {
  return all.indexOf(item) === index;
}
