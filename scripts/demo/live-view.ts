/** Shows how a run stands: one line for each node, redrawn in a terminal, printed on change elsewhere. */
import { styleText } from 'node:util';

/** Numbers of states of one node template, by status; what is absent is 0. */
interface NodeProgress {
  readonly identifier?: string;
  readonly created?: number;
  readonly queued?: number;
  readonly executed?: number;
  readonly success?: number;
  readonly errored?: number;
  readonly retryCreated?: number;
  readonly pruned?: number;
  readonly cancelled?: number;
}

export interface LiveView {
  /** Shows a snapshot; one that comes too soon after another is kept back. */
  update(nodes: readonly NodeProgress[]): void;
  /** Shows the newest snapshot, whatever the time, and leaves it there. */
  end(): void;
}

const barWidth = 28;
const redrawMs = 100;
const printMs = 1_000;

const numbers = new Intl.NumberFormat('en-US');

/** 12345 is `12,345`. */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** True if stdout takes colours. */
const hasColour = process.stdout.isTTY === true && !process.env.NO_COLOR;

export function paint(colour: Parameters<typeof styleText>[0], text: string): string {
  return hasColour ? styleText(colour, text) : text;
}

function summarise(node: NodeProgress): { done: number; total: number; words: string } {
  const { created = 0, queued = 0, executed = 0, success = 0, errored = 0 } = node;
  const ended = success + errored + (node.pruned ?? 0) + (node.cancelled ?? 0);
  const details = [
    { word: 'waiting', count: created },
    { word: 'running', count: queued },
    { word: 'expanding', count: executed },
    { word: 'retried', count: node.retryCreated ?? 0 },
    { word: 'failed', count: errored },
    { word: 'cancelled', count: node.cancelled ?? 0 },
  ];
  const shown = details
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${formatCount(count)} ${word}`);
  return { done: ended, total: ended + created + queued + executed, words: shown.join(', ') };
}

function drawBar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.floor((done / total) * barWidth);
  return paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(barWidth - full));
}

function drawLine(node: NodeProgress, nameWidth: number, withBar: boolean): string {
  const { done, total, words } = summarise(node);
  const count = total === 0 ? 'waits' : `${formatCount(done)} of ${formatCount(total)} done`;
  const name = (node.identifier ?? '').padEnd(nameWidth);
  const line = withBar ? `  ${name}  ${drawBar(done, total)}  ${count}` : `  ${name}  ${count}`;
  return words === '' ? line : `${line}, ${words}`;
}

/** A view on stdout. */
export function createLiveView(): LiveView {
  const isTerminal = process.stdout.isTTY === true;
  const pauseMs = isTerminal ? redrawMs : printMs;
  let newest: readonly NodeProgress[] = [];
  let shown: string[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;

  const show = (): void => {
    shownAt = performance.now();
    const nameWidth = Math.max(0, ...newest.map((node) => (node.identifier ?? '').length));
    const lines = newest.map((node) => drawLine(node, nameWidth, isTerminal));
    if (!isTerminal) {
      for (const [index, line] of lines.entries()) if (line !== shown[index]) console.log(line);
    } else {
      const up = shown.length > 0 ? `\u001b[${shown.length}A` : '';
      // Without wrapping, so that a line of the view is a line of the screen.
      process.stdout.write(`${up}\u001b[?7l${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[?7h`);
    }
    shown = lines;
  };

  return {
    update(nodes) {
      newest = nodes;
      if (performance.now() - shownAt >= pauseMs) show();
    },
    end: show,
  };
}
