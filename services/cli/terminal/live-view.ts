/** Shows how a run stands: one line for each node, redrawn in a terminal, printed on change elsewhere. */
import { drawNodes, type NodeProgress } from './node-lines.ts';

export interface LiveView {
  /** Shows a snapshot; one that comes too soon after another is kept back. */
  update(nodes: readonly NodeProgress[]): void;
  /** Shows the newest snapshot, whatever the time, and leaves it there. */
  end(): void;
}

const redrawMs = 100;
const printMs = 1_000;

/** A view on stdout. */
export function createLiveView(): LiveView {
  const isTerminal = process.stdout.isTTY === true;
  const pauseMs = isTerminal ? redrawMs : printMs;
  let newest: readonly NodeProgress[] = [];
  let shown: string[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;

  /** The lines that the terminal can take back; a line tells of the others. */
  const fitting = (lines: string[]): string[] => {
    const room = (process.stdout.rows ?? Number.POSITIVE_INFINITY) - 2;
    if (lines.length <= room) return lines;
    return [...lines.slice(0, room - 1), `  … and ${lines.length - room + 1} more places`];
  };

  const show = (): void => {
    shownAt = performance.now();
    // In a pipe a line is printed when it changes, which times do all the time.
    const room = isTerminal ? process.stdout.columns : 0;
    const lines = drawNodes(newest, { withBar: isTerminal, room });
    if (!isTerminal) {
      for (const [index, line] of lines.entries()) if (line !== shown[index]) console.log(line);
      shown = lines;
      return;
    }
    const up = shown.length > 0 ? `\u001b[${shown.length}A` : '';
    shown = fitting(lines);
    // Without wrapping, so that a line of the view is a line of the screen; below the last one nothing is left.
    process.stdout.write(
      `${up}\u001b[?7l${shown.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J\u001b[?7h`,
    );
  };

  return {
    update(nodes) {
      newest = nodes;
      if (performance.now() - shownAt >= pauseMs) show();
    },
    end: show,
  };
}
