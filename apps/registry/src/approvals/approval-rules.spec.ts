import type { GateResult } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { obstaclesPassedOver, type ApprovalQuestion } from './approval-rules.js';

const gate: GateResult = {
  gate: 'accuracyFloor',
  enforcement: 'required',
  measured: 0.8,
  limit: 0.9,
  verdict: 'failed',
  detail: '80.0 % of the test images are right',
};
const asked = (more: Partial<ApprovalQuestion>): string[] =>
  obstaclesPassedOver({ person: 'ann', isAdmin: false, requestedBy: 'bob', inTheWay: [], ...more });
const refusalOf = (more: Partial<ApprovalQuestion>): AppError => {
  try {
    asked(more);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was not refused');
};
const override = { reason: 'the test images are mislabelled' };

describe('an approval', () => {
  it('of what somebody else ordered, with all gates passed, passes over nothing, whatever it brings along', () => {
    expect([asked({}), asked({ isAdmin: true, override }), asked({ override })]).toEqual([[], [], []]);
  });

  it('is not for who ordered the training, admin or not', () => {
    for (const isAdmin of [false, true]) {
      expect(refusalOf({ requestedBy: 'ann', isAdmin }).code).toBe('approval_forbidden');
    }
  });

  it('is refused with every gate that is in the way', () => {
    const error = refusalOf({ inTheWay: [gate, { ...gate, gate: 'beatsHead', verdict: 'not_measured' }] });
    expect(error.code).toBe('gates_failed');
    expect(error.errors?.map(({ pointer }) => pointer)).toEqual(['/gates/accuracyFloor', '/gates/beatsHead']);
  });

  it('passes over what is in the way by the word of an admin, and of nobody else', () => {
    const question = { requestedBy: 'ann', inTheWay: [gate], override };
    expect(asked({ ...question, isAdmin: true })).toEqual(['own_request', 'accuracyFloor']);
    expect(refusalOf(question).code).toBe('approval_forbidden');
  });
});
