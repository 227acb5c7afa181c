// Light or dark, as the reader chose. It runs before the page is drawn; without it, the system's choice holds.
(() => {
  try {
    const chosen = localStorage.getItem('scheme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.scheme = chosen;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
