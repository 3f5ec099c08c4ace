import { testScenarios } from './scenarios-of.ts';

testScenarios('python', 'open-fan-out', 'cancelling', 'capacity', 'access', 'together');
