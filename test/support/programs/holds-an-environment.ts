/**
 * A program with a test environment that it never stops: prints `ready`. Its state manager is the child of a shell, as
 * one that npx starts is.
 */
import { startTestEnvironment } from '@fanout/runtime/testing';

const { FANOUT_STATE_MANAGER = '' } = process.env;
await startTestEnvironment({ command: ['sh', '-c', `${FANOUT_STATE_MANAGER}; exit $?`] });
console.log('ready');
