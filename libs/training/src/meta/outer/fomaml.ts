import { lossGradients, parameterOf, shareRight } from '../network/gradients.js';
import { adapt } from '../network/inner-loop.js';
import type { OuterTask, TaskGradient } from './task-gradient.js';

/**
 * First-order MAML (Finn et al. 2017, arXiv 1703.03400, section 5.2): the gradient of the query loss where adaptation
 * ended, taken as the gradient where it began. Second derivatives are left out.
 *
 * The same approximation gives the inner rates' gradients for nothing: an adapted parameter ends at
 * `θ0 − α·Σ g`, so with the step gradients g as constants `dL/d ln α = −⟨∇L, α·Σ g⟩ = −⟨∇L, θ0 − θK⟩`.
 */
export function fomaml({ graph, start, support, query, loop, learned }: OuterTask): TaskGradient {
  const adapted = adapt(graph, start, support, loop);
  const names = [...new Set([...learned, ...loop.rates.keys()])];
  let accuracy = NaN;
  const { loss, gradients } = lossGradients({ graph, parameters: adapted, names }, query, (logits) => {
    accuracy = shareRight(logits, query.labels);
  });
  const rateGradients = new Map<string, number>();
  for (const name of loop.rates.keys()) {
    const [from, to, slope] = [start, adapted, gradients].map((all) => parameterOf(all, name).dataSync<'float32'>());
    const along = slope?.reduce((sum, value, i) => sum + value * ((from?.[i] ?? NaN) - (to?.[i] ?? NaN)), 0);
    rateGradients.set(name, -(along ?? NaN));
  }
  const own = new Map(learned.map((name) => [name, parameterOf(gradients, name)]));
  return { loss: loss.dataSync<'float32'>()[0] ?? NaN, accuracy, gradients: own, rateGradients };
}
