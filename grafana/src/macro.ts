/** What Grafana replaces before it asks: `${name}`, or `${name:format}`. */
export function macro(name: string): string {
  return `\${${name}}`;
}
