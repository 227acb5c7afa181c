import type { Child } from 'hono/jsx';

export interface Figure {
  readonly name: string;
  readonly value: Child;
  /** What the number is based on. */
  readonly note?: string;
}

/** A few numbers side by side. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, note }) => (
        <div>
          <dt>{name}</dt>
          <dd>
            {value}
            {note === undefined ? null : <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
