import { tensorFlowEnvironment } from './native-environment.js';

describe('the environment of TensorFlow', () => {
  it('has oneDNN on and leaves the number of threads to TensorFlow', () => {
    const environment = tensorFlowEnvironment(undefined);
    expect(environment).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
    expect(Object.keys(environment)).not.toContain('TF_NUM_INTRAOP_THREADS');
  });

  it('limits the threads of one operation where told to', () => {
    expect(tensorFlowEnvironment(3)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '3', OMP_NUM_THREADS: '3' });
  });
});
