import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairJobs, type JobBatch } from '../../../services/state-manager/adapters/fair-jobs.ts';

interface Job {
  readonly name: string;
  readonly characters: number;
}

function jobs(count: number, characters = 1): Job[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${i}`, characters }));
}

function addAll(fair: FairJobs<Job>, namespace: string, added: readonly Job[]): boolean[] {
  return added.map((job) => fair.add(namespace, job));
}

function taken(fair: FairJobs<Job>): JobBatch<Job> {
  const batch = fair.take();
  assert.ok(typeof batch === 'object', `there is a batch, not ${batch}`);
  return batch;
}

test('namespaces have their turns, one batch of each at a time', () => {
  const fair = new FairJobs<Job>();
  addAll(fair, 'a', jobs(200));
  addAll(fair, 'b', jobs(1));
  const [first, second] = [taken(fair), taken(fair)];
  assert.deepEqual([first.namespace, first.jobs.length], ['a', 64]);
  assert.deepEqual([second.namespace, second.jobs.length], ['b', 1]);
  assert.equal(fair.take(), undefined, 'both are under way');
  fair.end(first, first.jobs.slice(2), 10, false);
  addAll(fair, 'b', jobs(1));
  fair.end(second, [], 10, false);
  const next = taken(fair);
  assert.deepEqual([next.namespace, next.jobs[0]?.name], ['a', '2'], 'what was left is in front');
  assert.equal(taken(fair).namespace, 'b');
});

test('a batch has no more characters than it can, or one job', () => {
  const fair = new FairJobs<Job>();
  addAll(fair, 'a', [...jobs(1, 3_000_000), ...jobs(5, 400_000)]);
  const sizes: number[] = [];
  for (let left = 6; left > 0; left -= sizes.at(-1)!) {
    const batch = taken(fair);
    sizes.push(batch.jobs.length);
    fair.end(batch, [], 0, false);
  }
  assert.deepEqual(sizes, [1, 2, 2, 1]);
});

test('a batch that took long is followed by a rest, longer after something was broken off', () => {
  const restAfter = (isOffence: boolean) => {
    const fair = new FairJobs<Job>();
    addAll(fair, 'a', jobs(100));
    fair.end(taken(fair), [], 60_000, isOffence);
    return Number(fair.take());
  };
  const [slow, broken] = [restAfter(false), restAfter(true)];
  assert.ok(slow > 59_000 && slow <= 60_000, `${slow}`);
  assert.ok(broken > 119_000 && broken <= 120_000, `${broken}`);
});

test('a namespace that lets too much wait is refused', () => {
  const fair = new FairJobs<Job>();
  assert.deepEqual(addAll(fair, 'a', jobs(3, 40_000_000)), [true, true, false]);
  assert.deepEqual(addAll(fair, 'b', jobs(1, 40_000_000)), [true], 'another one is not');
});
