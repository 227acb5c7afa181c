// An interactive chart of the drift count, in place of the static picture.

/** @typedef {import('uplot')} uPlot */

import { formatDay, formatMinute, formatTime } from './times.js';

const HEIGHT = 150;
const TICK_WIDTH = 60;
/** Only whole numbers of files. */
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** @type {Map<Element, { data: string, plot: uPlot, watch: ResizeObserver }>} */
const drawn = new Map();

/** Draws what is not drawn yet, and anew what has other data by now. */
export function drawCharts() {
  if (!('uPlot' in globalThis)) return;
  for (const [host, { plot, watch }] of drawn) {
    if (host.isConnected) continue;
    watch.disconnect();
    plot.destroy();
    drawn.delete(host);
  }
  for (const figure of document.querySelectorAll('figure[data-drift]')) draw(figure);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { plot } of drawn.values()) plot.redraw();
});

/** @param {Element} figure */
function draw(figure) {
  const { drift = '', from = '', to = '' } = /** @type {HTMLElement} */ (figure).dataset;
  const data = `${from} ${to} ${drift}`;
  const host = figure.querySelector('.plot');
  if (host === null) return;
  const known = drawn.get(host);
  if (known?.data === data) return;
  if (known !== undefined) {
    known.plot.setData(columnsOf(figure));
    drawn.set(host, { ...known, data });
    return;
  }
  const plot = new globalThis.uPlot(optionsFor(host), columnsOf(figure), /** @type {HTMLElement} */ (host));
  const watch = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT }));
  watch.observe(host);
  drawn.set(host, { data, plot, watch });
}

/**
 * Instants in seconds, and the drift count from each on; null where it is not known.
 * @param {Element} figure
 * @returns {uPlot.AlignedData}
 */
function columnsOf(figure) {
  /** @type {[from: number, to: number, value: number][]} */
  const spans = JSON.parse(figure.getAttribute('data-drift') ?? '[]');
  const instants = [Number(figure.getAttribute('data-from'))];
  /** @type {(number | null)[]} */
  const values = [null];
  for (const [i, [from, to, value]] of spans.entries()) {
    instants.push(from);
    values.push(value);
    if (spans[i + 1]?.[0] === to) continue;
    instants.push(to, to);
    values.push(value, null);
  }
  return [
    [...instants, Number(figure.getAttribute('data-to'))],
    [...values, null],
  ];
}

/**
 * @param {Element} host
 * @returns {uPlot.Options}
 */
function optionsFor(host) {
  const colour = (/** @type {string} */ name) => getComputedStyle(host).getPropertyValue(name);
  const axis = {
    stroke: () => colour('--quiet'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const stepped = globalThis.uPlot.paths.stepped;
  return {
    width: host.clientWidth,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    axes: [
      {
        ...axis,
        size: 28,
        space: TICK_WIDTH,
        values: (plot, splits) => splits.map((at) => tickWords(plot, at)),
      },
      { ...axis, size: 32, incrs: COUNTS },
    ],
    series: [
      { label: 'At', value: (_, at) => (at === null ? '' : formatMinute(at * 1000)) },
      {
        label: 'Files that differ',
        value: (_, count) => String(count ?? ''),
        stroke: () => colour('--out-of-sync'),
        fill: () => `${colour('--out-of-sync')}33`,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped({ align: 1 }) }),
      },
    ],
  };
}

/**
 * The time, and the day where one begins; nothing where it would be cut off.
 * @param {uPlot} plot
 * @param {number} at in seconds
 */
function tickWords(plot, at) {
  if (plot.valToPos(at, 'x') > plot.over.clientWidth - TICK_WIDTH / 2) return '';
  const time = formatTime(at * 1000);
  return time === '00:00' ? formatDay(at * 1000).slice(5) : time;
}
