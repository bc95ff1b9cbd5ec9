import * as tf from '@tensorflow/tfjs-core';
import { lossGradients, parameterOf, shareRight } from '../network/gradients.js';
import { adaptHead, move } from '../network/inner-loop.js';
import type { OuterTask, TaskGradient } from './task-gradient.js';

/**
 * Reptile (Nichol et al. 2018, arXiv 1803.02999) where the inner loop moves a part of the parameters only. For those
 * that move, Reptile's direction `(θ0 − θK) / α` is the sum of their gradients along the way; the same sum serves
 * those that stay. After the head's own steps batches alternate between query and support images, as Reptile learns
 * from what two batches of a task have in common. The inner rates keep their values: there is no loss at the end to
 * judge them by.
 *
 * Loss and accuracy are of the query images before the first step on them.
 */
export function reptile({ graph, start, support, query, loop, learned }: OuterTask): TaskGradient {
  const names = [...new Set([...learned, ...loop.rates.keys()])];
  const sums = new Map(learned.map((name) => [name, tf.zerosLike(parameterOf(start, name))]));
  let current = adaptHead(graph, start, support, loop);
  let [loss, accuracy] = [NaN, NaN];
  for (let step = 0; step < loop.steps; step++) {
    const batch = step % 2 === 0 ? query : support;
    const taken = lossGradients({ graph, parameters: current, names }, batch, (logits) => {
      if (step === 0) accuracy = shareRight(logits, query.labels);
    });
    if (step === 0) loss = taken.loss.dataSync<'float32'>()[0] ?? NaN;
    for (const [name, sum] of sums) sums.set(name, tf.add(sum, parameterOf(taken.gradients, name)));
    current = new Map([...current, ...move(current, taken.gradients, loop.rates)]);
  }
  return { loss, accuracy, gradients: sums };
}
