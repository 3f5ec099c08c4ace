import { testScenarios } from './scenarios-of.ts';

testScenarios('open-fan-out', 'cancelling', 'capacity', 'access', 'together');
