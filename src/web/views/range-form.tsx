import { formatInstant, type Range } from '../../domain/instant.ts';
import { HiddenField } from './select.tsx';

interface RangeFormProps {
  readonly action: string;
  /** Other parameters of the query, which the form sends along. */
  readonly kept: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly range: Range;
  readonly isOpen: boolean;
}

/** Any range: typed, or filled in by a drag over the timeline. Without the script it is in UTC. */
export function RangeForm({ action, kept, range, isOpen }: RangeFormProps) {
  return (
    <details class="more" id="range-form" open={isOpen}>
      <summary class="opener">From … to …</summary>
      <form class="between" method="get" action={action}>
        {Object.entries(kept).flatMap(([name, value]) =>
          [value].flat().map((one) => <HiddenField name={name} value={one} />),
        )}
        <InstantField name="from" label="From" at={range.from} />
        <InstantField name="to" label="To" at={range.to} />
        <span class="of-zone quiet">UTC</span>
        <button type="submit">Show</button>
      </form>
    </details>
  );
}

function InstantField({ name, label, at }: { name: string; label: string; at: number }) {
  const instant = formatInstant(at);
  return (
    <label>
      {label}
      <input type="datetime-local" name={name} required value={instant.slice(0, 16)} data-at={instant} />
    </label>
  );
}
