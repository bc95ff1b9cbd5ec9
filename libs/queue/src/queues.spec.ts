import { gpuTrainingQueue, trainingQueue, trainingQueueFor, trainingQueues } from './queues.js';

describe('the queues of training jobs', () => {
  it('keep jobs that need a GPU apart from those that anybody may take', () => {
    expect(trainingQueueFor('gpu')).toBe(gpuTrainingQueue);
    expect(trainingQueueFor('any')).toBe(trainingQueue);
    expect(gpuTrainingQueue.name).not.toBe(trainingQueue.name);
  });

  it('are all worked on by a trainer with a GPU', () => {
    expect(trainingQueues(true)).toEqual([gpuTrainingQueue, trainingQueue]);
  });

  it('leave a trainer without a GPU the jobs that need none', () => {
    expect(trainingQueues(false)).toEqual([trainingQueue]);
  });
});
