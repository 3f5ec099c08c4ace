/** `fanout states RUN`, `fanout state STATE`, `fanout explain RUN [UNITE]`: the parts of a run. */
import type {
  MissingBranch,
  State,
  StateDetails,
  StateFilter,
  StateStatus,
  UniteScope,
} from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { writeJson } from '../json/exact-json.ts';
import { readCount, readerOf, readName } from '../options.ts';
import { paint } from '../terminal/colour.ts';
import { formatAgo, formatCount, formatDuration } from '../terminal/format.ts';
import { printable, printableJson } from '../terminal/printable.ts';
import { drawTable } from '../terminal/table.ts';

const stateStatuses: readonly StateStatus[] = [
  'CREATED',
  'QUEUED',
  'EXECUTED',
  'SUCCESS',
  'ERRORED',
  'RETRY_CREATED',
  'PRUNED',
  'CANCELLED',
];
/** States that a list shows if nobody says how many. */
const usualLimit = 100;
/** Missing branches of a unite that are shown. */
const branchesShown = 10;

export function addStateCommands(program: Command): void {
  program
    .command('states <run>')
    .description('list states of a run, in the order of their creation')
    .option('--place <identifier>', 'of this place in the graph')
    .option(
      '--status <status>',
      `of this status, or of several with commas: ${stateStatuses.join(', ')}`,
      readerOf(stateStatuses),
    )
    .option('--below <state>', 'that grew from the own output of this state', readName)
    .option('--label <text>', 'whose label begins with this text', readName)
    .option('--code <code>', 'that failed with this code')
    .option('--superseded', 'with --status: superseded ones, too')
    .addOption(new Option('--newest', 'the newest first').conflicts('slowest'))
    .addOption(
      new Option('--slowest', 'the executions that took longest first; only --place goes with it').conflicts([
        'status',
        'below',
        'label',
        'code',
        'superseded',
      ]),
    )
    .option('--limit <number>', 'as many at most; 0: all', readCount, usualLimit)
    .action(withClient(listStates));
  program
    .command('state <state>')
    .description('show one state: its times, its runtime, its attempts, its output')
    .option('--inputs', 'also the inputs that it is given')
    .action(withClient(showState));
  program
    .command('explain <run> [unite]')
    .description('tell what the unites of a run wait for, or those at one place')
    .action(withClient(explainUnites));
}

interface StatesOptions {
  readonly place?: string;
  readonly status?: readonly StateStatus[];
  readonly below?: string;
  readonly label?: string;
  readonly newest?: boolean;
  readonly slowest?: boolean;
  readonly code?: string;
  readonly superseded?: boolean;
  readonly limit: number;
}

