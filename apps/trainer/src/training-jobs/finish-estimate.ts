/** Weight of a new measurement: follows a change of pace within about ten reports. */
const SMOOTHING = 0.2;

/** Tells from the steps seen so far when the last one will be done. Knows this attempt only: another worker, another pace. */
export class FinishEstimate {
  private last: { step: number; atMs: number } | undefined;
  private msPerStep: number | undefined;

  /** Takes a report made at `nowMs` (milliseconds since the epoch); `undefined` until two reports tell a pace. */
  update({ step, steps }: { step: number; steps: number }, nowMs: number): Date | undefined {
    if (this.last !== undefined && step > this.last.step) {
      const measured = (nowMs - this.last.atMs) / (step - this.last.step);
      this.msPerStep =
        this.msPerStep === undefined ? measured : this.msPerStep + SMOOTHING * (measured - this.msPerStep);
    }
    if (this.last === undefined || step > this.last.step) this.last = { step, atMs: nowMs };
    return this.msPerStep === undefined ? undefined : new Date(Math.round(nowMs + (steps - step) * this.msPerStep));
  }
}
