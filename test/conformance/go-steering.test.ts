import { testScenarios } from './scenarios-of.ts';

testScenarios('go', 'open-fan-out', 'cancelling', 'capacity', 'access', 'together');
