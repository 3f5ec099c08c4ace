import type * as wire from '@fanout/proto';
import type { HeldLease, Hello } from '../../domain/model/stream.ts';
import { FanoutError } from '../../errors.ts';
import { invalid, readId, readOptionalId } from './fields.ts';
import { decodeCapacity, decodeDefinitions } from './nodes.ts';

/** The version of the stream's protocol that this server speaks. */
const protocolVersion = 1;

const maxHeldLeases = 100_000;

function decodeHeldLease(lease: wire.HeldLease__Output, index: number): HeldLease {
  return {
    stateId: readId(`held_leases[${index}].state_id`, lease.stateId, 'HELLO_INVALID'),
    leaseToken: readId(`held_leases[${index}].lease_token`, lease.leaseToken, 'HELLO_INVALID'),
  };
}

/**
 * A hello with the namespace that the caller's token resolves it to.
 * @throws FanoutError PROTOCOL_VERSION, HELLO_INVALID
 */
export function decodeHello(hello: wire.Hello__Output, namespace: string): Hello {
  const version = hello.protocolVersion ?? 0;
  if (version !== protocolVersion) {
    throw new FanoutError(
      'PROTOCOL_VERSION',
      `the runtime speaks protocol version ${version}, this state manager speaks ${protocolVersion}: use an SDK that speaks the same`,
    );
  }
  const heldLeases = hello.heldLeases ?? [];
  if (heldLeases.length > maxHeldLeases) {
    throw invalid(
      'held_leases',
      `has ${heldLeases.length} entries, ${maxHeldLeases} are allowed`,
      'HELLO_INVALID',
    );
  }
  return {
    protocolVersion,
    namespace,
    runtimeName: readId('runtime_name', hello.runtimeName, 'HELLO_INVALID'),
    language: readOptionalId('language', hello.language, 'HELLO_INVALID'),
    nodes: decodeDefinitions(hello.nodes ?? []),
    capacity: decodeCapacity(hello.capacity, 'HELLO_INVALID'),
    sessionId: readOptionalId('session_id', hello.sessionId, 'HELLO_INVALID'),
    heldLeases: heldLeases.map(decodeHeldLease),
    ...(hello.processId && { processId: readId('process_id', hello.processId, 'HELLO_INVALID') }),
  };
}
