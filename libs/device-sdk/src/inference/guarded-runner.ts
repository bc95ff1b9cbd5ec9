import type { EngineRunner } from './inference-engine.js';

/** A runner that may be disposed at any time: it is freed when the runs under way have ended. */
export function guardedRunner(runner: EngineRunner): EngineRunner {
  let running = 0;
  let wanted = true;
  const freeWhenIdle = (): void => {
    if (!wanted && running === 0) runner.dispose();
  };
  const guard = async <T>(run: () => Promise<T>): Promise<T> => {
    running++;
    try {
      return await run();
    } finally {
      running--;
      freeWhenIdle();
    }
  };
  return {
    predict: (images) => guard(() => runner.predict(images)),
    predictNormalised: (values) => guard(() => runner.predictNormalised(values)),
    dispose: () => {
      if (!wanted) return;
      wanted = false;
      freeWhenIdle();
    },
  };
}
