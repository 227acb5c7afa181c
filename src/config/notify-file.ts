import { z } from 'zod';
import type { Routing } from '../domain/notify/routing.ts';
import type { ChannelSettings } from './channel-settings.ts';
import { CHANNEL_TYPES, channelSchemas, contradictionsIn, listOf, settingsOf } from './notify-channels.ts';
import { ROUTE_KEYS, route, routeOf } from './notify-routes.ts';
import { secretFields } from './secret-files.ts';
import { readYamlWithLines, unusable } from './yaml-file.ts';

/** Who is told what, and by which channel. */
export interface NotifyFile {
  readonly routing: Routing;
  readonly channels: readonly ChannelSettings[];
}

/** A mistake, and where it is. */
interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly words: string;
}

const CHANNEL_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Reads the file and the secrets that it names. Throws a `ConfigError` that lists every mistake with its line. */
export function readNotifyFile(path: string, readFile: (path: string) => string): NotifyFile {
  const file = { setting: 'GITOPS_STATUS_NOTIFY_FILE', path, readFile };
  const { value, lineOf } = readYamlWithLines(file);
  const schemas = channelSchemas(secretFields(path, readFile));
  const { webhook, alertmanager, email, slack } = schemas;
  const type = `must be ${CHANNEL_TYPES.join(', ')}`;
  const channel = z.discriminatedUnion('type', [webhook, alertmanager, email, slack], type);
  const none = 'must be a map of channels, each under its name';
  const whole = z.strictObject(
    {
      channels: z.record(z.string(), channel, none),
      routes: z
        .array(route, 'must be a list of routes')
        .min(1, 'must not be empty: without a route nobody is told anything'),
    },
    'must have channels and routes',
  );
  const parsed = whole.safeParse(value);
  const asFarAsRight = rough.parse(value);
  const keysOf = (at: readonly PropertyKey[]) => knownKeys(at, asFarAsRight, schemas);
  const mistakes = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => mistakesOf(issue, keysOf)),
    ...mistakesBetween(asFarAsRight),
  ];
  if (parsed.data === undefined || mistakes.length > 0) {
    const told = mistakes.map((mistake) => ({ line: lineOf(mistake.path), words: inWords(mistake) }));
    told.sort((a, b) => a.line - b.line);
    throw unusable(file, [...new Set(told.map(({ line, words }) => `line ${line}: ${words}`))]);
  }
  const { channels, routes } = parsed.data;
  return {
    routing: { routes: routes.map(routeOf), channels: Object.keys(channels) },
    channels: Object.entries(channels).map(([name, entry]) => settingsOf(name, entry)),
  };
}

type Issue = z.core.$ZodIssue;

/**
 * A mistake for each unknown key; for a missing key, the mistake that it is missing. No value is told: it may be a
 * secret.
 */
function mistakesOf(
  issue: Issue,
  keysOf: (path: readonly PropertyKey[]) => readonly string[],
): readonly Mistake[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], words: aboutUnknown(key, keysOf(path)) }));
  }
  if (issue.code === 'invalid_key') return [{ path, words: issue.issues[0]?.message ?? issue.message }];
  return [{ path, words: issue.message }];
}

function aboutUnknown(key: string, known: readonly string[]): string {
  const inFile = `${key}_file`;
  if (known.includes(inFile))
    return `is a secret: write it into a file of its own, and name that file with ${inFile}`;
  return `is not a known key; the keys are ${known.join(', ')}`;
}

/** The keys that are allowed at a path. */
function knownKeys(
  [room, name]: readonly PropertyKey[],
  { channels }: Rough,
  schemas: ReturnType<typeof channelSchemas>,
): readonly string[] {
  if (room === undefined) return ['channels', 'routes'];
  if (room === 'routes') return ROUTE_KEYS;
  const type = CHANNEL_TYPES.find((one) => one === channels[String(name)]?.type);
  return type === undefined ? [] : Object.keys(schemas[type].shape);
}

/** The part of the file that has the right form: so contradictions are told even if there are other mistakes. */
const rough = z
  .object({
    channels: z.record(z.string(), z.record(z.string(), z.unknown()).catch({})).catch({}),
    routes: z.array(z.object({ channels: listOf(z.unknown(), '') }).catch({ channels: [] })).catch([]),
  })
  .catch({ channels: {}, routes: [] });
type Rough = z.infer<typeof rough>;

/**
 * Mistakes that no entry shows alone: channels that do not exist or are unused, and keys that contradict each other.
 */
function mistakesBetween({ channels, routes }: Rough): readonly Mistake[] {
  const names = Object.keys(channels);
  // If there are none at all, that is the only mistake.
  if (names.length === 0 || routes.length === 0) return [];
  const used = new Set(routes.flatMap((one) => one.channels));
  const unknown = routes.flatMap((one, i) =>
    one.channels
      .filter((name) => typeof name === 'string' && !names.includes(name))
      .map((name) => ({
        path: ['routes', i, 'channels'],
        words: `there is no channel ${JSON.stringify(name)}`,
      })),
  );
  return [
    ...Object.entries(channels).flatMap(([name, entry]) =>
      mistakesIn(name, { entry, isUsed: used.has(name) }),
    ),
    ...unknown,
  ];
}

function mistakesIn(
  name: string,
  { entry, isUsed }: { entry: Rough['channels'][string]; isUsed: boolean },
): readonly Mistake[] {
  const path = ['channels', name];
  const found: Mistake[] = contradictionsIn(entry).map(([key, words]) => ({ path: [...path, key], words }));
  if (!CHANNEL_NAME.test(name)) found.push({ path, words: 'a name has up to 63 letters, digits, _ and -' });
  if (!isUsed)
    found.push({ path, words: 'no route leads to this channel: add a route, or remove the channel' });
  return found;
}

/** `channel ops: url_file: …`, `route 2: repo: …`. */
function inWords({ path, words }: Mistake): string {
  const [room, name, ...keys] = path;
  if (room === undefined) return `the file ${words}`;
  if (name === undefined) return `${String(room)}: ${words}`;
  const entry = room === 'routes' ? `route ${Number(name) + 1}` : `channel ${String(name)}`;
  const named = keys.filter((key) => typeof key !== 'number').join('.');
  return [entry, ...(named === '' ? [] : [named]), words].join(': ');
}
