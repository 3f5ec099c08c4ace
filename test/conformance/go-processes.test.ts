import { testScenarios } from './scenarios-of.ts';

testScenarios('go', 'processes');
