import type { ProblemName } from '../reply.ts'
import type { RouteName } from '../routes.ts'

/**
 * Problems that a route answers with, besides those that any route has: what is wrong with the token, what does not
 * fit, and faults of ours.
 */
const dockAsked = ['unknown-dock', 'dock-absent', 'command-not-sent'] as const
const keyed = ['idempotency-key-reused', 'not-found'] as const
const uploading = ['dock-busy', 'upload-too-long'] as const
const steered = [
  ...(['unknown-campaign', 'campaign-watches', 'wrong-campaign-state', 'campaign-deleted'] as const),
] as const

export const refusals: Readonly<Record<RouteName, readonly ProblemName[]>> = {
  getOpenApi: [],
  getAsyncApi: [],
  getOverview: [],
  registerDock: ['already-exists'],
  changeDock: ['unknown-dock'],
  deleteDock: ['unknown-dock', 'dock-in-use'],
  getDock: ['unknown-dock'],
  listDocks: [],
  getDockAlarms: ['unknown-dock'],
  listAlarms: [],
  getDebugMode: ['unknown-dock'],
  openDebugMode: ['unknown-dock', 'dock-absent', 'dock-not-idle', 'debug-mode-held'],
  closeDebugMode: ['unknown-dock'],
  putCollection: ['unknown-collection', 'too-many-collections'],
  getCollection: ['unknown-collection'],
  listCollections: [],
  runCollection: ['unknown-collection', 'collection-disabled', ...keyed],
  listCollectionRuns: ['unknown-collection'],
  getCollectionRun: ['unknown-collection', 'not-found'],
  deleteCollection: ['unknown-collection'],
  createDockAccount: ['unknown-dock', 'dock-has-account'],
  listDockAccounts: [],
  rotateDockAccount: ['unknown-dock-account', 'dock-account-revoked'],
  revokeDockAccount: ['unknown-dock-account'],
  requestListing: [...dockAsked, ...keyed],
  getListing: ['unknown-dock', 'not-found'],
  getLogs: ['unknown-dock'],
  startUpload: [...dockAsked, ...keyed, ...uploading, 'no-listing'],
  listDockUploads: ['unknown-dock'],
  getUpload: ['unknown-dock', 'not-found'],
  listUploadHistory: ['unknown-dock', 'not-found'],
  listUploads: [],
  cancelUpload: ['unknown-dock', 'not-found', 'upload-ended', 'command-not-sent'],
  retryUpload: [...dockAsked, ...keyed, ...uploading, 'upload-open', 'nothing-to-retry'],
  lendCredentials: ['unknown-dock', 'not-found', 'upload-ended'],
  downloadArchive: ['unknown-dock', 'not-found', 'archive-not-stored', 'archive-expired'],
  deleteArchive: ['unknown-dock', 'not-found', 'upload-open'],
  checkStorage: [],
  registerDevice: ['already-exists'],
  changeDevice: ['unknown-device'],
  deleteDevice: ['unknown-device', 'device-in-use'],
  getDevice: ['unknown-device'],
  listDevices: [],
  openUpgradeAttempt: [
    ...(['unknown-device', 'unknown-campaign', 'unknown-package', 'another-attempt-open'] as const),
    'campaign-deleted',
    ...(['already-in-campaign', 'campaign-aborted', 'wrong-campaign-state', 'package-not-ready'] as const),
  ],
  closeUpgradeAttempt: ['unknown-device', 'not-found', 'attempt-ended'],
  getUpgrade: ['unknown-device'],
  listUpgradeAttempts: ['unknown-device'],
  listUpgradeReports: ['unknown-device', 'not-found'],
  listUpgrades: [],
  takeDeviceEvents: [],
  putCampaign: [
    'campaign-deleted',
    'campaign-aborted',
    'campaign-has-devices',
    'package-not-ready',
    'already-exists',
  ],
  changeCampaign: [
    'unknown-campaign',
    'campaign-deleted',
    'campaign-aborted',
    'campaign-has-devices',
    'package-not-ready',
  ],
  deleteCampaign: ['unknown-campaign', 'campaign-in-use'],
  addCampaignDevices: ['unknown-campaign', 'campaign-aborted', 'campaign-started', 'campaign-deleted'],
  getCampaign: ['unknown-campaign'],
  listCampaigns: [],
  listCampaignDevices: ['unknown-campaign'],
  startCampaign: [...steered, 'campaign-empty', 'package-not-ready'],
  pauseCampaign: [...steered],
  resumeCampaign: [...steered],
  approveCampaign: [...steered, 'approval-by-maker'],
  dryRunCampaign: ['unknown-campaign', 'campaign-watches'],
  getCampaignCurve: ['unknown-campaign'],
  listCampaignHistory: ['unknown-campaign'],
  listSkippedDevices: ['unknown-campaign'],
  abortCampaign: ['unknown-campaign', 'campaign-deleted'],
  putPackage: ['package-fixed', 'package-deleted', 'package-downloads-off'],
  uploadPackage: ['unknown-package', 'package-fixed', 'package-deleted'],
  completePackageUpload: ['unknown-package', 'package-not-uploaded', 'package-deleted'],
  getPackage: ['unknown-package'],
  listPackages: [],
  deletePackage: ['unknown-package', 'package-in-use'],
  putOrganization: [],
  listOrganizations: [],
  createBindingCode: ['unknown-organization'],
  listBindingCodes: ['unknown-organization'],
  revokeBindingCode: ['unknown-organization', 'unknown-binding-code'],
  unbindDock: ['unknown-dock'],
  putWebhook: ['too-many-webhooks'],
  getWebhook: ['unknown-webhook'],
  listWebhooks: [],
  rotateWebhookSecret: ['unknown-webhook'],
  testWebhook: ['unknown-webhook', 'webhook-ended'],
  listWebhookDeliveries: ['unknown-webhook'],
  replayWebhook: ['unknown-webhook', 'webhook-ended'],
  deleteWebhook: ['unknown-webhook'],
  listRejectedMessages: [],
}

/** Statuses of success besides the usual one: what is so already, or was not there before. */
export const alsoAnswered: Readonly<Partial<Record<RouteName, readonly number[]>>> = {
  openUpgradeAttempt: [200],
  putWebhook: [201],
}

/** Reads whose answer is another each time, and for the caller alone. */
export const keptBack: readonly RouteName[] = ['downloadArchive']
