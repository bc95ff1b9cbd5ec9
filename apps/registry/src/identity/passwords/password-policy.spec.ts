import { checkPassword } from './password-policy.js';

const ada = { email: 'ada.lovelace@engine.example', name: 'Ada Lovelace' };

describe('checkPassword', () => {
  it.each(['correct horse battery', 'lovelace-likes-tea-at-five', 'пароль длинный очень'])('takes %p', (password) => {
    expect(() => checkPassword(password, ada)).not.toThrow();
  });

  it.each(['short', 'aaaaaaaaaaaaaaaaaaa', 'abababababababab', 'lovelace2026', 'kernelcast-engine', 'Kernelcast1234'])(
    'refuses %p',
    (password) => {
      expect(() => checkPassword(password, ada)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    },
  );
});
