import path from 'node:path';
import { tempDir } from '@kernelcast/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { digits } from './support/digits.js';
import { PlatformUnderTest } from './support/platform.js';
import { createTaskWithData, followJob, submitJob } from './support/road.js';

const LONG_MS = 300_000;
const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('the dashboard', () => {
  const folder = tempDir('e2e-dashboard');
  let platform: PlatformUnderTest;
  let browser: Browser | undefined;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    platform = await PlatformUnderTest.start(path.join(folder.path, 'data'));
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: BROWSER_FLAGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  }, LONG_MS);
  afterAll(async () => {
    await browser?.close();
    await platform.stop();
    folder.remove();
  }, LONG_MS);

  it('refuses a wrong key with the reason', async () => {
    await page.goto(platform.at.registryUrl);
    await page.getByRole('textbox', { name: 'API key' }).fill('kc_wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    // The refused requests are told to the console by the browser itself.
    expect(faults.splice(0).every((fault) => fault.includes('401'))).toBe(true);
  });

  it('logs in by the printed link, and leaves no key in the address', async () => {
    await page.goto('about:blank');
    await page.goto(platform.at.dashboardUrl);
    await page.getByRole('region', { name: 'Training jobs' }).waitFor();
    expect(page.url()).not.toContain('kc_');
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('kc_');
    await page.getByText('No job yet').waitFor();
    faults.length = 0;
  });

  it(
    'shows a job moving, its curve, and its result',
    async () => {
      const { labels, zip } = await digits({ classes: 2, train: 30, test: 10 });
      const datasetVersion = await createTaskWithData(platform, { name: 'live', labels, zip });
      const id = await submitJob(platform, {
        task: 'live',
        datasetVersion,
        hyperparameters: { steps: 150, batchSize: 16 },
      });
      const jobs = page.getByRole('region', { name: 'Training jobs' });
      await jobs.getByRole('button', { name: 'Curve' }).click();
      await jobs.getByRole('img', { name: /Loss curve, ([2-9]|\d\d+) points/ }).waitFor({ timeout: LONG_MS });
      await followJob(platform, id);
      await jobs.getByText('succeeded').waitFor();
      await page.getByRole('region', { name: 'Tasks' }).getByText('v1 registered').waitFor();
      expect(faults).toEqual([]);
    },
    LONG_MS,
  );
});
