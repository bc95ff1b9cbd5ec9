/** How well a modulator does on held-out images. */
export interface Evaluation {
  /** Share of images whose largest logit is the right class. */
  readonly top1: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  readonly images: number;
  readonly perClass: readonly { readonly label: string; readonly accuracy: number; readonly images: number }[];
  /** Counts; rows are the truth, columns the prediction. */
  readonly confusion: readonly (readonly number[])[];
  /**
   * Expected calibration error: mean gap between confidence and accuracy over 15 bins of confidence
   * (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
   */
  readonly calibrationError: number;
  /** Class of the largest logit, by image, when asked for: two modulators can then be compared image by image. */
  readonly predictions?: Uint16Array;
}
