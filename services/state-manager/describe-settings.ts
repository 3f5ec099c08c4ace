import { settings } from './config.ts';

/** A setting as users read of it. */
export interface DescribedSetting {
  readonly name: string;
  /** Absent where nothing is set by default. */
  readonly preset: string | undefined;
  /** Absent for texts, and for numbers of things that `meaning` names. */
  readonly unit: 'ms' | 'bytes' | undefined;
  /** One line, with code in backticks. */
  readonly meaning: string;
}

/** Every setting, in the order in which the READMEs list them. */
export function describeSettings(): DescribedSetting[] {
  const presets: Readonly<Record<string, unknown>> = settings.parse({});
  return Object.entries(settings.shape).map(([name, { description = '' }]) => ({
    name,
    preset: presets[name] === undefined ? undefined : String(presets[name]),
    unit: unitOf(name),
    meaning: description,
  }));
}

/** Text for a terminal: each setting with its default, and what it means below. */
export function settingsHelp(): string {
  const lines = describeSettings().map(({ name, preset = 'none', unit, meaning }) => {
    const value = [preset, unit].filter(Boolean).join(' ');
    return `  ${name}  (${value})\n      ${meaning.replaceAll('`', '')}`;
  });
  return ['Settings come from the environment; their defaults stand in brackets:', '', ...lines].join('\n');
}

function unitOf(name: string): DescribedSetting['unit'] {
  if (name.endsWith('_MS')) return 'ms';
  return name.endsWith('_BYTES') ? 'bytes' : undefined;
}
