// Keeps an open page up to date. Without this script the page is complete, but it does not change.

import { showTicks } from './axis.js';
import { addCopyButtons, copyOnClick } from './copy.js';
import { listen } from './events.js';
import { nameCells, sendAtWithZone, showAtForm, titleAsHeadline } from './fleet.js';
import { onRelease } from './pin.js';
import { createRefresh } from './refresh.js';
import { addSwitch, searchByKey } from './switch.js';
import { formatSecond, showAges, showTimes, showZone } from './times.js';

const AGES_MS = 5000;
/** Refreshes what has no event, such as last checks and pictures. It works even without events. */
const REFRESH_MS = 60_000;

/** How far the server's clock is ahead of the reader's: ages use the server's clock. */
let aheadMs = asOf(document) - Date.now();

const status = document.createElement('p');
status.className = 'live';
status.setAttribute('role', 'status');
const announcement = document.createElement('p');
announcement.className = 'unseen';
announcement.setAttribute('aria-live', 'polite');
document.body.append(announcement);

let isListening = false;
/**
 * Only pages with a timeline load this.
 * @type {typeof import('./timeline.js') | undefined}
 */
let timeline;
enhance(document);
showZone();
addSwitch();
searchByKey();
nameCells();
sendAtWithZone();
copyOnClick(announce);
if (document.querySelector('.lanes, [data-dialog]') !== null) void loadTimeline();
if (document.querySelector('[data-print]') !== null) void loadPrint();
// An error has nothing to follow, a form stays unchanged while the user fills it in, and the past does not grow older.
if (document.querySelector('.as-of[data-live]') !== null) keepUpToDate();

function keepUpToDate() {
  // Ages grow even without a connection: a drift that was known only becomes older.
  setInterval(() => showAges(document, Date.now() + aheadMs), AGES_MS);
  document.querySelector('.as-of')?.before(status);
  const refresh = createRefresh({
    prepare(page) {
      aheadMs = asOf(page) - Date.now();
      enhance(page);
    },
    done(words) {
      if (words !== '') announce(words);
      tell(isListening ? 'live' : 'slow');
    },
    failed: () => tell('lost'),
  });
  setInterval(refresh, REFRESH_MS);
  onRelease(refresh);
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

async function loadPrint() {
  const { addPrintButtons } = await import('./print.js');
  addPrintButtons();
}

async function loadTimeline() {
  timeline = await import('./timeline.js');
  timeline.follow();
  timeline.enhance(document);
}

/** @param {Document} page */
function enhance(page) {
  showTimes(page, asOf(page));
  showTicks(page);
  timeline?.enhance(page);
  showAtForm(page);
  titleAsHeadline(page);
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
    lost: `Connection lost. You see the state at ${formatSecond(asOf(document))}; trying again.`,
  };
  status.dataset.connection = state;
  if (status.textContent !== words[state]) status.textContent = words[state];
  if (wasLost && state !== 'lost') announce('The connection is back.');
}

/** @param {string} words */
function announce(words) {
  announcement.textContent = words;
}
