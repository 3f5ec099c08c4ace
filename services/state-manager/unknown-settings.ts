import { nearest } from './domain/json/nearest.ts';

/** Read by clients and runtimes, which may share an environment with a state manager. */
const settingsOfOthers: ReadonlySet<string> = new Set([
  'FANOUT_ADDRESS',
  'FANOUT_NAMESPACE',
  'FANOUT_TOKEN',
  'FANOUT_STATE_MANAGER',
]);

/** Kubernetes gives every container these for a service called `fanout`, or `fanout-redis`. */
const serviceName = /^FANOUT_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)\w*)$/;
const serviceUrlName = /^FANOUT_(?:\w+_)?PORT$/;
const serviceUrl = /^(?:tcp|udp|sctp):\/\//;

/** Complaints about names that begin with `FANOUT_` and mean nothing, one line each. */
export function unknownSettings(
  given: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  return Object.entries(given)
    .filter(([name, value = '']) => !known.includes(name) && !belongsToOthers(name, value))
    .map(([name]) => {
      const meant = nearest(name, [...known, ...settingsOfOthers]);
      const hint = meant === undefined ? 'fanout-server --help lists all of them' : `did you mean ${meant}?`;
      return `${name}: there is no such setting, ${hint}`;
    });
}

function belongsToOthers(name: string, value: string): boolean {
  if (settingsOfOthers.has(name) || serviceName.test(name)) return true;
  return serviceUrlName.test(name) && serviceUrl.test(value);
}
