import { mayName } from './alias-rules.js';

describe('an alias', () => {
  it.each(['champion', 'canary', 'production'])('called %s names approved versions only', (alias) => {
    const states = ['registered', 'approved', 'deprecated', 'quarantined', 'rejected', 'revoked'];
    expect(states.filter((state) => mayName(alias, state))).toEqual(['approved']);
  });

  it('of any other name names whatever has not been turned down or withdrawn', () => {
    const states = ['registered', 'approved', 'deprecated', 'quarantined', 'rejected', 'revoked'];
    expect(states.filter((state) => mayName('nightly', state))).toEqual(['registered', 'approved', 'deprecated']);
  });
});
