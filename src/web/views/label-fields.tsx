import { HiddenField, Select } from './select.tsx';
import { Name } from './shown.tsx';

interface LabelFieldsProps {
  /** Each `key:value`, as all labels here. */
  readonly chosen: readonly string[] | undefined;
  /** Every label that there is. */
  readonly labels: readonly string[];
  readonly linkTo: (label: readonly string[]) => string;
}

/** A choice of one more label, and the chosen ones, each with a link that removes it. */
export function LabelFields({ chosen = [], labels, linkTo }: LabelFieldsProps) {
  const others = labels.filter((label) => !chosen.includes(label));
  return (
    <>
      {others.length === 0 ? null : (
        <Select
          name="label"
          label="Label"
          options={others.map((label) => [label, label])}
          chosen={undefined}
        />
      )}
      {chosen.map((label) => (
        <span>
          <HiddenField name="label" value={label} />
          Only <Name of={label} />{' '}
          <a href={linkTo(chosen.filter((one) => one !== label))} aria-label={`Remove the label ${label}`}>
            Remove
          </a>
        </span>
      ))}
    </>
  );
}
