import type { TestContext } from 'node:test'
import * as z from 'zod/mini'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { createClock } from '../../local/clock.ts'
import { withDockServer } from '../../local/dock-server.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { announced } from '../support/packages.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { mustOf, newDockSn, newFleet, openLocal } from '../support/story.ts'
import { deviceStory } from '../support/upgrades.ts'

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

/** A request that is right in all but who makes it. */
export type Ask = { path: string; body?: unknown }

const Listings = z.object({ id: z.string() })

/**
 * A backend that wants tokens, with everything in one fleet that a route can be about: docks with an upload
 * that has arrived, one that is open and one that has failed, a device that upgrades, a campaign, packages,
 * and a message that nobody could understand.
 */
export const fleetAtWork = async (t: TestContext) => {
  const clock = createClock()
  const local = await openLocal(t, {
    ...withDockServer(),
    clock,
    auth: true,
    alter: ({ Resources }) => {
      for (const { Type, Properties } of Object.values(Resources))
        if (Type === 'AWS::ApiGatewayV2::Stage' && Properties)
          Properties.DefaultRouteSettings = { ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 5000 }
    },
  })
  const token = await local.token({ scopes: ['groundcrew/admin', 'groundcrew/ingest'] })
  const must = mustOf((method, path, body) => local.api(method, path, body, { token }))
  const backend = {
    ...local,
    must,
    api: (...[method, path, body, more]: Parameters<typeof local.api>) =>
      local.api(method, path, body, { token, ...more }),
  }
  const fleet = newFleet()
  const uploads = await withUploads(t, backend, fleet)
  const upgrades = await withUpgrades(t, backend, fleet)
  const organization = await withOrganization(backend, fleet)
  const packages = await withPackages(backend, fleet)
  const collection = await withCollection(backend, fleet)
  const webhook = webhookOf(fleet)
  await backend.must('PUT', webhook.path, webhook.settings)
  const spare = await withSpares(backend, fleet)
  // The listing is out of date, so that nothing changes by itself while it is looked at.
  await local.idle()
  clock.advance(60_000)
  await local.idle()
  const known = { fleet, organization, collection, webhook, spare, ...uploads, ...upgrades, ...packages }
  return { backend: local, must, fleet, ask: requests(known) }
}

type Working = Parameters<typeof dockByHand>[1]

/** A dock whose logs are known: the listing is there a moment before them. */
const listedDock = async (t: TestContext, backend: Working, fleet: string) => {
  const dock = await dockByHand(t, backend, { fleet })
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  await backend.until(dock.logs, ({ modules }) => modules.length === 2)
  const startUpload = async () => {
    const [upload, command] = await Promise.all([dock.start(), dock.hear()])
    return { upload, command }
  }
  return { ...dock, startUpload }
}

const withUploads = async (t: TestContext, backend: Working, fleet: string) => {
  const dock = await listedDock(t, backend, fleet)
  const arrived = await dock.startUpload()
  const lent = lentBy(arrived.command)
  await put(s3AsDock(t, lent), lent, 'logs')
  await dock.answer(arrived.command, { result: 0 })
  await dock.report(arrived.command, { status: 'ok', step: 3, percent: 100, size: 4 })
  await dock.uploadUntil(arrived.upload.id, 'verified')
  const { id: listing } = Listings.parse(
    await backend.must('POST', `${dock.path}/log-listings`, { modules: ['dock'] }),
  )
  await dock.publish(dock.topics.events, 'no JSON')

  const busy = await listedDock(t, backend, fleet)
  const open = await busy.startUpload()
  await busy.answer(open.command, { result: 0 })
  await busy.uploadUntil(open.upload.id, 'accepted')

  const refusing = await listedDock(t, backend, fleet)
  const failed = await refusing.startUpload()
  // Not 324012, after which halves would be uploaded a minute later.
  await refusing.answer(failed.command, { result: 324_013 })
  await refusing.uploadUntil(failed.upload.id, ({ state }) => state === 'rejected' || state === 'failed')

  const Rejected = z.object({ items: z.array(z.unknown()) })
  await backend.until(
    async () => Rejected.parse(await backend.must('GET', '/v1/rejected-messages')).items,
    (items) => items.length > 0,
  )
  const Account = z.object({ userName: z.string() })
  const { userName } = Account.parse(await backend.must('POST', '/v1/dock-accounts', { fleet }))
  return {
    dock: dock.path,
    account: `/v1/dock-accounts/${userName}`,
    listing,
    arrived: `${dock.path}/log-uploads/${arrived.upload.id}`,
    open: `${busy.path}/log-uploads/${open.upload.id}`,
    failed: `${refusing.path}/log-uploads/${failed.upload.id}`,
  }
}

const withUpgrades = async (_t: TestContext, backend: Working, fleet: string) => {
  const device = deviceStory(backend, `of-${fleet}`)
  const gateway = deviceStory(backend, `gateway-of-${fleet}`)
  for (const one of [gateway, device]) await one.register({ fleet })
  const { id } = await device.open('v2')
  const campaign = `/v1/campaigns/of-${fleet}`
  const settings = { name: 'Spring', package: 'firmware', targetVersion: 'v2', fleet }
  await backend.must('PUT', campaign, settings)
  return { deviceId: device.deviceId, gatewayId: gateway.deviceId, attempt: id, campaign, settings }
}

