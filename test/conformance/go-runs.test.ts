import { testScenarios } from './scenarios-of.ts';

testScenarios('go', 'fan-out', 'unites', 'endings', 'context', 'values', 'store', 'secrets');
