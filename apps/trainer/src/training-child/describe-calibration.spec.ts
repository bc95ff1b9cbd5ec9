import { describeCalibration } from './describe-calibration.js';

it('says how many answers were right with which factor, and how many are left to try', () => {
  expect(describeCalibration({ factor: 0.25, accuracy: 0.7125, tried: 3, factors: 5 })).toBe(
    'Inner rates times 0.25: 71.3 % right on training classes (3 of 5)',
  );
});
