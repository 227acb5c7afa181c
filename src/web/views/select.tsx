interface SelectProps {
  readonly name: string;
  readonly label: string;
  /** Value and words; the first choice is always "all". */
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly chosen: string | undefined;
}

/** A choice of one value of a filter, or all. */
export function Select({ name, label, options, chosen = '' }: SelectProps) {
  const isOther = chosen !== '' && !options.some(([value]) => value === chosen);
  const other: SelectProps['options'] = isOther ? [[chosen, chosen]] : [];
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">all</option>
        {[...other, ...options].map(([value, words]) => (
          <option id={`${name}=${value}`} value={value} selected={value === chosen}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A hidden field that keeps a part of the query when the form is sent. */
export function HiddenField({ name, value }: { name: string; value: string | undefined }) {
  return value === undefined ? null : <input type="hidden" name={name} value={value} />;
}

/** Whether muted targets are shown, or only those. */
export function MutedSelect({ chosen }: { chosen: boolean | undefined }) {
  const options = [
    ['false', 'not muted'],
    ['true', 'muted'],
  ] as const;
  return <Select name="muted" label="Muted" options={options} chosen={chosen?.toString()} />;
}
