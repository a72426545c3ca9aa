import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { accountStore } from '../../lambdas/accounts/store.ts'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { type Permission, permissions } from '../../lambdas/http/route.ts'
import { wireApi } from '../support/api.ts'
import { wireCampaigns } from '../support/campaigns.ts'
import type { Answer, Call } from '../support/http-calls.ts'
import { noFiles, wirePackages } from '../support/packages.ts'
import { openTable } from '../support/table.ts'
import { progress, versions, wireUpgrades } from '../support/upgrades.ts'
import { wireWebhooks } from '../support/webhooks.ts'

/**
 * Whoever may do something in some fleets names what is of another, or of nobody. By nothing may the one be
 * told from the other: not by the answer, not by what it costs; and neither changes. A route that is added
 * does not compile before it says here what can be named with it.
 */

/** Names of one length, so that their items are of one size. */
type Names = {
  dockSn: string
  userName: string
  deviceId: string
  gatewayId: string
  campaignId: string
  fleet: string
}
const foreign = { dockSn: 'DOCKFOREIGN', deviceId: 'device-foreign', gatewayId: 'gateway-foreign' }
const nobodys = { dockSn: 'DOCKNOBODYS', deviceId: 'device-nobodys', gatewayId: 'gateway-nobodys' }
const names: Record<'foreign' | 'nobodys', Names> = {
  foreign: { ...foreign, userName: 'dockfwreagne', campaignId: 'campaign-foreign', fleet: 'fleet-foreign' },
  nobodys: { ...nobodys, userName: 'docknwbwdyss', campaignId: 'campaign-nobodys', fleet: 'fleet-nobodys' },
}
/** What the caller has, in each of these fleets: what nobody has put anywhere is in `default`. */
const own = (fleet: string): Names => ({
  dockSn: `DOCK${fleet.toUpperCase()}`,
  userName: fleet === 'south' ? 'docksxuthsxu' : 'dockdefaujtd',
  deviceId: `device-${fleet}`,
  gatewayId: `gateway-${fleet}`,
  campaignId: `campaign-${fleet}`,
  fleet,
})
const ownFleets = ['south', 'default']
const callers = [['south'], ['default'], ['south', 'default']]

/** Ids of records that there are of what is foreign: who knows them learns no more. */
type Ids = { upload: string; listing: string; attempt: string; run: string }
type Case = (other: Names, mine: Names, ids: Ids) => Call

const ofDock: Case = ({ dockSn }) => ({ params: { dockSn } })
const ofUpload: Case = ({ dockSn }, _, { upload }) => ({ params: { dockSn, id: upload } })
const ofArchive: Case = ({ dockSn }, _, { upload }) => ({ params: { dockSn, id: upload, module: 'dock' } })
const ofAccount: Case = ({ userName }) => ({ params: { userName } })
const ofDevice: Case = ({ deviceId }) => ({ params: { deviceId } })
const ofAttempt: Case = ({ deviceId }, _, { attempt }) => ({ params: { deviceId, id: attempt } })
const ofCampaign: Case = ({ campaignId }) => ({ params: { id: campaignId } })
const ofPackage: Case = ({ campaignId }) => ({ params: { id: campaignId } })
const ofCollection: Case = ({ campaignId }) => ({ params: { id: campaignId } })
const ofRun: Case = ({ campaignId }, _, { run }) => ({ params: { id: campaignId, runId: run } })
const ofWebhook: Case = ({ campaignId }) => ({ params: { id: campaignId } })
const inFleet: Case = ({ fleet }) => ({ query: { fleet } })
const withBody =
  (of: Case, body: (...args: Parameters<Case>) => unknown): Case =>
  (...args) => ({ ...of(...args), body: body(...args) })
const mine =
  (of: Case): Case =>
  (_, own, ids) =>
    of(own, own, ids)
const onlyIfNew =
  (of: Case): Case =>
  (...args) => ({ ...of(...args), headers: { 'if-none-match': '*' } })