const withOrganization = async (backend: Pick<Working, 'must'>, fleet: string): Promise<Organization> => {
  const path = `/v1/organizations/of-${fleet}`
  await backend.must('PUT', path, { name: 'Acme' })
  const { id } = Listings.parse(await backend.must('POST', `${path}/binding-codes`, { fleet }))
  return { path, code: id }
}

const withPackages = async (backend: Pick<Working, 'must'>, fleet: string) => {
  const settings = { name: 'Spring', version: 'v2', package: 'firmware', fleet }
  const bytes = Buffer.from('firmware')
  const announcedFile = { fileName: 'v2.bin', ...announced(bytes) }
  const proved = `/v1/packages/proved-of-${fleet}`
  const fresh = `/v1/packages/of-${fleet}`
  for (const path of [fresh, proved]) await backend.must('PUT', path, settings)
  const link = UploadLink.parse(await backend.must('POST', `${proved}/upload`, announcedFile))
  await fetch(link.url, { method: 'PUT', headers: link.headers, body: bytes })
  await backend.must('POST', `${proved}/upload/complete`)
  return { package: fresh, proved, announcedFile, packageSettings: settings }
}

const UploadLink = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })

type Collecting = { path: string; run: string; settings: object }
const withCollection = async (
  backend: Pick<Working, 'must' | 'until'>,
  fleet: string,
): Promise<Collecting> => {
  const path = `/v1/collections/of-${fleet}`
  const settings = { fleet, logs: { modules: ['dock'], beforeSeconds: 60, afterSeconds: 3600 } }
  await backend.must('PUT', path, settings)
  await backend.must('POST', `${path}/run`, {})
  const Runs = z.object({ items: z.array(z.object({ id: z.string(), waitingFor: z.optional(z.string()) })) })
  const [first] = await backend.until(
    async () => Runs.parse(await backend.must('GET', `${path}/runs`)).items,
    ([run]) => run?.waitingFor === 'time',
  )
  return { path, settings, run: first?.id ?? '' }
}

/** Of which nothing runs, so that they can go. */
const withSpares = async (backend: Pick<Working, 'must'>, fleet: string) => {
  const dock = `/v1/docks/${newDockSn()}`
  const device = `/v1/devices/spare-of-${fleet}`
  const campaign = `/v1/campaigns/spare-of-${fleet}`
  for (const path of [dock, device]) await backend.must('PUT', path, { fleet })
  const settings = { name: 'Spare', package: 'firmware', targetVersion: 'v2', fleet }
  await backend.must('PUT', campaign, settings)
  return { dock, device, campaign }
}

type Organization = { path: string; code: string }
type Webhook = { path: string; settings: object }

/** Of what does not happen here: else it would change while it is looked at. */
const webhookOf = (fleet: string): Webhook => ({
  path: `/v1/webhooks/of-${fleet}`,
  settings: { url: 'http://127.0.0.1:9000/', types: ['groundcrew.package.refused.v1'], fleets: [fleet] },
})

type Known = {
  fleet: string
  organization: Organization
  collection: Collecting
  webhook: Webhook
  spare: Awaited<ReturnType<typeof withSpares>>
} & Awaited<ReturnType<typeof withUploads>> &
  Awaited<ReturnType<typeof withUpgrades>> &
  Awaited<ReturnType<typeof withPackages>>

const report = {
  services: [{ service_id: '$ota', event_type: 'version_report', paras: { fw_version: 'v1' } }],
}

/**
 * In the order of the route table, in which each can succeed: what ends something comes after what needs it.
 */
