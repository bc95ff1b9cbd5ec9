import { recordAnswer, recordFault, shownRequestHead } from './attempt-record.js';

describe('the log of deliveries', () => {
  it('shows no signature and no query', () => {
    const headers = { 'webhook-id': 'evt_1', 'webhook-signature': 'v1,abc=' };
    const head = shownRequestHead('https://example.com/hook?token=hidden', headers);
    expect(head).toMatchObject({ host: 'example.com', path: '/hook?[redacted]', 'webhook-id': 'evt_1' });
    expect(JSON.stringify(head)).not.toMatch(/hidden|abc/);
  });

  it('keeps a bounded part of the answer, without cookies and without an echoed signature', () => {
    const headers = { server: 'x'.repeat(999), 'set-cookie': ['session=hidden'], 'x-other': 'hidden' };
    const body = `\0you sent v1,abc= ${'y'.repeat(5000)}`;
    const record = recordAnswer({ status: 500, headers, body }, 'v1,abc=');
    expect(record.responseHead).toEqual({ server: 'x'.repeat(200) });
    expect(record.responseBody).toHaveLength(1024);
    expect(record.responseBody).toMatch(/^\uFFFDyou sent \[redacted\] y/);
  });

  it('names the kind of a fault and no address', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    expect(recordFault(refused)).toEqual({ status: null, error: 'ECONNREFUSED', responseBody: null });
  });
});
