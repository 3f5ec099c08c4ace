/** One line for each place in a graph: how many of its states are done, as a bar and in words. */
import { stripVTControlCharacters } from 'node:util';
import { paint } from './colour.ts';
import { countOf, formatCount, formatDuration } from './format.ts';
import { cutToWidth, displayWidth, padToWidth, printable } from './printable.ts';

/** Numbers of states of one place, by status; what is absent is 0. */
export interface NodeProgress {
  readonly identifier?: string;
  readonly created?: number;
  readonly queued?: number;
  readonly executed?: number;
  readonly success?: number;
  readonly errored?: number;
  readonly retryCreated?: number;
  readonly pruned?: number;
  readonly cancelled?: number;
  /** Executions that have ended. */
  readonly executions?: number;
  /** Times that these took; undefined: there were none. */
  readonly runningTimes?: { readonly p50Ms: number; readonly p95Ms: number } | undefined;
}

/** The parts of a line beside name and counts. */
export interface NodeLineOptions {
  readonly withBar: boolean;
  /** Columns of a line up to which it may tell of executions and their times; without them if absent. */
  readonly room?: number;
}

const barWidth = 28;
const longestName = 40;

function summarise(node: NodeProgress): { done: number; total: number; words: string } {
  const { created = 0, queued = 0, executed = 0, success = 0, errored = 0 } = node;
  const ended = success + errored + (node.pruned ?? 0) + (node.cancelled ?? 0);
  const details = [
    { word: 'waiting', count: created },
    { word: 'running', count: queued },
    { word: 'expanding', count: executed },
    { word: 'retried', count: node.retryCreated ?? 0 },
    { word: 'failed', count: errored },
    { word: 'pruned', count: node.pruned ?? 0 },
    { word: 'cancelled', count: node.cancelled ?? 0 },
  ];
  const shown = details
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${formatCount(count)} ${word}`);
  return { done: ended, total: ended + created + queued + executed, words: shown.join(', ') };
}

/** A bar of 28 columns; it is full when all is done, and not before. */
export function drawBar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.floor((done / total) * barWidth);
  return paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(barWidth - full));
}

function drawLine(node: NodeProgress, nameWidth: number, { withBar, room = 0 }: NodeLineOptions): string {
  const { done, total, words } = summarise(node);
  const count = total === 0 ? 'waits' : `${formatCount(done)} of ${formatCount(total)} done`;
  const name = padToWidth(cutToWidth(printable(node.identifier ?? ''), longestName), nameWidth);
  const start = withBar ? `  ${name}  ${drawBar(done, total)}  ${count}` : `  ${name}  ${count}`;
  const line = words === '' ? start : `${start}, ${words}`;
  const left = room - displayWidth(stripVTControlCharacters(line));
  return line + (describeTimes(node).find((text) => displayWidth(text) <= left) ?? '');
}

/** Ends of a line that tell of executions, the one that tells most first. */
function describeTimes({ executions = 0, runningTimes }: NodeProgress): string[] {
  if (executions === 0) return [];
  const number = `; ${countOf(executions, 'execution')}`;
  if (runningTimes === undefined) return [number];
  const [p50, p95] = [runningTimes.p50Ms, runningTimes.p95Ms].map(formatDuration);
  const times = `p50 ${p50}, p95 ${p95}`;
  return [`${number}, ${times}`, `; ${times}`];
}

/** A line for each place, in the order given. */
export function drawNodes(nodes: readonly NodeProgress[], options: NodeLineOptions): string[] {
  const widths = nodes.map((node) => Math.min(longestName, displayWidth(printable(node.identifier ?? ''))));
  return nodes.map((node) => drawLine(node, Math.max(0, ...widths), options));
}
