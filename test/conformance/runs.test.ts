import { testScenarios } from './scenarios-of.ts';

testScenarios('fan-out', 'unites', 'endings', 'context', 'values', 'store', 'secrets');