const requests = (known: Known): Record<RouteName, Ask> => {
  const device = `/v1/devices/${known.deviceId}`
  const attempt = `${device}/upgrade-attempts/${known.attempt}`
  const archive = `${known.arrived}/archives/dock`
  const webhook = known.webhook.path
  return {
    getOpenApi: { path: routes.getOpenApi.path },
    getAsyncApi: { path: routes.getAsyncApi.path },
    getOverview: { path: routes.getOverview.path },
    registerDock: { path: known.dock, body: {} },
    changeDock: { path: known.dock, body: { name: 'Changed' } },
    deleteDock: { path: known.spare.dock },
    getDock: { path: known.dock },
    listDocks: { path: routes.listDocks.path },
    createDockAccount: { path: routes.createDockAccount.path, body: { fleet: known.fleet } },
    listDockAccounts: { path: routes.listDockAccounts.path },
    rotateDockAccount: { path: `${known.account}/rotate` },
    revokeDockAccount: { path: known.account },
    getDockAlarms: { path: `${known.dock}/alarms` },
    listAlarms: { path: routes.listAlarms.path },
    getDebugMode: { path: `${known.dock}/debug-mode` },
    openDebugMode: { path: `${known.dock}/debug-mode/open`, body: {} },
    closeDebugMode: { path: `${known.dock}/debug-mode/close` },
    requestListing: { path: `${known.dock}/log-listings`, body: {} },
    getListing: { path: `${known.dock}/log-listings/${known.listing}` },
    getLogs: { path: `${known.dock}/logs` },
    startUpload: {
      path: `${known.dock}/log-uploads`,
      body: { selections: [{ module: 'dock', bootIndexes: [1] }] },
    },
    listDockUploads: { path: `${known.dock}/log-uploads` },
    getUpload: { path: known.arrived },
    listUploadHistory: { path: `${known.arrived}/history` },
    listUploads: { path: routes.listUploads.path },
    cancelUpload: { path: `${known.open}/cancel`, body: {} },
    retryUpload: { path: `${known.failed}/retry`, body: {} },
    lendCredentials: { path: `${known.open}/credentials` },
    downloadArchive: { path: `${archive}/download` },
    deleteArchive: { path: archive },
    checkStorage: { path: routes.checkStorage.path },
    registerDevice: { path: device, body: { parentId: known.gatewayId } },
    changeDevice: { path: device, body: { model: 'Changed' } },
    deleteDevice: { path: known.spare.device },
    openUpgradeAttempt: {
      path: `${device}/upgrade-attempts`,
      body: { package: 'firmware', targetVersion: 'v2' },
    },
    closeUpgradeAttempt: { path: `${attempt}/close` },
    getDevice: { path: device },
    listDevices: { path: routes.listDevices.path },
    getUpgrade: { path: `${device}/upgrade` },
    listUpgradeAttempts: { path: `${device}/upgrade-attempts` },
    listUpgradeReports: { path: `${attempt}/reports` },
    listUpgrades: { path: routes.listUpgrades.path },
    putCampaign: { path: known.campaign, body: known.settings },
    changeCampaign: { path: known.campaign, body: { name: 'Changed' } },
    deleteCampaign: { path: known.spare.campaign },
    addCampaignDevices: { path: `${known.campaign}/devices`, body: { deviceIds: [known.deviceId] } },
    getCampaign: { path: known.campaign },
    listCampaigns: { path: routes.listCampaigns.path },
    listCampaignDevices: { path: `${known.campaign}/devices` },
    startCampaign: { path: `${known.campaign}/start` },
    pauseCampaign: { path: `${known.campaign}/pause` },
    resumeCampaign: { path: `${known.campaign}/resume` },
    approveCampaign: { path: `${known.campaign}/approve`, body: { phase: 'all' } },
    dryRunCampaign: { path: `${known.campaign}/dry-run` },
    getCampaignCurve: { path: `${known.campaign}/curve` },
    listCampaignHistory: { path: `${known.campaign}/history` },
    listSkippedDevices: { path: `${known.campaign}/skipped-devices` },
    abortCampaign: { path: `${known.campaign}/abort` },
    putPackage: { path: known.package, body: known.packageSettings },
    uploadPackage: { path: `${known.package}/upload`, body: known.announcedFile },
    completePackageUpload: { path: `${known.proved}/upload/complete` },
    getPackage: { path: known.package },
    listPackages: { path: routes.listPackages.path },
    deletePackage: { path: known.package },
    takeDeviceEvents: {
      path: routes.takeDeviceEvents.path,
      body: [{ deviceId: known.deviceId, receivedAt: '2026-01-01T00:00:00Z', body: report }],
    },
    putOrganization: { path: known.organization.path, body: { name: 'Acme' } },
    listOrganizations: { path: routes.listOrganizations.path },
    createBindingCode: { path: `${known.organization.path}/binding-codes`, body: { fleet: known.fleet } },
    listBindingCodes: { path: `${known.organization.path}/binding-codes` },
    revokeBindingCode: { path: `${known.organization.path}/binding-codes/${known.organization.code}` },
    unbindDock: { path: `${known.dock}/organization` },
    putCollection: { path: known.collection.path, body: known.collection.settings },
    getCollection: { path: known.collection.path },
    listCollections: { path: routes.listCollections.path },
    runCollection: { path: `${known.collection.path}/run`, body: {} },
    listCollectionRuns: { path: `${known.collection.path}/runs` },
    getCollectionRun: { path: `${known.collection.path}/runs/${known.collection.run}` },
    deleteCollection: { path: known.collection.path },
    putWebhook: { path: webhook, body: known.webhook.settings },
    getWebhook: { path: webhook },
    listWebhooks: { path: routes.listWebhooks.path },
    rotateWebhookSecret: { path: `${webhook}/rotate-secret` },
    testWebhook: { path: `${webhook}/test` },
    listWebhookDeliveries: { path: `${webhook}/deliveries` },
    replayWebhook: {
      path: `${webhook}/replay`,
      body: { from: hoursAgo(2), to: hoursAgo(1) },
    },
    deleteWebhook: { path: webhook },
    listRejectedMessages: { path: routes.listRejectedMessages.path },
  }
}
