/** The job that is measured: as short as a job can be. */
export const ORDER = {
  baseNetwork: 'resnet14-cifar10',
  method: 'km',
  budget: { paramsRatio: 0.014 },
  hyperparameters: { steps: 3, batchSize: 16, validationShare: 0 },
};
