import jsonc from 'jsonc-parser';
import { staysTheSame } from '../../../domain/decimal.ts';
import { type FieldError, MAX_FIELD_ERRORS } from '../../../domain/errors.ts';

/**
 * Finds where JSON.parse would change what is written. `text` is JSON. Strings may hold anything if `anyCharacter` is
 * set.
 */
export function changedByParsing(text: string, { anyCharacter = false } = {}): readonly FieldError[] {
  const unkept = anyCharacter ? () => undefined : unkeptText;
  const faults: FieldError[] = [];
  const found = (path: Path, detail: string) => {
    if (faults.length < MAX_FIELD_ERRORS) faults.push({ pointer: pointerTo(path), detail });
  };
  /** The keys so far of each open object. */
  const open: Set<string>[] = [];
  jsonc.visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty(key, _offset, _length, _line, _column, pathOf) {
      const keys = open.at(-1);
      if (keys?.has(key)) found([...pathOf(), key], 'is there twice: send it once');
      keys?.add(key);
      const wrong = unkept(key);
      if (wrong !== undefined) found([...pathOf(), key], `the key ${wrong}`);
    },
    onLiteralValue(value, offset, length, _line, _column, pathOf) {
      const written = text.slice(offset, offset + length);
      const wrong = typeof value === 'number' ? unkeptNumber(written, value) : unkept(value);
      if (wrong !== undefined) found(pathOf(), wrong);
    },
  });
  return faults;
}

type Path = readonly (string | number)[];

function unkeptNumber(written: string, value: number): string | undefined {
  if (staysTheSame(written)) return undefined;
  return `is ${excerpt(written)}, which would become ${value}: send it as a string`;
}

function unkeptText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.includes('\0')) return 'must not contain U+0000';
  return HALF_A_PAIR.test(value) ? 'must not contain half of a surrogate pair' : undefined;
}

const HALF_A_PAIR = /\p{Surrogate}/u;
const HALVES = /\p{Surrogate}/gu;

const SHOWN = 40;

function excerpt(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/** RFC 6901. A pointer goes into an answer, which is UTF-8. */
function pointerTo(path: Path): string {
  return path
    .map(
      (step) => `/${String(step).replaceAll(HALVES, '\ufffd').replaceAll('~', '~0').replaceAll('/', '~1')}`,
    )
    .join('');
}