const upgrade = { package: 'firmware', targetVersion: 'v2' }
const packaged = { name: 'Mine', version: 'v2', package: 'firmware' }
const logs = { modules: ['dock'], newestBoots: 1 }
const hooked = { url: 'https://receiver.example/', types: ['groundcrew.*'] }
const span = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }
const file = { fileName: 'v2.bin', size: 1, sha256: '0'.repeat(64), md5: '0'.repeat(32) }
const said = { services: [progress(20, 'v1'), versions('v1')] }

const cases: Record<RouteName, readonly Case[]> = {
  getOpenApi: [],
  getAsyncApi: [],
  getOverview: [inFleet],
  registerDock: [
    onlyIfNew(withBody(ofDock, () => ({}))),
    withBody(ofDock, () => ({})),
    withBody(ofDock, () => ({ name: 'Mine', aircraftSn: '1581F' })),
    withBody(ofDock, (_, { fleet }) => ({ fleet })),
    withBody(ofDock, ({ fleet }) => ({ fleet })),
    withBody(mine(ofDock), ({ fleet }) => ({ fleet })),
  ],
  changeDock: [
    withBody(ofDock, () => ({})),
    withBody(ofDock, () => ({ name: 'Mine', aircraftSn: null })),
    withBody(ofDock, (_, { fleet }) => ({ fleet })),
    withBody(ofDock, ({ fleet }) => ({ fleet })),
    withBody(mine(ofDock), ({ fleet }) => ({ fleet })),
  ],
  deleteDock: [ofDock],
  getDock: [ofDock],
  listDocks: [inFleet],
  createDockAccount: [
    ({ fleet }) => ({ body: { fleet } }),
    ({ fleet, dockSn }) => ({ body: { fleet, dockSn } }),
    ({ dockSn }, { fleet }) => ({ body: { fleet, dockSn } }),
  ],
  listDockAccounts: [inFleet],
  rotateDockAccount: [ofAccount],
  revokeDockAccount: [ofAccount],
  getDockAlarms: [ofDock],
  listAlarms: [inFleet],
  getDebugMode: [ofDock],
  openDebugMode: [withBody(ofDock, () => ({}))],
  closeDebugMode: [ofDock],
  requestListing: [withBody(ofDock, () => ({}))],
  getListing: [({ dockSn }, _, { listing }) => ({ params: { dockSn, id: listing } })],
  getLogs: [ofDock],
  startUpload: [withBody(ofDock, () => ({ selections: [{ module: 'dock', bootIndexes: [1] }] }))],
  listDockUploads: [ofDock],
  getUpload: [ofUpload],
  listUploadHistory: [ofUpload],
  listUploads: [inFleet, ({ dockSn }) => ({ query: { dockSn } })],
  cancelUpload: [withBody(ofUpload, () => ({}))],
  retryUpload: [withBody(ofUpload, () => ({}))],
  lendCredentials: [ofUpload],
  downloadArchive: [ofArchive],
  deleteArchive: [ofArchive],
  checkStorage: [],
  registerDevice: [
    onlyIfNew(withBody(ofDevice, () => ({}))),
    withBody(ofDevice, () => ({})),
    withBody(ofDevice, (_, { fleet }) => ({ fleet })),
    withBody(ofDevice, ({ fleet }) => ({ fleet })),
    withBody(ofDevice, (_, { gatewayId }) => ({ parentId: gatewayId })),
    withBody(ofDevice, ({ gatewayId }) => ({ parentId: gatewayId })),
    withBody(mine(ofDevice), ({ gatewayId }) => ({ parentId: gatewayId })),
    withBody(mine(ofDevice), ({ fleet }) => ({ fleet })),
  ],
  changeDevice: [
    withBody(ofDevice, () => ({})),
    withBody(ofDevice, () => ({ model: 'Mine', parentId: null })),
    withBody(ofDevice, (_, { fleet }) => ({ fleet })),
    withBody(ofDevice, ({ fleet }) => ({ fleet })),
    withBody(ofDevice, ({ gatewayId }) => ({ parentId: gatewayId })),
    withBody(mine(ofDevice), ({ gatewayId }) => ({ parentId: gatewayId })),
    withBody(mine(ofDevice), ({ fleet }) => ({ fleet })),
  ],
  openUpgradeAttempt: [
    withBody(ofDevice, () => upgrade),
    withBody(ofDevice, (_, { campaignId }) => ({ ...upgrade, campaignId })),
    withBody(ofDevice, ({ campaignId }) => ({ ...upgrade, campaignId })),
    withBody(mine(ofDevice), ({ campaignId }) => ({ ...upgrade, campaignId })),
  ],
  closeUpgradeAttempt: [ofAttempt],
  deleteDevice: [ofDevice],
  getDevice: [ofDevice],
  listDevices: [inFleet],
  getUpgrade: [ofDevice],
  listUpgradeAttempts: [ofDevice],
  listUpgradeReports: [ofAttempt],
  listUpgrades: [
    inFleet,
    ({ deviceId }) => ({ query: { deviceId } }),
    ({ campaignId }) => ({ query: { campaignId } }),
  ],
  // Its name alone, of all names here, is free to choose: that another fleet has taken it can be told.
  putCampaign: [withBody(mine(ofCampaign), ({ fleet }) => ({ ...upgrade, name: 'Mine', fleet }))],
  changeCampaign: [
    withBody(ofCampaign, () => ({})),
    withBody(ofCampaign, () => ({ name: 'Mine' })),
    withBody(ofCampaign, (_, { fleet }) => ({ timeoutSeconds: 60, fleet })),
    withBody(ofCampaign, () => ({ fleet: null })),
    withBody(mine(ofCampaign), ({ fleet }) => ({ fleet })),
  ],
  deleteCampaign: [ofCampaign],
  addCampaignDevices: [
    withBody(ofCampaign, (_, { deviceId }) => ({ deviceIds: [deviceId] })),
    withBody(mine(ofCampaign), ({ deviceId }) => ({ deviceIds: [deviceId] })),
    withBody(mine(ofCampaign), ({ deviceId }) => ({ deviceIds: [deviceId], retry: true })),
  ],
  getCampaign: [ofCampaign],
  listCampaigns: [inFleet],
  listCampaignDevices: [ofCampaign],
  startCampaign: [ofCampaign],
  pauseCampaign: [ofCampaign],
  resumeCampaign: [ofCampaign],
  approveCampaign: [withBody(ofCampaign, () => ({ phase: 'all' }))],
  dryRunCampaign: [ofCampaign],
  getCampaignCurve: [ofCampaign],
  listCampaignHistory: [ofCampaign],
  listSkippedDevices: [ofCampaign],
  abortCampaign: [ofCampaign],
  // As with campaigns: its own name is free to choose.
  putPackage: [withBody(mine(ofPackage), ({ fleet }) => ({ ...packaged, fleet }))],
  uploadPackage: [withBody(ofPackage, () => file)],
  completePackageUpload: [ofPackage],
  getPackage: [ofPackage],
  listPackages: [inFleet],
  deletePackage: [ofPackage],
  takeDeviceEvents: [
    ({ deviceId }) => ({ body: [{ deviceId, body: said }] }),
    ({ deviceId }) => ({ body: [{ deviceId, body: { services: 7 } }] }),
    ({ gatewayId, deviceId }) => ({
      body: [{ deviceId: gatewayId, body: { object_device_id: deviceId, ...said } }],
    }),
    ({ deviceId }, { gatewayId }) => ({
      body: [{ deviceId: gatewayId, body: { object_device_id: deviceId, ...said } }],
    }),
  ],
  // Organizations are of no fleet, and their codes are named by nobody's name.
  putOrganization: [],
  listOrganizations: [],
  createBindingCode: [({ fleet }) => ({ params: { id: 'acme' }, body: { fleet } })],
  listBindingCodes: [],
  revokeBindingCode: [],
  unbindDock: [ofDock],
  putCollection: [
    withBody(mine(ofCollection), ({ fleet }) => ({ fleet, logs })),
    withBody(mine(ofCollection), ({ dockSn }) => ({ docks: [dockSn], logs })),
  ],
  getCollection: [ofCollection],
  listCollections: [inFleet],
  deleteCollection: [ofCollection],
  runCollection: [
    withBody(ofCollection, () => ({})),
    withBody(mine(ofCollection), ({ dockSn }) => ({ docks: [dockSn] })),
  ],
  listCollectionRuns: [ofCollection, (_, { campaignId }, __) => ({ params: { id: campaignId } })],
  getCollectionRun: [ofRun],
  putWebhook: [
    withBody(mine(ofWebhook), ({ fleet }) => ({ ...hooked, fleets: [fleet] })),
    withBody(ofWebhook, ({ fleet }) => ({ ...hooked, fleets: [fleet] })),
    withBody(ofWebhook, () => hooked),
  ],
  getWebhook: [ofWebhook],
  listWebhooks: [inFleet],
  rotateWebhookSecret: [ofWebhook],
  testWebhook: [ofWebhook],
  listWebhookDeliveries: [ofWebhook],
  replayWebhook: [withBody(ofWebhook, () => span)],
  deleteWebhook: [ofWebhook],
  listRejectedMessages: [
    ({ dockSn }) => ({ query: { source: dockSn } }),
    ({ deviceId }) => ({ query: { source: deviceId } }),
  ],
}

