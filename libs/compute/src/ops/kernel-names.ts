/** Kernels that tfjs does not have; backends that lack them compute the same from tfjs' own operations. */
export const BATCH_NORM_TRAIN = 'KernelcastBatchNormTrain';
export const BATCH_NORM_TRAIN_GRADIENT = 'KernelcastBatchNormTrainGradient';
export const MODULATE_KERNEL = 'KernelcastModulateKernel';
export const MODULATE_KERNEL_GRADIENT = 'KernelcastModulateKernelGradient';
export const ADD_ACTIVATE = 'KernelcastAddActivate';
export const ACTIVATION_GRADIENT = 'KernelcastActivationGradient';
export const SPREAD_ROWS = 'KernelcastSpreadRows';
