/** Mistakes that are planted in the scripts of marks: each has to be found by random walks, or these prove nothing. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  loadScript,
  type Script,
  scriptNamed,
} from '../../../services/state-manager/storage/connection/scripts.ts';
import { startStorage } from '../fixture.ts';
import { walkRandomly } from './explore.ts';
import { controlled } from './explored-graphs.ts';

const fixture = await startStorage();
after(() => fixture.stop());

interface Mistake {
  readonly name: string;
  readonly script: string;
  readonly right: string;
  readonly wrong: string;
  /** The beginning of the name of the graph that shows it. */
  readonly graph: string;
  readonly finds: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    name: 'a mark is taken away before its work has ended',
    script: 'unmark',
    right: "if attempt ~= '' and (has_superseded(step.marks_text) or may_grow()) then",
    wrong: 'if false then',
    graph: 'marks below states',
    finds: /was handed out, below the mark/,
  },
  {
    name: 'the end of a work does not have its marks looked at',
    script: 'settle',
    right: "if step.marks_text and step.marks_text ~= '' then look_below(report) end",
    wrong: '',
    graph: 'marks below states',
    finds: /nobody cancels it|marks stand/,
  },
  {
    name: 'a look that is under way ends a mark though its work has ended behind it',
    script: 'unmark',
    right:
      "if tonumber(redis.call('ZSCORE', key.cancelling, member) or -1) ~= tonumber(taken_at) then return 0 end",
    wrong: '',
    graph: 'marks below states',
    finds: /was handed out, below the mark/,
  },
  {
    name: 'a retry by hand leaves the marks below its work',
    script: 'retry',
    right: 'local outlived = work and {} or marks_below(step.marks_text, record.work)',
    wrong: 'local outlived = {}',
    graph: 'marks below states',
    finds: /cancelled by a mark that is older/,
  },
  {
    name: 'a retry by hand does not wait for the marks above it',
    script: 'retry',
    right: 'or mark and mark_job(run_id, mark)\n',
    wrong: '\n',
    graph: 'marks below a split',
    finds: /cancelled by a mark that is older/,
  },
  {
    name: 'a pause of a run that has ended is not taken away',
    script: 'mark',
    right: "if has_ended and (action == 'cancel' or action == 'pause') then",
    wrong: 'if has_ended then',
    graph: 'pauses of a run',
    finds: /was not taken away/,
  },
  {
    name: 'children that a mark has waited for do not have it looked at',
    script: 'expand',
    right: 'if is_done or sibling and sibling >= from and sibling < to then',
    wrong: 'if false then',
    graph: 'marks below a wide fan-out',
    finds: /nobody cancels it|marks stand/,
  },
];

function planted({ script, right, wrong }: Mistake): Script {
  const own = scriptNamed(script).files.at(-1)!;
  assert.ok(own.text.includes(right), `${own.path} has changed: plant the mistake elsewhere`);
  return loadScript(script, { ...own, text: own.text.replace(right, () => wrong) });
}

for (const mistake of mistakes) {
  test(`it is found that ${mistake.name}`, async () => {
    const { graph, options } = controlled.find(({ name }) => name.startsWith(mistake.graph))!;
    // In place: some calls keep their script.
    const script = scriptNamed(mistake.script);
    const right = { ...script };
    Object.assign(script, planted(mistake));
    try {
      for (let seed = 1; seed <= 40; seed++) {
        const { violations } = await walkRandomly(fixture, graph, options, { walks: 3, seed });
        if (violations.some((violation) => mistake.finds.test(violation))) return;
      }
      assert.fail('120 walks have not found it');
    } finally {
      Object.assign(script, right);
    }
  });
}
