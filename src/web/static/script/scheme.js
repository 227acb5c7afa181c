// Light or dark, as the reader chose. It runs before the page is drawn. Without it the system's choice applies.
(() => {
  try {
    const chosen = localStorage.getItem('scheme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.scheme = chosen;
  } catch {
    // A browser without storage follows the system.
  }
})();
