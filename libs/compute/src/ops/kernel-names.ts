/** Kernels that tfjs does not have; backends that lack them compute the same from tfjs' own operations. */
export const BATCH_NORM_TRAIN = 'KernelcastBatchNormTrain';
export const BATCH_NORM_TRAIN_GRADIENT = 'KernelcastBatchNormTrainGradient';
export const MODULATE_KERNEL = 'KernelcastModulateKernel';
export const MODULATE_KERNEL_BY = 'KernelcastModulateKernelBy';
export const MODULATE_KERNEL_GRADIENT = 'KernelcastModulateKernelGradient';
export const ADD_ACTIVATE = 'KernelcastAddActivate';
export const ACTIVATION_GRADIENT = 'KernelcastActivationGradient';
export const SPREAD_ROWS = 'KernelcastSpreadRows';
export const BATCH_NORM_CENTRED = 'KernelcastBatchNormCentred';
export const BATCH_NORM_CENTRED_GRADIENT = 'KernelcastBatchNormCentredGradient';
export const BATCH_NORM_GIVEN = 'KernelcastBatchNormGiven';
export const BATCH_NORM_GIVEN_INPUT_GRADIENT = 'KernelcastBatchNormGivenInputGradient';
export const BATCH_NORM_GIVEN_PARAMETER_GRADIENT = 'KernelcastBatchNormGivenParameterGradient';
