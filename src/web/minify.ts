// Without this, a quarter of what browsers load would be comments and blanks.

/** A style without comments and needless blanks. */
export function minifyStyle(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':');
}

/** A script without comment lines and indentation. No text of ours has several lines, so nothing else changes. */
export function minifyScript(text: string): string {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\/[^\S\n]*\n/gm, '')
    .replace(/^\s*\/\/.*\n/gm, '')
    .replace(/^\s+/gm, '');
}
