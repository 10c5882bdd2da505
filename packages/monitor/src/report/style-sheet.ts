/** The report's own styles, after uPlot's. Light and dark follow the system. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #16191d; --muted: #667080; --line: #e2e6eb; --grid: #eceff3;
  --accent: #2f5fd0; --good: #1a7f4b; --good-soft: #e2f4ea; --bad: #b3372b; --bad-soft: #fbe9e7;
  --warn: #8a5a00; --warn-soft: #fdf3da; --code: #f2f4f7;
  --series-1: #2f5fd0; --series-2: #d0632f; --series-3: #1a8f63; --series-4: #a03fae;
  --series-5: #b58a00; --series-6: #1390a8; --series-7: #c23a6b; --series-8: #6b7280;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101318; --card: #181c23; --ink: #e7eaef; --muted: #93a0b2; --line: #2a303a; --grid: #242a33;
    --accent: #7ea2ff; --good: #58c98d; --good-soft: #14301f; --bad: #ff8f80; --bad-soft: #3a1b18;
    --warn: #f0c060; --warn-soft: #33280f; --code: #12161c;
    --series-1: #7ea2ff; --series-2: #ff9d66; --series-3: #4fd0a0; --series-4: #d58ae0;
    --series-5: #e5c04a; --series-6: #4fc6dd; --series-7: #ff86ad; --series-8: #a7b0be;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 80px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 14px; letter-spacing: -0.005em; }
h3 { font-size: 13px; font-weight: 600; margin: 0 0 8px; }
p { margin: 0; }
.muted { color: var(--muted); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
header.top { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: baseline; margin-bottom: 20px; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 12px; font-weight: 600; background: var(--code); color: var(--muted); white-space: nowrap; }
.badge.finished, .badge.correct { background: var(--good-soft); color: var(--good); }
.badge.failed, .badge.incorrect { background: var(--bad-soft); color: var(--bad); }
.badge.stopped, .badge.unverifiable, .badge.running { background: var(--warn-soft); color: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; }
.tile .label { font-size: 12px; color: var(--muted); }
.tile .value { font-size: 27px; font-weight: 650; line-height: 1.25; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile .note { font-size: 12px; color: var(--muted); }
.up { color: var(--good); } .down { color: var(--bad); }
@media (max-width: 720px) { .card:has(> table) { overflow-x: auto; } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: 12px; font-weight: 600; color: var(--muted); padding: 4px 28px 8px 0; }
td:last-child, th:last-child { padding-right: 0; }
td { padding: 6px 28px 6px 0; border-top: 1px solid var(--line); vertical-align: middle; }
td.number, th.number { text-align: right; }
tr.all td { font-weight: 600; }
.meter { display: flex; align-items: center; gap: 10px; min-width: 120px; }
.meter .track { flex: 1; height: 8px; border-radius: 4px; background: var(--grid); overflow: hidden; }
.meter .fill { height: 100%; border-radius: 4px; background: var(--accent); }
.meter .text { width: 52px; text-align: right; }
.tools { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; font-size: 13px; color: var(--muted); margin-bottom: 4px; }
.tools label { display: flex; gap: 8px; align-items: center; }
.tools input[type="search"] { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; width: 200px; }
.tools input[type="range"] { accent-color: var(--accent); width: 130px; }
.chart-group > h3 { font-size: 14px; color: var(--muted); margin: 22px 0 10px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr)); gap: 12px; }
.chart { padding: 14px 14px 8px; min-width: 0; min-height: 262px; }
.chart h3 { margin-bottom: 4px; color: var(--ink); font-size: 13px; }
.chart[hidden], .chart-group[hidden] { display: none; }
.uplot, .uplot * { font-family: inherit; }
.uplot .u-legend { text-align: left; font-size: 12px; color: var(--muted); margin-left: 8px; }
.uplot .u-legend td { border: 0; padding: 0 3px; }
.uplot .u-legend th { padding: 0; color: var(--muted); font-weight: 400; }
.uplot .u-legend .raw { display: none; }
.uplot .u-value { color: var(--ink); }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 12px; margin-top: 12px; }
.task + .task { margin-top: 12px; }
.sample { border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; min-width: 0; }
.sample .line { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; font-size: 12px; color: var(--muted); }
pre { margin: 8px 0 0; padding: 10px 12px; background: var(--code); border-radius: 6px; font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 340px; overflow: auto; }
.parts { display: flex; flex-wrap: wrap; gap: 4px 6px; margin-top: 8px; font-size: 12px; }
.part { border: 1px solid var(--line); border-radius: 6px; padding: 0 7px; font-variant-numeric: tabular-nums; }
.part b { font-weight: 600; }
ul.reasons { margin: 8px 0 0; padding-left: 18px; font-size: 12.5px; color: var(--muted); }
.time-row + .time-row { margin-top: 16px; }
.time-bar { display: flex; height: 22px; border-radius: 6px; overflow: hidden; margin: 8px 0; background: var(--grid); }
.time-bar div { min-width: 2px; }
.keys { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 12.5px; color: var(--muted); font-variant-numeric: tabular-nums; }
.keys i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
ul.warnings { margin: 0; padding: 0; list-style: none; }
ul.warnings li { padding: 8px 12px; border-radius: 8px; background: var(--warn-soft); color: var(--warn); font-size: 13.5px; overflow-wrap: anywhere; }
ul.warnings li + li { margin-top: 6px; }
details summary { cursor: pointer; font-weight: 600; }
details[open] summary { margin-bottom: 4px; }
footer { margin-top: 48px; font-size: 12px; color: var(--muted); }
@media (max-width: 560px) { main { padding: 20px 14px 60px; } .charts { grid-template-columns: 1fr; } }
@media print { .tools { display: none; } pre { max-height: none; } }
`;
