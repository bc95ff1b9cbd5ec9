import { aliasRoutes } from './routes/aliases.routes.js';
import { approvalRoutes } from './routes/approvals.routes.js';
import { auditRoutes } from './routes/audit.routes.js';
import { baseNetworkRoutes } from './routes/base-networks.routes.js';
import { bundleRoutes } from './routes/bundles.routes.js';
import { datasetUploadRoutes } from './routes/dataset-uploads.routes.js';
import { datasetRoutes } from './routes/datasets.routes.js';
import { fleetRoutes } from './routes/fleet.routes.js';
import { garbageRoutes } from './routes/garbage.routes.js';
import { identityRoutes } from './routes/identity.routes.js';
import { modulatorRoutes } from './routes/modulators.routes.js';
import { oidcRoutes } from './routes/oidc.routes.js';
import { projectRoutes } from './routes/projects.routes.js';
import { rolloutRoutes } from './routes/rollouts.routes.js';
import { versionInsightRoutes } from './routes/version-insights.routes.js';
import { signingKeyRoutes } from './routes/signing-keys.routes.js';
import { taskRoutes } from './routes/tasks.routes.js';
import { trainerRoutes } from './routes/trainers.routes.js';
import { trainingJobRoutes } from './routes/training-jobs.routes.js';
import { webhookRoutes } from './routes/webhooks.routes.js';
import { userRoutes } from './routes/users.routes.js';

/** Every operation of the registry's `/v1` API. */
export const registryRoutes = {
  ...projectRoutes,
  ...auditRoutes,
  ...baseNetworkRoutes,
  ...datasetRoutes,
  ...datasetUploadRoutes,
  ...taskRoutes,
  ...aliasRoutes,
  ...trainingJobRoutes,
  ...trainerRoutes,
  ...modulatorRoutes,
  ...approvalRoutes,
  ...versionInsightRoutes,
  ...signingKeyRoutes,
  ...fleetRoutes,
  ...rolloutRoutes,
  ...bundleRoutes,
  ...identityRoutes,
  ...webhookRoutes,
  ...oidcRoutes,
  ...userRoutes,
  ...garbageRoutes,
};
