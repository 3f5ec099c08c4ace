import { testScenarios } from './scenarios-of.ts';

testScenarios('typescript', 'open-fan-out', 'cancelling', 'capacity', 'access', 'together');
