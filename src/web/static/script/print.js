/** Adds buttons that print the page: without a script the menu of the browser does. */
export function addPrintButtons() {
  for (const place of document.querySelectorAll('[data-print]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'print';
    button.textContent = 'Print';
    button.addEventListener('click', () => print());
    place.append(button);
  }
}
