import type { Child } from 'hono/jsx';
import { shownName, shownText } from '../../domain/shown.ts';
import type { DifferingFile, DifferingResource, Differs, FileGroup, Lines } from '../models/differs.ts';
import { fileLink, type Params, targetLink } from './links.ts';
import { HiddenField } from './select.tsx';
import { Name, Said } from './shown.tsx';
import { Icon } from './state.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import type { TargetView } from './target-view.ts';
import { plural } from './words.ts';

/** If there are more files, the page has a field to search them. */
const MANY = 50;

/** Everything that differed at the last check, as far as it was named. */
export function DiffersSection({ view, kept }: { view: TargetView; kept: Params }) {
  const { target, differs } = view;
  if (target.syncStatus !== 'OUT_OF_SYNC' || differs.count === 0) return null;
  const { named, resources, unnamed } = differs;
  return (
    <section aria-labelledby="differs">
      <div class="head">
        <h2 id="differs">What differs: {countWords(differs)}</h2>
        {named > MANY ? <Find view={view} kept={kept} /> : <Legend differs={differs} />}
      </div>
      {named === 0 ? null : <Files view={view} kept={kept} />}
      {resources.length === 0 ? null : <Resources resources={resources} />}
      {unnamed > 0 ? <p class="quiet">{unnamedWords(unnamed, named)}</p> : null}
    </section>
  );
}

/** `2 files and 1 resource`. */
export function countWords({ count, named, resources, unnamed }: Differs): string {
  if (resources.length === 0) return plural(count, 'file');
  const others = count - named - unnamed;
  const words = [named + unnamed === 0 ? undefined : plural(named + unnamed, 'file')];
  return [...words, plural(others, 'resource')].filter(Boolean).join(' and ');
}

function unnamedWords(unnamed: number, named: number): string {
  const what = named === 0 ? plural(unnamed, 'file') : plural(unnamed, 'more file');
  return `${what} differed and had no name in the report.`;
}

/** Only if there is something to explain. */
function Legend({ differs: { layout } }: { differs: Differs }) {
  const groups = layout.kind === 'directories' ? layout.groups : [layout.group];
  if (groups.every(({ lines }) => lines === undefined)) return null;
  return <p class="quiet small">+ lines are only in Git, − lines only on the server</p>;
}

function Find({ view: { target, differs, query }, kept }: { view: TargetView; kept: Params }) {
  return (
    <search>
      <form class="find" method="get" action="/target#differs">
        <HiddenField name="repo" value={target.repo} />
        <HiddenField name="server" value={target.server} />
        {Object.entries(kept).map(([name, value]) => (
          <HiddenField name={name} value={value?.toString()} />
        ))}
        <input
          type="search"
          name="file"
          id="find-file"
          aria-label={`Find some of the ${differs.named} files`}
          placeholder={`Filter ${differs.named} files`}
          value={query.file ?? ''}
        />
        <button type="submit">Filter</button>
      </form>
    </search>
  );
}

function Files({ view: { target, differs }, kept }: { view: TargetView; kept: Params }) {
  const { layout, named } = differs;
  const to = (dir: string | undefined) => `${targetLink(target, { ...kept, dir })}#differs`;
  if (layout.kind === 'flat') return <FileTable group={layout.group} />;
  if (layout.kind === 'directories') {
    return (
      <div class="panel dirs">
        {layout.groups.map((group) => (
          <Directory group={group} href={to(group.name || '.')} />
        ))}
      </div>
    );
  }
  const { group } = layout;
  const cut = group.count > group.files.length ? `the first ${group.files.length} of ` : '';
  return (
    <>
      <p>
        {layout.kind === 'found' ? (
          <>
            {cut}
            {group.count} of {named} files have <b>{<Name of={group.name} />}</b> in their name.
          </>
        ) : (
          <>
            {cut}
            {plural(group.count, 'file')} in <code>{<Name of={group.name} />}</code>.
          </>
        )}{' '}
        <a href={to(undefined)}>All {plural(named, 'file')}</a>
      </p>
      {group.count === 0 ? null : (
        <FileTable
          group={group}
          from={layout.kind === 'directory' && group.name !== '.' ? group.name.length : 0}
        />
      )}
    </>
  );
}

