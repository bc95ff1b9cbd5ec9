import { dashboardFile } from './dashboard-files.js';

describe('dashboardFile', () => {
  it.each(['/', '/tasks', '/training-jobs/job_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2'])('answers %s with the page', (path) => {
    expect(dashboardFile(path)).toEqual({ file: 'index.html', immutable: false });
  });

  it('lets only files that are named by their content be kept', () => {
    expect(dashboardFile('/assets/index-Bx1.js')).toEqual({ file: 'assets/index-Bx1.js', immutable: true });
    expect(dashboardFile('/favicon.svg')).toEqual({ file: 'favicon.svg', immutable: false });
  });

  it.each(['/v1/nothing', '/v1', '/device/v1/manifest', '/openapi.json', '/docs/x'])('leaves %s to the API', (path) => {
    expect(dashboardFile(path)).toBeUndefined();
  });
});
