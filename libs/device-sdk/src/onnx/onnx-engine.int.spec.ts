import * as ort from 'onnxruntime-web';
import { MODULATOR_ATTACKS } from '../testing/attacks/modulator-attacks.js';
import { aModulator } from '../testing/modulators.js';
import { servingDevice } from '../testing/serving-device.js';
import { enrolledDevice, images } from '../testing/test-device.js';
import { onnxEngine } from './onnx-engine.js';

beforeAll(() => {
  // One thread: workers would outlive the test.
  ort.env.wasm.numThreads = 1;
});

describe('a device on ONNX Runtime', () => {
  it('activates what was trained elsewhere, by its golden outputs, and answers as on tfjs', async () => {
    const onTfjs = await servingDevice();
    const { device, of } = await enrolledDevice(onTfjs.delivery, onTfjs.base, { engine: onnxEngine(ort) });
    expect((await device.poll()).status.slots).toMatchObject([{ version: 1, phase: 'active' }]);
    expect(of('verified')).toHaveLength(1);
    const [ours, theirs] = [
      await device.classify('digits', images(300)),
      await onTfjs.device.classify('digits', images(300)),
    ];
    expect(ours).toHaveLength(300);
    expect(ours.map(({ label }) => label)).toEqual(theirs.map(({ label }) => label));
    for (const [i, { probability }] of ours.entries())
      expect(probability).toBeCloseTo(theirs[i]?.probability ?? NaN, 4);
    await Promise.all([device.close(), onTfjs.device.close()]);
  });

  it('switches tasks in little memory while both are asked at once', async () => {
    const { delivery, base, good, device: other } = await servingDevice();
    const letters = await aModulator(base, { task: 'letters', seed: 3 });
    await delivery.publish({ slots: [{ modulator: good }, { modulator: letters }], version: 11 });
    const { device } = await enrolledDevice(delivery, base, { engine: onnxEngine(ort), maxResidentBytes: 1 });
    await device.poll();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => device.classify(i % 2 ? 'letters' : 'digits', images(3))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(2);
    await Promise.all([device.close(), other.close()]);
  });

  it.each(
    MODULATOR_ATTACKS.filter(({ attack }) => /golden|no layer/.test(attack)).map(
      (attack) => [attack.attack, attack] as const,
    ),
  )('refuses as on tfjs: %s', async (_, { prepare, code }) => {
    const test = await servingDevice();
    const { device } = await enrolledDevice(test.delivery, test.base, { engine: onnxEngine(ort) });
    await device.poll();
    await prepare(test);
    expect((await device.poll()).status.slots).toMatchObject([{ version: 1, phase: 'failed', failure: { code } }]);
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await Promise.all([device.close(), test.device.close()]);
  });
});
