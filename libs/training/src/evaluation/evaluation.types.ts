/** One image and what was made of it. */
export interface SamplePrediction {
  /** Position among the images. */
  readonly index: number;
  /** The truth. */
  readonly label: string;
  readonly predicted: string;
  /** Probability given to the prediction. */
  readonly confidence: number;
}

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
  /** The surest mistakes, then right answers from all over the images: to look at. */
  readonly samples: readonly SamplePrediction[];
  /** Class of the largest logit, by image, when asked for: two modulators can then be compared image by image. */
  readonly predictions?: Uint16Array;
  /** Probability given to each of those. */
  readonly confidences?: Float32Array;
}
