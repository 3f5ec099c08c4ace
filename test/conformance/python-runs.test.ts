import { testScenarios } from './scenarios-of.ts';

testScenarios('python', 'fan-out', 'unites', 'endings', 'context', 'values', 'store', 'secrets');
