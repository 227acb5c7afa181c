interface SelectProps {
  readonly name: string;
  readonly label: string;
  /** Value and words; the first choice is always "all". */
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly chosen: string | undefined;
}

/** One choice of a filter, or all. */
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

/** What a form would otherwise lose. */
export function Kept({ name, value }: { name: string; value: string | undefined }) {
  return value === undefined ? null : <input type="hidden" name={name} value={value} />;
}
