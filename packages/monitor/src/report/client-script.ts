/**
 * What runs in the report's page: draws the charts from the JSON in `#charts`, follows the smoothing slider, the metric
 * filter and the light/dark setting. Plain JavaScript of the browser, with uPlot as a global.
 */
export const clientScript = `
(() => {
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const slider = document.getElementById('smoothing');
  const filter = document.getElementById('filter');
  const boxes = [...document.querySelectorAll('.chart')];
  const plots = new Map();

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (value) => {
    if (value === null || value === undefined) return '–';
    const size = Math.abs(value);
    if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2).replace(/\\.?0+e/, 'e');
    return size >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
  };

  // Exponential moving average without the bias towards the first value.
  function smooth(values, weight) {
    if (weight === 0) return values;
    let mean = 0, total = 0;
    return values.map((value) => {
      if (value === null || value === undefined) return value;
      mean = mean * weight + value * (1 - weight);
      total = total * weight + (1 - weight);
      return mean / total;
    });
  }

  // A curve that hardly moves is shown flat: rounding noise magnified to full height would look like news.
  const span = (_, low, high) => {
    if (low === null || high === null) return [0, 1];
    const least = Math.max(Math.abs(low), Math.abs(high)) * 0.02 || 1;
    const extra = Math.max((high - low) * 0.06, (least - (high - low)) / 2);
    return [low - extra, high + extra];
  };

  // One x axis for curves that were measured at different steps.
  function align(series) {
    const x = [...new Set(series.flatMap((one) => one.x))].sort((a, b) => a - b);
    const rows = series.map((one) => {
      const at = new Map(one.x.map((step, index) => [step, one.y[index]]));
      return x.map((step) => (at.has(step) ? at.get(step) : undefined));
    });
    return [x, rows];
  }

  function draw(box) {
    const chart = charts[Number(box.dataset.chart)];
    const [x, rows] = align(chart.series);
    const weight = Number(slider.value) / 100;
    const palette = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => css('--series-' + index));
    const faded = weight > 0;
    const series = [{ label: 'step', value: (_, step) => (step === null ? '–' : String(step)) }];
    const data = [x];
    chart.series.forEach((one, index) => {
      const color = palette[index % palette.length];
      const points = { show: one.x.length < 30, size: 5, fill: color };
      if (faded) {
        series.push({ label: one.label + ' (raw)', stroke: color + '44', width: 1, spanGaps: true, points: { show: false }, class: 'raw' });
        data.push(rows[index]);
      }
      series.push({ label: one.label, stroke: color, width: 2, spanGaps: true, points, value: (_, value) => short(value) });
      data.push(smooth(rows[index], weight));
    });
    const axis = {
      stroke: css('--muted'), font: '11px system-ui, sans-serif',
      grid: { stroke: css('--grid'), width: 1 }, ticks: { stroke: css('--grid'), width: 1, size: 4 },
    };
    const boundary = (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.strokeStyle = css('--muted'); ctx.fillStyle = css('--muted');
      ctx.setLineDash([4, 4]); ctx.textAlign = 'left'; ctx.font = 11 * devicePixelRatio + 'px system-ui, sans-serif';
      for (const { x: at, stage } of chart.boundaries) {
        const px = plot.valToPos(at, 'x', true);
        ctx.beginPath(); ctx.moveTo(px, bbox.top); ctx.lineTo(px, bbox.top + bbox.height); ctx.stroke();
        ctx.fillText(stage, px + 5 * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
      }
      ctx.restore();
    };
    plots.get(box)?.destroy();
    const target = box.querySelector('.plot');
    plots.set(box, new uPlot({
      width: target.clientWidth || 340, height: 190, series,
      padding: [6, 10, 0, 0],
      scales: { x: { time: false }, y: { range: span } },
      cursor: { y: false, sync: { key: 'steps' } },
      legend: { live: true },
      axes: [{ ...axis, size: 26, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')) },
             { ...axis, size: 54, values: (_, ticks) => ticks.map(short) }],
      hooks: { draw: [boundary] },
    }, data, target));
  }

  const redraw = () => { for (const box of boxes) draw(box); };
  redraw();
  slider.addEventListener('input', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  filter.addEventListener('input', () => {
    const words = filter.value.toLowerCase();
    for (const box of boxes) box.hidden = !box.dataset.names.includes(words);
    for (const group of document.querySelectorAll('.chart-group')) {
      group.hidden = [...group.querySelectorAll('.chart')].every((box) => box.hidden);
    }
  });
})();
`;
