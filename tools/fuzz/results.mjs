// What Schemathesis says of its runs, in one table.
import { existsSync, readFileSync } from 'node:fs';

/**
 * @param code with which Schemathesis ended
 * @param file its report as JSON; missing when it could not begin
 */
export const resultOf = (role, code, file) => {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  return {
    role,
    operations: report?.operations.tested ?? 0,
    of: report?.operations.total ?? 0,
    cases: report?.test_cases.generated ?? 0,
    failures: report?.test_cases.unique_failures ?? 0,
    errors: (report?.errors.length ?? 0) + (report?.operations.errored ?? 0),
    seconds: Math.round(report?.running_time ?? 0),
    passed: code === 0 && report?.complete === true,
  };
};

const COLUMNS = ['operations', 'of', 'cases', 'failures', 'errors', 'seconds'];
const WIDTH = 12;

export const printTable = (results, { seed, examples }) => {
  console.log(`\nseed ${seed}, ${examples} examples an operation`);
  console.log(`${'as'.padEnd(WIDTH)}${COLUMNS.map((name) => name.padStart(WIDTH)).join('')}`);
  for (const result of results) {
    const columns = COLUMNS.map((name) => String(result[name]).padStart(WIDTH)).join('');
    console.log(`${result.role.padEnd(WIDTH)}${columns}${result.passed ? '' : '  failed'}`);
  }
};
