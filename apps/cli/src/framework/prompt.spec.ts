import { readSecret } from './prompt.js';

const piped = async function* (...chunks: string[]) {
  yield* chunks;
};

describe('readSecret', () => {
  it('takes what is piped, without the end of its line', async () => {
    expect(await readSecret(piped('kc_', 'abc\n'))).toBe('kc_abc');
  });

  it.each([[''], [' \n'], ['two\nlines'], ['x'.repeat(20_000)]])('takes no key from %j', async (text) => {
    await expect(readSecret(piped(text))).rejects.toMatchObject({ exitCode: 2 });
  });
});
