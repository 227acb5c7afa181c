// Loads the page again and updates what has changed.

import { morph } from './morph.js';
import { holdPlace, keepOrder } from './pin.js';

const TIMEOUT_MS = 15_000;
/** One refresh covers events that happen together, and a random delay spreads the requests of many readers. */
const GATHER_MS = 200;
const SPREAD_MS = 500;
/** The shortest time between two refreshes. */
const PAUSE_MS = 2000;
const MOST_ANNOUNCED = 3;

/**
 * Makes a function that requests a refresh.
 * @param {{ prepare: (page: Document) => void, done: (words: string) => void, failed: () => void }} on
 */
export function createRefresh(on) {
  let isWanted = false;
  let isRunning = false;

  async function run() {
    isRunning = true;
    await pause(GATHER_MS + Math.random() * SPREAD_MS);
    while (isWanted) {
      isWanted = false;
      try {
        on.done(show(await ask(), on.prepare));
      } catch {
        // The page keeps its content, and shows its age.
        on.failed();
      }
      await pause(PAUSE_MS);
    }
    isRunning = false;
  }

  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}

async function ask() {
  const answer = await fetch(location.href, {
    headers: { Accept: 'text/html' },
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // A 404 is also a page of ours. After other errors the next refresh tries again.
  if (!answer.ok && answer.status !== 404) throw new Error(`The server answered ${answer.status}.`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/**
 * Shows the fresh page, and returns the text to announce to screen readers.
 * @param {Document} fresh
 * @param {(page: Document) => void} prepare
 */
function show(fresh, prepare) {
  const [main, next] = [document.querySelector('main'), fresh.querySelector('main')];
  const [asOf, nextAsOf] = [document.querySelector('.as-of time'), fresh.querySelector('.as-of time')];
  if (main === null || next === null || asOf === null || nextAsOf === null)
    throw new Error('The answer is not a page of this server.');
  if (versionOf(fresh) !== versionOf(document)) location.reload();
  prepare(fresh);
  const before = statesIn(main);
  const headline = main.querySelector('h1')?.textContent;
  document.title = fresh.title;
  const putBack = holdPlace();
  keepOrder(main, next);
  morph(asOf, nextAsOf);
  morph(main, next);
  putBack();
  const changed = [...main.querySelectorAll('[data-state]')].filter(
    (element) =>
      before.has(nameOf(element)) && before.get(nameOf(element)) !== element.getAttribute('data-state'),
  );
  for (const element of changed) element.classList.add('changed');
  const nextHeadline = main.querySelector('h1')?.textContent ?? '';
  return [
    ...(headline === nextHeadline ? [] : [nextHeadline]),
    ...changed.slice(0, MOST_ANNOUNCED).map(inWords),
  ].join('. ');
}

/** @param {Document} page */
function versionOf(page) {
  return page.querySelector('script[type="module"]')?.getAttribute('src');
}

/** @param {Element} root */
function statesIn(root) {
  const elements = [...root.querySelectorAll('[data-state]')];
  return new Map(elements.map((element) => [nameOf(element), element.getAttribute('data-state')]));
}

/** @param {Element} element */
function nameOf(element) {
  return element.getAttribute('data-target') ?? '';
}

/** @param {Element} element */
function inWords(element) {
  return `${nameOf(element).replace(' ', ' on ')}: ${element.querySelector('.state')?.textContent}`;
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
