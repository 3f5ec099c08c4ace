import { testScenarios } from './scenarios-of.ts';

testScenarios('typescript', 'fan-out', 'unites', 'endings', 'context', 'values', 'store', 'secrets');
