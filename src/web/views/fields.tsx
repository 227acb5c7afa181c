import type { PropsWithChildren } from 'hono/jsx';

/** What is wrong with the fields of a refused form, by their names. */
export type Faults = Readonly<Record<string, string>>;

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly faults: Faults;
  readonly hint?: string;
  readonly type?: 'text' | 'datetime-local';
  /** More than one line. */
  readonly isLong?: boolean;
  readonly isNeeded?: boolean;
}

/** A field with its label and explanation, and what is wrong with it. */
export function Field({ name, label, value, faults, hint, type = 'text', isLong, isNeeded }: FieldProps) {
  const fault = faults[name];
  const described = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ');
  const common = {
    id: name,
    name,
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(fault === undefined ? {} : { 'aria-invalid': true }),
    ...(isNeeded ? { required: true } : {}),
  };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {isLong ? (
        <textarea {...common} rows={3}>
          {value}
        </textarea>
      ) : (
        <input {...common} type={type} value={value} />
      )}
      {hint === undefined ? null : <small id={`${name}-hint`}>{hint}</small>}
      <Fault name={name} faults={faults} />
    </div>
  );
}

/** What is wrong with a field. */
function Fault({ name, faults }: { name: string; faults: Faults }) {
  const fault = faults[name];
  if (fault === undefined) return null;
  return (
    <p class="fault" id={`${name}-fault`}>
      {fault}
    </p>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly legend: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly chosen: string;
  readonly faults: Faults;
}

/** One of several. */
export function Choice({ name, legend, options, chosen, faults }: ChoiceProps) {
  return (
    <fieldset class="field" {...(faults[name] ? { 'aria-describedby': `${name}-fault` } : {})}>
      <legend>{legend}</legend>
      <div class="choices">
        {options.map(([value, words]) => (
          <label>
            <input type="radio" name={name} value={value} checked={value === chosen} /> {words}
          </label>
        ))}
      </div>
      <Fault name={name} faults={faults} />
    </fieldset>
  );
}

/** Only if nothing else identifies the person. */
export function NameField({ value, faults }: { value: string; faults: Faults }) {
  return (
    <Field
      name="by"
      label="Your name"
      value={value}
      faults={faults}
      hint="Only needed if you came without a token or a login. It is shown as not verified."
    />
  );
}

/** Says that a form was refused, at the top, so that people read it first. */
export function Refused({ faults, children }: PropsWithChildren<{ faults: Faults }>) {
  if (Object.keys(faults).length === 0) return null;
  return (
    <p class="notice" role="alert">
      {children ?? 'Nothing was done yet. Read what the fields say.'}
      {faults.form === undefined ? null : ` ${faults.form}`}
    </p>
  );
}
