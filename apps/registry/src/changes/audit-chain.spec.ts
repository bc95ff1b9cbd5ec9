import { createHash } from 'node:crypto';
import { canonicalJson } from '@kernelcast/artifact';
import { chainHash, CHAIN_START, type AuditEntry } from './audit-chain.js';

const entry: AuditEntry = {
  at: new Date('2026-01-02T03:04:05.678Z'),
  projectId: 'prj_1',
  actor: 'key_1',
  action: 'task.create',
  resource: 'task_1',
  before: null,
  after: { name: 'digits', labels: ['0', '1'] },
  requestId: 'r1',
};

describe('chainHash', () => {
  it('does not depend on the order in which a database gives back the members of a value', () => {
    const reordered = { ...entry, after: { labels: ['0', '1'], name: 'digits' } };
    expect(chainHash(CHAIN_START, reordered)).toBe(chainHash(CHAIN_START, entry));
  });

  it.each(Object.keys(entry) as (keyof AuditEntry)[])('changes with %s', (field) => {
    const changed = { ...entry, [field]: field === 'at' ? new Date(0) : 'other' };
    expect(chainHash(CHAIN_START, changed)).not.toBe(chainHash(CHAIN_START, entry));
  });

  it('is what it was before there were projects, for what belongs to none', () => {
    const old = { ...entry, projectId: null };
    expect(chainHash(CHAIN_START, old)).toBe('36d1df8fa2ceeac251fd67fad38042d2e1b15b26ae590289ed9bdb9c91f34060');
  });

  it('is that of the canonical JSON of the entry with the hash before as a member', () => {
    const content = { ...entry, at: entry.at.toISOString(), previous: 'abc' };
    expect(chainHash('abc', entry)).toBe(createHash('sha256').update(canonicalJson(content)).digest('hex'));
  });

  it('changes with the hash before', () => {
    expect(chainHash('00', entry)).not.toBe(chainHash(CHAIN_START, entry));
  });
});
