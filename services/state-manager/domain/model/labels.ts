/** Labels of a run, value by key, ordered by key: what users find it by. */
export type Labels = ReadonlyMap<string, string>;

export const noLabels: Labels = new Map();
