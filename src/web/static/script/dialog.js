// Shows the form of a mute in a dialog above the page. Without this script its link leads to the page with the form.

/** What the user has typed or chosen stays when they choose another thing to mute. */
const KEPT = ['until', 'ends_at', 'starts_at', 'reason', 'by'];

/** Opens links that are marked for it in a dialog. */
export function openDialogs() {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const dialog = link.closest('dialog');
    if (dialog === null && link.dataset.dialog === undefined) return;
    if (dialog === null) {
      event.preventDefault();
      void open(link.href);
    } else if (link.closest('.buttons') !== null) {
      event.preventDefault();
      dialog.close();
    } else if (link.closest('.choices') !== null) {
      event.preventDefault();
      void show(dialog, withTyped(dialog, link.href), link.textContent ?? '');
    }
  });
  document.addEventListener('submit', (event) => {
    const { target: form, submitter } = event;
    const dialog = form instanceof HTMLFormElement ? form.closest('dialog') : null;
    // Forms that change something are sent by the page itself: the answer is a page.
    if (dialog === null || !(submitter instanceof HTMLButtonElement) || submitter.formMethod !== 'get')
      return;
    event.preventDefault();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (form)))
      query.append(name, String(value));
    void show(dialog, `${submitter.formAction}?${query}`, submitter.textContent ?? '');
  });
}

/** @param {string} href */
async function open(href) {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  if (!(await show(dialog, href, ''))) return;
  dialog.showModal();
}

/**
 * Fills the dialog with the form of a page; without an answer the reader goes to the page itself.
 * @param {HTMLDialogElement} dialog
 * @param {string} href
 * @param {string} used the words of the pressed control, which keeps the focus
 */
async function show(dialog, href, used) {
  // Until the answer is there the form is that of another choice, which must not be sent any more.
  for (const button of dialog.querySelectorAll('button')) button.disabled = true;
  try {
    const answer = await fetch(href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [heading, sub, form] = ['h1', '.sub', 'form.sheet'].map((one) => page.querySelector(`main ${one}`));
    if (!answer.ok || !heading || !sub || !form) throw new Error(`The server answered ${answer.status}.`);
    const title = document.createElement('h2');
    title.id = 'dialog-title';
    title.textContent = heading.textContent;
    keepTyped(dialog.querySelector('form'), form);
    dialog.replaceChildren(title, sub, form);
    const pressed = [...dialog.querySelectorAll('a, button')].find(({ textContent }) => textContent === used);
    if (used !== '' && pressed instanceof HTMLElement) pressed.focus();
    return true;
  } catch {
    location.href = href;
    return false;
  }
}

/**
 * What was typed while the answer was on its way.
 * @param {HTMLFormElement | null} shown
 * @param {Element} fresh
 */
function keepTyped(shown, fresh) {
  if (shown === null || !(fresh instanceof HTMLFormElement)) return;
  for (const name of KEPT) {
    const [from, to] = [shown.elements.namedItem(name), fresh.elements.namedItem(name)];
    const hasValue = (/** @type {unknown} */ one) =>
      one instanceof HTMLInputElement || one instanceof RadioNodeList;
    if (hasValue(from) && hasValue(to)) Object.assign(to ?? {}, { value: Object(from).value });
  }
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} href
 */
function withTyped(dialog, href) {
  const form = dialog.querySelector('form');
  const url = new URL(href);
  if (form === null) return href;
  const typed = new FormData(form);
  for (const name of KEPT) if (typed.has(name)) url.searchParams.set(name, String(typed.get(name)));
  return url.href;
}
