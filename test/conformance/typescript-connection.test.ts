import { testScenarios } from './scenarios-of.ts';

testScenarios('typescript', 'connection');
