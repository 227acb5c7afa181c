// Keeps an open page up to date. Without this script the page is complete, but it does not change.

import { drawCharts } from './chart.js';
import { addCopyButtons, copyOnClick } from './copy.js';
import { listen } from './events.js';
import { createRefresh } from './refresh.js';
import { formatSecond, showAges, showTimes } from './times.js';

const AGES_MS = 5000;
/** Refreshes what no event announces, such as last checks and pictures, and works without events too. */
const REFRESH_MS = 60_000;

/** How far the server's clock is ahead of the reader's: ages count by the server's clock. */
let aheadMs = asOf(document) - Date.now();

const status = document.createElement('p');
status.className = 'live';
status.setAttribute('role', 'status');
/** A form stays as it is while somebody fills it in, and after it was sent its address is not that of the form. */
const isForm = document.querySelector('form.sheet') !== null;
if (!isForm) document.querySelector('.top')?.append(status);
const announcement = document.createElement('p');
announcement.className = 'unseen';
announcement.setAttribute('aria-live', 'polite');
document.body.append(announcement);

const refresh = createRefresh({
  prepare(page) {
    aheadMs = asOf(page) - Date.now();
    enhance(page);
  },
  done(words) {
    drawCharts();
    if (words !== '') announce(words);
    tell(isListening ? 'live' : 'slow');
  },
  failed: () => tell('lost'),
});

let isListening = false;
enhance(document);
drawCharts();
copyOnClick(announce);
setInterval(() => {
  // Without a connection nobody knows whether the state still lasts, so ages stop.
  if (status.dataset.connection !== 'lost') showAges(document, Date.now() + aheadMs);
}, AGES_MS);
if (!isForm) goLive();

function goLive() {
  setInterval(refresh, REFRESH_MS);
  listen({
    onChange: refresh,
    onOpen() {
      isListening = true;
      refresh();
    },
    onLost() {
      isListening = false;
      refresh();
    },
  });
}

/** @param {Document} page */
function enhance(page) {
  showTimes(page, asOf(page));
  addCopyButtons(page);
}

/** @param {Document} page */
function asOf(page) {
  return Date.parse(page.querySelector('.as-of time')?.getAttribute('datetime') ?? '');
}

/** @param {'live' | 'slow' | 'lost'} state */
function tell(state) {
  const wasLost = status.dataset.connection === 'lost';
  const words = {
    live: 'Live',
    slow: 'Refreshed every minute',
    lost: `Connection lost. This is how it was at ${formatSecond(asOf(document))}; trying again.`,
  };
  status.dataset.connection = state;
  if (status.textContent !== words[state]) status.textContent = words[state];
  if (wasLost && state !== 'lost') announce('The connection is back.');
}

/** @param {string} words */
function announce(words) {
  announcement.textContent = words;
}