const routeNames = Object.keys(cases).filter((name): name is RouteName => name in routes)
const holders = (needed: Permission): Permission[] =>
  permissions.filter((held) => held === needed || (held === 'admin' && needed !== 'ingest'))

type World = ReturnType<typeof openTable>

/** Everything there is in the foreign fleet and in the callers' own, and nothing of nobody. */
const settle = async (world: World) => {
  const packages = wirePackages(world.table, noFiles)
  const webhooks = wireWebhooks(world.table)
  const [api, upgrades, campaigns] = [
    wireApi(world.table),
    wireUpgrades(world.table),
    wireCampaigns(world.table),
  ]
  const must = async (status: number, answer: Promise<Answer>): Promise<string> => {
    const { text, status: got } = await answer
    assert.equal(got, status, text)
    return z.object({ id: z._default(z.string(), '') }).parse(JSON.parse(text)).id
  }
  const populate = async ({
    dockSn,
    userName,
    deviceId,
    gatewayId,
    campaignId,
    fleet,
  }: Names): Promise<Ids> => {
    await api.listedDock(dockSn, fleet)
    const account = {
      userName,
      fleet,
      dockSn,
      passwordHash: '',
      createdAt: 1,
      createdBy: 'me',
      clientIds: [],
    }
    assert.equal(await accountStore(world.table).create(account), 'created')
    const params = { dockSn }
    const body = { selections: [{ module: 'dock', bootIndexes: [1] }] }
    const upload = await must(202, api.call('startUpload', { params, body }))
    const listing = await must(202, api.call('requestListing', { params, body: {} }))
    for (const source of [dockSn, deviceId])
      await api.rejected.add(source, [{ reason: 'notJson', path: '', sample: '{', at: 1, times: 1 }])
    await upgrades.device(gatewayId).register({ fleet })
    const device = upgrades.device(deviceId)
    await device.register({ fleet, parentId: gatewayId })
    const { id: attempt } = await device.open()
    await device.say(1, progress(10, 'v1'))
    await campaigns.put(campaignId, { targetVersion: 'v2', fleet })
    await must(200, packages.call('putPackage', { params: { id: campaignId }, body: { ...packaged, fleet } }))
    await must(
      200,
      api.call('putCollection', { params: { id: campaignId }, body: { fleet, logs, name: 'Logs' } }),
    )
    await must(202, api.call('runCollection', { params: { id: campaignId }, body: {} }))
    const { body: runs } = await api.call('listCollectionRuns', { params: { id: campaignId } })
    const [first] = z.object({ items: z.array(z.object({ id: z.string() })) }).parse(runs).items
    const hook = { params: { id: campaignId }, body: { ...hooked, fleets: [fleet] } }
    await must(201, webhooks.call('putWebhook', hook))
    return { upload, listing, attempt, run: first?.id ?? '' }
  }
  const ids = await populate(names.foreign)
  for (const fleet of ownFleets) await populate(own(fleet))
  const call = (name: RouteName, of: Call): Promise<Answer> => {
    if (/Webhook/.test(name)) return webhooks.call(name as Parameters<typeof webhooks.call>[0], of)
    if (/Package/.test(name)) return packages.call(name as Parameters<typeof packages.call>[0], of)
    if (/Campaign|Skipped/.test(name)) return campaigns.call(name as Parameters<typeof campaigns.call>[0], of)
    return /Upgrade|Device/.test(name) ? upgrades.call(name, of) : api.call(name, of)
  }
  const sent = () => [api.sent.length, api.lent.length, upgrades.sent.length]
  return { ids, call, sent }
}

