// Buttons that copy what would otherwise have to be selected by hand.

const SAID_MS = 2000;

/**
 * May be repeated: nothing gets a second button.
 * @param {ParentNode} root
 */
export function addCopyButtons(root) {
  // Only https and loopback have it.
  if (navigator.clipboard === undefined) return;
  for (const code of root.querySelectorAll('pre code, .facts code')) {
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
    // A commit is shown shortened; its title is the whole of it.
    const text = code?.getAttribute('title') ?? code?.textContent ?? '';
    try {
      await navigator.clipboard.writeText(text);
      target.textContent = 'Copied';
      announce('Copied');
    } catch {
      // The reader did not allow it; the text can still be selected.
      target.textContent = 'Not allowed';
    }
    setTimeout(() => {
      target.textContent = 'Copy';
    }, SAID_MS);
  });
}
