// The switch between light and dark.

/** Adds it to the head of the page. */
export function addSwitch() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'scheme';
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  icon.setAttribute('class', 'i');
  icon.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', '#scheme');
  icon.append(use);
  button.append(icon);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const isDark = () => (root.dataset.scheme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const say = () => {
    button.title = isDark() ? 'Use light colours' : 'Use dark colours';
    button.setAttribute('aria-label', button.title);
  };
  button.addEventListener('click', () => {
    root.dataset.scheme = isDark() ? 'light' : 'dark';
    say();
    try {
      localStorage.setItem('scheme', root.dataset.scheme);
    } catch {
      // It applies to this page.
    }
  });
  system.addEventListener('change', say);
  say();
  document.querySelector('.top > div')?.append(button);
}

/** The key `/` leads to the search. */
export function searchByKey() {
  addEventListener('keydown', (event) => {
    const { activeElement } = document;
    const isTyping = activeElement instanceof HTMLElement && activeElement.matches('input, textarea, select');
    const field = document.querySelector('.search input');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping) return;
    if (!(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    field.select();
  });
}
