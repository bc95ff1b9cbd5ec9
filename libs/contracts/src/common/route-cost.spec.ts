import { registryRoutes } from '../registry/routes.js';
import { routeCost } from './route-cost.js';

describe('the cost of an operation', () => {
  it('is least for reads and for the parts of an upload, more for changes, most for what reads or makes much', () => {
    expect(routeCost(registryRoutes.listTrainingJobs)).toBe(1);
    expect(routeCost(registryRoutes.listTrainingJobEvents)).toBe(1);
    expect(routeCost(registryRoutes.appendToDatasetUpload)).toBe(1);
    expect(routeCost(registryRoutes.updateTask)).toBe(2);
    expect(routeCost(registryRoutes.createTrainingJob)).toBe(5);
    expect(routeCost(registryRoutes.downloadModulatorVersion)).toBe(10);
    expect(routeCost(registryRoutes.exportAuditEvents)).toBe(50);
  });
});