async function listStates({ client, output, options }: Call<StatesOptions>, runId: string): Outcome {
  const { limit } = options;
  const rows: string[][] = [];
  let [seen, isCut] = [0, false];
  for await (const state of client.states(runId, filterOf(options))) {
    if (seen === limit && limit > 0) {
      isCut = true;
      break;
    }
    seen += 1;
    if (output.isJson) output.show(state, () => []);
    else rows.push(rowOf(state));
  }
  if (seen === 0) return output.tell('no states like that');
  const columns = [
    { title: 'STATE' },
    { title: 'PLACE' },
    { title: 'PATH' },
    { title: 'STATUS' },
    { title: 'ATTEMPT', side: 'right' },
    { title: 'SINCE' },
    { title: 'TOOK', side: 'right' },
    { title: 'LABEL' },
    { title: 'FAILURE' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
  if (isCut)
    output.note(`only the first ${formatCount(limit)} are shown: --limit NUMBER shows more, --limit 0 all`);
}

function filterOf(options: StatesOptions): StateFilter {
  const { place, status, below, label, newest = false, slowest = false, code, superseded } = options;
  const common = { identifier: place, below, label, errorCode: code, includeSuperseded: superseded };
  // One status has a list of its own.
  const statuses = status?.length === 1 ? { status: status[0] } : { statuses: status };
  if (slowest) return { ...common, orderBy: 'SLOWEST' };
  return { ...common, ...statuses, orderBy: newest ? 'NEWEST_FIRST' : undefined };
}

/** The time that the execution of a state took; undefined: it has not ended, or was none. */
function tookMs({ startedAt, endedAt }: State): number | undefined {
  return startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
}

function rowOf(state: State): string[] {
  const { id, identifier, path, status, attempt, updatedAt, label = '', failure, isSuperseded } = state;
  const took = tookMs(state);
  const word = isSuperseded ? `${status} (superseded)` : status;
  const reason = failure === undefined ? '' : `${failure.code}: ${failure.message}`;
  return [
    id,
    identifier,
    path || '–',
    word,
    String(attempt),
    formatAgo(updatedAt),
    took === undefined ? '–' : formatDuration(took),
    label,
    reason,
  ];
}

async function showState({ client, output, options }: Call<{ inputs?: boolean }>, stateId: string): Outcome {
  const state = await client.state(stateId, { includeInputs: options.inputs === true });
  output.show(state, () => describeState(state));
}

function describeState(state: StateDetails): string[] {
  const { failure, inputsFailure } = state;
  const took = tookMs(state);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['run', state.runId],
    ['place', `${state.identifier} (${state.nodeName})`],
    ['path', state.path || undefined],
    ['label', state.label],
    ['status', state.isSuperseded ? `${state.status}, superseded by a retry by hand` : state.status],
    ['attempt', String(state.attempt)],
    ['created', formatAgo(state.createdAt)],
    ['due', state.dueAt && formatAgo(state.dueAt)],
    ['started', state.startedAt && formatAgo(state.startedAt)],
    ['took', took === undefined ? undefined : formatDuration(took)],
    ['runtime', state.runtimeName ?? state.sessionId],
    ['progress', state.progress],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['inputs', state.inputs === undefined ? undefined : printableJson(writeJson(state.inputs))],
    ['no inputs', inputsFailure && `${inputsFailure.code}: ${inputsFailure.message}`],
    ['corrected', state.correctedInputs.length > 0 ? state.correctedInputs.join(', ') : undefined],
    ['in pages', state.unitedInputs.length > 0 ? state.unitedInputs.join(', ') : undefined],
    ['output', state.output === undefined ? undefined : printableJson(writeJson(state.output))],
  ].map(([name, value]) => [String(name), value === 0 || value === undefined ? undefined : String(value)]);
  const others = state.attempts.filter(({ id }) => id !== state.id);
  return [
    `state ${printable(state.id)}`,
    ...facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name.padEnd(9)}  ${printable(value)}`],
    ),
    ...(failure?.stack ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `             ${printable(line.trim())}`),
    ...others.map(
      (each) =>
        `  attempt ${each.attempt}  ${printable(each.id)}  ${each.status}  ${formatAgo(each.updatedAt)}`,
    ),
    ...(state.status === 'ERRORED'
      ? [
          `Next: fanout run retry ${printable(state.runId)} --state ${printable(state.id)}, with --correct JSON for other inputs`,
        ]
      : []),
  ];
}

async function explainUnites({ client, output }: Call, runId: string, unite: string | undefined): Outcome {
  let count = 0;
  for await (const scope of client.explainUnite(runId, unite === undefined ? {} : { identifier: unite })) {
    count += 1;
    output.show(scope, () => describeScope(runId, scope));
  }
  if (count === 0) output.tell('no unites: nothing in this run unites, or nothing was united yet');
}

function describeScope(runId: string, scope: UniteScope): string[] {
  const { counts, policy, missing, reasons } = scope;
  const numbers = [
    [counts.succeeded, 'succeeded'],
    [counts.failed, 'failed'],
    [counts.pruned, 'pruned'],
    [counts.unfinished, 'unfinished'],
    [counts.leftOut, 'left out'],
  ] as const;
  const words = numbers
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`);
  const generation = scope.generation > 1 ? `, generation ${scope.generation}` : '';
  const total = `${formatCount(counts.total)}${scope.isSealed ? '' : ' so far'}`;
  return [
    `${paint('bold', printable(scope.unitingIdentifier))} unites ${printable(scope.unitedIdentifier)}: ${scope.status}${generation}`,
    `  policy    ${printable(policy.text)}`,
    `  branches  ${[total, ...words].join(', ')}`,
    `  next      ${printable(scope.next)}`,
    ...missing.slice(0, branchesShown).map(describeMissing),
    ...(missing.length > branchesShown
      ? [`  … and ${formatCount(missing.length - branchesShown)} more; --json has all of them`]
      : []),
    ...reasons.map(
      ({ identifier, code, message, count }) =>
        `  ${formatCount(count)} failed at ${printable(identifier)}: ${printable(code)}: ${printable(message)}`,
    ),
    ...(counts.failed > 0 ? [`  Next: fanout failures ${printable(runId)}`] : []),
  ];
}

function describeMissing({ index, label, unfinishedStates, states }: MissingBranch): string {
  const [first] = states;
  const where =
    first === undefined
      ? ''
      : `: ${printable(first.identifier)} ${first.status}, attempt ${first.attempt}, ${printable(first.id)}`;
  const more = unfinishedStates > 1 ? ` and ${formatCount(unfinishedStates - 1)} more` : '';
  const name = label === undefined ? '' : ` (${printable(label)})`;
  return `  branch ${index}${name} is unfinished${where}${more}`;
}
