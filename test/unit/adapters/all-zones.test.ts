import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareZone } from './compare-clock.ts';

/** Zones whose clocks are set in some way that others are not. */
const unusual = [
  // Half an hour; two hours; three.
  ...['Australia/Lord_Howe', 'Antarctica/Troll', 'Antarctica/Casey'],
  // At midnight, so that a day begins at 01:00, or its last hour comes twice; from 23:00 to the next day.
  ...['Africa/Cairo', 'Asia/Beirut', 'America/Asuncion', 'Atlantic/Azores', 'America/Nuuk'],
  // Four times a year; with quarters of an hour; for good.
  ...['Africa/Casablanca', 'Asia/Gaza', 'Pacific/Chatham', 'America/St_Johns', 'Europe/Volgograd'],
  ...['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC'],
];

it('has the slots that a look at the clocks, minute by minute, finds where they are set', () => {
  const others = Intl.supportedValuesOf('timeZone').filter((_, i) => i % 70 === 7);
  const range = { firstYear: 2020, lastYear: 2030, every: 24 * 60, most: 5, nth: 11 };
  const compared = [...unusual, ...others].map((zone) => compareZone(zone, range));
  assert.deepEqual(
    compared.flatMap(({ differences }) => differences),
    [],
  );
  const changes = compared.reduce((sum, each) => sum + each.changes, 0);
  assert.ok(changes > 60, `only ${changes} changes were compared`);
});

it('has them where a day or more was skipped, or came twice', () => {
  // Samoa left out 30 December 2011; Sao Paulo set its clocks at midnight; Kwajalein left out 21 August 1993.
  for (const [zone, year] of [
    ['Pacific/Apia', 2011],
    ['America/Sao_Paulo', 2018],
    ['Pacific/Kwajalein', 1993],
  ] as const) {
    const { changes, differences } = compareZone(zone, {
      firstYear: year,
      lastYear: year,
      every: 6 * 60,
      nth: 2,
    });
    assert.deepEqual(differences, []);
    assert.ok(changes > 0);
  }
});
