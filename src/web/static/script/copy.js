// Adds buttons that copy a text.

const SAID_MS = 2000;

/**
 * It may be called again: an element gets one button.
 * @param {ParentNode} root
 */
export function addCopyButtons(root) {
  // The clipboard is only available with https and on loopback.
  if (navigator.clipboard === undefined) return;
  for (const code of root.querySelectorAll('pre code, .facts code, code.whole')) {
    if (code.nextElementSibling?.classList.contains('copy')) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    code.after(button);
  }
}

/** @param {(words: string) => void} announce */
export function copyOnClick(announce) {
  document.addEventListener('click', async ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || !target.classList.contains('copy')) return;
    const code = target.previousElementSibling;
    // A shortened commit has the full one as its title.
    const text = code?.getAttribute('title') ?? code?.textContent ?? '';
    try {
      await navigator.clipboard.writeText(text);
      target.textContent = 'Copied';
      announce('Copied');
    } catch {
      // The reader did not allow it. The text can still be selected.
      target.textContent = 'Not allowed';
    }
    setTimeout(() => {
      target.textContent = 'Copy';
    }, SAID_MS);
  });
}
