import type { UpFrame } from '../domain/model/stream.ts';

/** Reports, or emits, that one turn of the event loop takes in. */
const itemsPerTurn = 1_000;

/** The parts of a frame that are taken in one after the other, each in a turn of its own. */
export function partsOf(frame: UpFrame): readonly UpFrame[] {
  if (frame.kind !== 'reports' && frame.kind !== 'emits') return [frame];
  if (frame.items.length <= itemsPerTurn) return [frame];
  return Array.from({ length: Math.ceil(frame.items.length / itemsPerTurn) }, (_, i) => {
    const [from, to] = [i * itemsPerTurn, (i + 1) * itemsPerTurn];
    return frame.kind === 'reports'
      ? { kind: 'reports', items: frame.items.slice(from, to) }
      : { kind: 'emits', items: frame.items.slice(from, to) };
  });
}
