import type { DatasetFinding } from '@kernelcast/contracts';
import { MAX_FINDINGS } from '../dataset-limits.js';

/** A finding that makes the version invalid. */
export const fault = (code: DatasetFinding['code'], file: string, detail: string): DatasetFinding => ({
  code,
  severity: 'error',
  file,
  detail,
});

/** A finding that somebody should look at. */
export const hint = (code: DatasetFinding['code'], file: string, detail: string): DatasetFinding => ({
  ...fault(code, file, detail),
  severity: 'warning',
});

export interface FindingCounts {
  readonly errors: number;
  readonly warnings: number;
  readonly byCode: Record<string, number>;
}

/** Collects findings: all are counted, the first of each severity are kept. */
export class Findings {
  private readonly kept = { error: [] as DatasetFinding[], warning: [] as DatasetFinding[] };
  private readonly totals = { error: 0, warning: 0 };
  private readonly byCode = new Map<string, number>();

  add(...findings: readonly DatasetFinding[]): void {
    for (const finding of findings) {
      const { severity, code } = finding;
      this.totals[severity] += 1;
      this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
      if (this.kept[severity].length < MAX_FINDINGS) this.kept[severity].push(finding);
    }
  }

  get errors(): number {
    return this.totals.error;
  }

  /** Errors first; never more than `MAX_FINDINGS`. */
  list(): DatasetFinding[] {
    return [...this.kept.error, ...this.kept.warning].slice(0, MAX_FINDINGS);
  }

  counts(): FindingCounts {
    return { errors: this.totals.error, warnings: this.totals.warning, byCode: Object.fromEntries(this.byCode) };
  }
}
