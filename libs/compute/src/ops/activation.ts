export type Activation = 'none' | 'relu' | 'relu6';

/** The kernels' codes (`assembly/activation.ts`). */
export const ACTIVATION_CODE: Readonly<Record<Activation, number>> = { none: 0, relu: 1, relu6: 2 };
