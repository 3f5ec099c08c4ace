import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

export interface Health {
  addTo(server: Server): void;
  /** Says whether calls are served: overall, and for each service. */
  setServing(isServing: boolean): void;
  readonly isServing: boolean;
}

/** The standard health service, NOT_SERVING at first. */
export function createHealth(services: readonly string[]): Health {
  const health = new HealthImplementation();
  let serving = false;
  function setServing(isServing: boolean): void {
    serving = isServing;
    for (const service of ['', ...services]) health.setStatus(service, isServing ? 'SERVING' : 'NOT_SERVING');
  }
  setServing(false);
  return {
    addTo: (server) => health.addToServer(server),
    setServing,
    get isServing() {
      return serving;
    },
  };
}
