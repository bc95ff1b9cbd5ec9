import { signingKeyStateSchema } from '@kernelcast/contracts';
import { keyStateAfter, TRUSTED, type KeyAction } from './key-transitions.js';

it('keys change in these ways and in no other; the active one only by another that takes its place', () => {
  const actions: KeyAction[] = ['activate', 'retire', 'compromise'];
  const changes = signingKeyStateSchema.options.flatMap((state) =>
    actions.flatMap((action) => {
      const to = keyStateAfter(state, action);
      return to === undefined ? [] : [`${state} ${action} ${to}`];
    }),
  );
  expect(changes).toEqual([
    'published activate active',
    'published retire retired',
    'published compromise compromised',
    'retired compromise compromised',
  ]);
  expect(TRUSTED).not.toContain('compromised');
});