function Directory({ group, href }: { group: FileGroup; href: string }) {
  const { name, files, count, lines, isOpen } = group;
  return (
    <details class="dir" id={`dir-${name}`} open={isOpen}>
      <summary class="fold">
        <Icon of="more" />
        <code>{name === '' ? 'no directory' : <Name of={name} />}</code>
        <span class="quiet small">{plural(count, 'file')}</span>
        <LinesChanged lines={lines} />
      </summary>
      <FileTable group={group} from={name.length} />
      {count > files.length ? (
        <p class="rest">
          <a href={href}>
            All {count} in {name === '' ? 'no directory' : <Name of={name} />}
          </a>
        </p>
      ) : null}
    </details>
  );
}

/**
 * `from` is the length of the part of each name that the table's heading has already. A column without any known value
 * is left out.
 */
export function FileTable({
  group: { name, files },
  from = 0,
}: {
  group: Pick<FileGroup, 'name' | 'files'>;
  from?: number;
}) {
  const columns = COLUMNS.filter(({ cell }) => files.some((file) => cell(file) !== null));
  return (
    <Table
      caption={name === '' ? 'Files that differ' : `Files that differ in ${name}`}
      kind="differing"
      heads={['File', ...columns.map(({ kind, words }) => <Head kind={kind}>{words}</Head>)]}
    >
      {files.map((file) => (
        <Row>
          <RowHead kind="clip name">
            <a href={fileLink(file.name)} title={shownName(file.name)}>
              <Name of={file.name.slice(from)} />
            </a>
          </RowHead>
          {columns.map(({ kind, cell, title }) => (
            <Cell kind={kind} {...titleOf(title?.(file))}>
              {cell(file)}
            </Cell>
          ))}
        </Row>
      ))}
    </Table>
  );
}

interface Column {
  /** It also sets the width of cells in tables without a visible head. */
  readonly kind: string;
  readonly words: string;
  /** Null if nothing is known. */
  readonly cell: (file: DifferingFile) => Child | null;
  readonly title?: (file: DifferingFile) => string | undefined;
}

const COLUMNS: readonly Column[] = [
  { kind: 'how', words: 'How', cell: ({ change }) => (change === undefined ? null : <Tag text={change} />) },
  {
    kind: 'num lines',
    words: 'Lines',
    cell: ({ lines }) => (lines === undefined ? null : <LinesChanged lines={lines} />),
  },
  {
    kind: 'clip task',
    words: 'Task',
    cell: ({ task }) => (task === undefined ? null : <Said text={task} />),
    title: ({ task }) => task,
  },
  {
    kind: 'clip module',
    words: 'Module',
    cell: ({ module }) => (module === undefined ? null : <Said text={module} />),
    title: ({ module }) => module,
  },
];

function titleOf(title: string | undefined): { title?: string } {
  return title === undefined ? {} : { title: shownText(title) };
}

function Resources({ resources }: { resources: readonly DifferingResource[] }) {
  return (
    <>
      <h3>Without a path</h3>
      <Table
        caption="What differs apart from files"
        kind="differing"
        heads={[
          'Resource',
          <Head kind="how">How</Head>,
          <Head kind="num lines">Count</Head>,
          <Head kind="task">Task</Head>,
          <Head kind="module">Module</Head>,
        ]}
      >
        {resources.map(({ name, change, task, module, count }) => (
          <Row>
            <RowHead kind="clip name">{name === undefined ? 'not named' : <Name of={name} />}</RowHead>
            <Cell kind="how">{change === undefined ? null : <Tag text={change} />}</Cell>
            <Cell kind="num lines">{count}</Cell>
            <Cell kind="clip task" {...titleOf(task)}>
              {task === undefined ? null : <Said text={task} />}
            </Cell>
            <Cell kind="clip module">{module === undefined ? null : <Said text={module} />}</Cell>
          </Row>
        ))}
      </Table>
    </>
  );
}

function Tag({ text }: { text: string }) {
  return (
    <span class="tag">
      <Said text={text} />
    </span>
  );
}

function LinesChanged({ lines }: { lines: Lines | undefined }) {
  if (lines === undefined) return null;
  const { added, removed } = lines;
  return (
    <span class="changed-lines">
      {added === 0 ? null : <span class="plus">+{added}</span>}{' '}
      {removed === 0 ? null : <span class="minus">−{removed}</span>}
    </span>
  );
}
