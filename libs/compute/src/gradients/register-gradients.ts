import { registerActivationGradients } from './activation.gradients.js';
import { registerConvGradients } from './conv.gradients.js';
import { registerPoolGradients } from './pool.gradients.js';
import { registerReduceGradients } from './reduce.gradients.js';

/** Registers our gradients over those of tfjs, which must have been loaded before. */
export function registerGradients(): void {
  registerConvGradients();
  registerActivationGradients();
  registerPoolGradients();
  registerReduceGradients();
}