/** All that is not the caller's own to change. */
const notTheirs = async ({ table }: World): Promise<unknown[]> => {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new ScanCommand({ TableName: table.name, ConsistentRead: true }),
  )
  assert.equal(LastEvaluatedKey, undefined)
  const theirs = new Set(
    ownFleets
      .map(own)
      .flatMap(({ campaignId, gatewayId }) => [
        `CAMPAIGN#${campaignId}`,
        `PACKAGE#${campaignId}`,
        `REJECTED#${gatewayId}`,
      ]),
  )
  const hooks = new Set(ownFleets.map((fleet) => `WEBHOOK#${own(fleet).campaignId}`))
  return Items.filter(({ pk, sk }) => !theirs.has(String(pk)) && !hooks.has(String(sk))).sort((one, other) =>
    `${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1,
  )
}

/** An answer without the names that the caller gave. */
const nameless = ({ status, headers, text }: Answer, given: Names): unknown =>
  JSON.parse(
    Object.entries(given)
      .reduce(
        (told, [what, name]) => told.replaceAll(name, what),
        JSON.stringify({ status, headers: { ...headers, etag: undefined }, text }),
      )
      // Each request's own.
      .replaceAll(/urn:uuid:[0-9a-f-]{36}/g, 'instance'),
  )

const unitsOf = ({ used }: World, kind: 'read' | 'write'): number =>
  used.filter((usage) => usage.kind === kind).reduce((sum, { units }) => sum + units, 0)

suite('A record of another fleet and one that does not exist', () => {
  test('look the same to a caller with permission in some fleets', async (t) => {
    const world = openTable()
    const { ids, call, sent } = await settle(world)

    for (const name of routeNames.filter((one) => cases[one].length > 0))
      await t.test(name, async () => {
        const before = { items: await notTheirs(world), sent: sent() }
        for (const held of holders(routes[name].permission))
          for (const fleets of callers)
            for (const [n, of] of cases[name].entries()) {
              const scope = fleets.map((fleet) => `groundcrew/${held}@${fleet}`).join(' ')
              const ask = async (given: Names) => {
                world.used.splice(0)
                const request = of(given, own(fleets[0] ?? ''), ids)
                const answer = await call(name, { ...request, claims: { sub: scope, scope } })
                return {
                  told: nameless(answer, given),
                  units: [unitsOf(world, 'read'), unitsOf(world, 'write')],
                }
              }
              const one = await ask(names.foreign)
              const other = await ask(names.nobodys)
              const what = `${name}, case ${n}, as ${scope}`
              assert.deepEqual(one.told, other.told, what)
              for (const [kind, units] of one.units.entries())
                assert.ok(
                  Math.abs(units - (other.units[kind] ?? 0)) <= 1,
                  `${what}: ${one.units} ${other.units}`,
                )
            }
        assert.deepEqual({ items: await notTheirs(world), sent: sent() }, before)
      })
  })
})
