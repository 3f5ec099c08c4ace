import { testScenarios } from './scenarios-of.ts';

testScenarios('processes');
