import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countBranches,
  describeFailedBranches,
  describeMarks,
  drawStrip,
  type StripCell,
} from '../../../services/cli/terminal/fan-out-strip.ts';

type Numbers = Partial<Pick<StripCell, 'succeeded' | 'failed' | 'pruned' | 'unfinished'>>;

/** Cells that follow each other, each as bad as the worst of its numbers. */
function cellsOf(...numbers: readonly Numbers[]): StripCell[] {
  let from = 0;
  return numbers.map(({ succeeded = 0, failed = 0, pruned = 0, unfinished = 0 }) => {
    const branches = succeeded + failed + pruned + unfinished;
    const rest = unfinished > 0 ? 'UNFINISHED' : pruned > 0 ? 'PRUNED' : 'SUCCEEDED';
    const cell = { from, branches, succeeded, failed, pruned, unfinished };
    from += branches;
    return { ...cell, worst: failed > 0 ? 'FAILED' : rest };
  });
}

const [good, bad, open, pruned] = [{ succeeded: 1 }, { failed: 1 }, { unfinished: 1 }, { pruned: 1 }];

test('a strip has a character for each cell that tells the worst in it, without any colour', () => {
  const cells = cellsOf(good, good, bad, open, pruned);
  assert.deepEqual(drawStrip(cells), ['  0  ██×░·']);
  assert.equal(describeMarks(cells), '  █ succeeded  × failed  ░ unfinished  · pruned');
  assert.equal(countBranches(cells), '2 succeeded, 1 failed, 1 unfinished, 1 pruned');
  assert.equal(describeMarks(cellsOf(good, good)), '  █ succeeded');
});

test('a strip breaks where the terminal ends, and each line begins with the index of its first branch', () => {
  const cells = cellsOf(...Array.from({ length: 130 }, () => ({ succeeded: 10 })));
  assert.deepEqual(drawStrip(cells), [
    `      0  ${'█'.repeat(60)}`,
    `    600  ${'█'.repeat(60)}`,
    `  1,200  ${'█'.repeat(10)}`,
  ]);
  const narrow = drawStrip(cells, 49);
  assert.equal(narrow[1], `    400  ${'█'.repeat(40)}`);
  assert.ok(narrow.every((line) => line.length <= 49));
  assert.equal(drawStrip(cells, 1).length, 13, 'ten characters at least');
  assert.deepEqual(drawStrip([]), []);
});

test('a cell of many branches tells of how many, and failures are told in words with their indexes', () => {
  const cells = cellsOf({ succeeded: 9, failed: 1 }, { succeeded: 10 }, { failed: 9 }, { failed: 9 }, good);
  assert.match(describeMarks(cells), /; each stands for 1 or 10 branches, and tells the worst among them$/);
  assert.deepEqual(describeFailedBranches(cells), [
    '  1 failed among branches 0 to 9',
    '  branches 20 to 37 failed',
  ]);
  assert.deepEqual(describeFailedBranches(cellsOf(good, bad)), ['  branch 1 failed']);
  const scattered = cellsOf(...Array.from({ length: 14 }, (_, index) => (index % 2 === 0 ? good : bad)));
  const told = describeFailedBranches(scattered);
  assert.equal(told.length, 6);
  assert.equal(told.at(-1), '  … and 2 more; --json has all of them');
  assert.deepEqual(describeFailedBranches(cellsOf(good, open)), []);
});
