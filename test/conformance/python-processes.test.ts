import { testScenarios } from './scenarios-of.ts';

testScenarios('python', 'processes');
