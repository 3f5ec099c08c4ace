import { testScenarios } from './scenarios-of.ts';

testScenarios('connection');
