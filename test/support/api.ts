import { routes } from '../../lambdas/contract/routes.ts'
import './quiet-logs.ts'

import { manageDockAccounts } from '../../lambdas/accounts/manage.ts'
import { accountStore } from '../../lambdas/accounts/store.ts'
import { readAlarmRecords } from '../../lambdas/alarms/read.ts'
import { alarmStore } from '../../lambdas/alarms/store.ts'
import { manageCollections } from '../../lambdas/collections/manage.ts'
import { readCollections } from '../../lambdas/collections/read.ts'
import { runStore } from '../../lambdas/collections/run-store.ts'
import { startStore } from '../../lambdas/collections/starts.ts'
import { collectionStore } from '../../lambdas/collections/store.ts'
import { readDocuments } from '../../lambdas/contract/read-documents.ts'
import type { RouteName } from '../../lambdas/contract/routes.ts'
import { connectAircraftPower } from '../../lambdas/debugging/connect.ts'
import { closeDebugMode, openDebugMode, readDebugMode } from '../../lambdas/debugging/manage.ts'
import { debugStore } from '../../lambdas/debugging/store.ts'
import { dockAtWork } from '../../lambdas/docks/at-work.ts'
import { dockLooks } from '../../lambdas/docks/looks.ts'
import { connectDocks } from '../../lambdas/docks/machines.ts'
import { readDocks } from '../../lambdas/docks/read.ts'
import { registerDocks } from '../../lambdas/docks/register.ts'
import { removeDocks } from '../../lambdas/docks/remove.ts'
import { idempotencyStore } from '../../lambdas/http/idempotency.ts'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { deleteArchive } from '../../lambdas/logs/archives/delete.ts'
import { downloadArchive } from '../../lambdas/logs/archives/download.ts'
import { lendCredentials } from '../../lambdas/logs/archives/lend-credentials.ts'
import { storedObjects } from '../../lambdas/logs/archives/stored-objects.ts'
import { cancelLogUpload } from '../../lambdas/logs/cancel.ts'
import { commandStore } from '../../lambdas/logs/commands.ts'
import { continueUploads } from '../../lambdas/logs/continue.ts'
import { historyStore } from '../../lambdas/logs/history.ts'
import { hotUploads } from '../../lambdas/logs/hot-upload.ts'
import { requestListing } from '../../lambdas/logs/listings/request.ts'
import { listingStore } from '../../lambdas/logs/listings/store.ts'
import type { LongUploads } from '../../lambdas/logs/long-uploads.ts'
import { uploadOpener } from '../../lambdas/logs/open.ts'
import { readLogs } from '../../lambdas/logs/read.ts'
import { retryUpload } from '../../lambdas/logs/retry.ts'
import { startLogUpload } from '../../lambdas/logs/start.ts'
import { uploadReader } from '../../lambdas/logs/store.ts'
import { sweepUploads } from '../../lambdas/logs/sweep.ts'
import { bindings } from '../../lambdas/organizations/bindings.ts'
import { manageOrganizations } from '../../lambdas/organizations/manage.ts'
import { organizationStore } from '../../lambdas/organizations/store.ts'
import { readOverview } from '../../lambdas/overview/read.ts'
import { overviewStore } from '../../lambdas/overview/store.ts'
import { presenceStore } from '../../lambdas/presence/store.ts'
import { aircraftOwners } from '../../lambdas/registry/aircraft-owners.ts'
import { removedDocks } from '../../lambdas/registry/removed.ts'
import { dockStore } from '../../lambdas/registry/store.ts'
import { unregisteredDocks } from '../../lambdas/registry/unregistered.ts'
import { readRejected } from '../../lambdas/rejected/read.ts'
import { rejectedStore } from '../../lambdas/rejected/store.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import type { Scope } from '../../lambdas/storage/credentials/provider.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { dueKinds } from '../../lambdas/table/keys.ts'
import { drivenAttempts } from '../../lambdas/upgrades/open-attempts.ts'
import { upgradeStore } from '../../lambdas/upgrades/store.ts'
import { documents } from '../../lib/functions/documents.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { declared } from './declared.ts'
import { type Answer, answerOf, type Call, eventOf } from './http-calls.ts'
import { opened } from './upload-facts.ts'

/** What the broker was given to send. */
export type Sent = DeviceMessage & { expiresInSeconds: number | undefined }

/** Credentials as lent by a fake issuer. */
export const lentCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'lent-secret',
  sessionToken: 'lent-token',
}

/** Where the fake storage keeps a version of an object; the one that is current lies under the key itself. */
export const versionKey = (key: string, version?: string): string =>
  version === undefined ? key : `${key}?version=${version}`

/**
 * The functions behind the API and the clock, on a table, with a fake broker, a fake issuer of credentials
 * and a fake storage. `broken` makes one of these fail until it is taken out again.
 */
export const wireApi = (table: Table, options: { autoRetries?: number; longUploads?: LongUploads } = {}) => {
  const clock = { now: opened }
  const now = () => clock.now
  const sent: Sent[] = []
  const lent: Scope[] = []
  const cutOff: string[] = []
  const storage = new Map<string, { size: number; etag: string; version?: string }>()
  const broken = new Set<'broker' | 'issuer' | 'storage'>()
  const fail = (what: 'broker' | 'issuer' | 'storage') => {
    if (broken.has(what)) throw new Error(`${what} is broken: internal text`)
  }

  const archives = {
    find: async (key: string, version?: string) => {
      fail('storage')
      return storage.get(versionKey(key, version))
    },
    link: async (key: string, fileName: string, lifetimeSeconds: number, version?: string) =>
      `https://storage.example/${key}?name=${fileName}&expires=${lifetimeSeconds}${version ? `&version=${version}` : ''}`,
    remove: async (key: string, version?: string) => {
      fail('storage')
      storage.delete(versionKey(key, version))
    },
  }
  const use = {
    overview: overviewStore(table),
    docks: dockStore(table),
    removed: removedDocks(table),
    looks: dockLooks(table),
    alarms: alarmStore(table),
    debug: debugStore(table),
    presence: presenceStore(table),
    accounts: accountStore(table),
    disconnect: async (clientId: string) => void cutOff.push(clientId),
    listings: listingStore(table),
    uploads: uploadReader(table),
    history: historyStore(table),
    rejected: rejectedStore(table),
    unregistered: unregisteredDocks(table, now),
    owners: aircraftOwners(table),
    commands: commandStore(table),
    idempotency: idempotencyStore(table),
    open: uploadOpener(table),
    hot: hotUploads(table, now),
    objects: storedObjects(table),
    archives,
    etagIsMd5: true,
    expireUnit: 'milliseconds' as const,
    autoRetries: options.autoRetries ?? 0,
    longUploads: options.longUploads ?? ('refuse' as const),
    lend: async (scope: Scope) => {
      fail('issuer')
      lent.push(scope)
      return {
        storage: {
          provider: 'aws' as const,
          bucket: 'uploads',
          region: 'eu-central-1',
          endpoint: 'https://s3',
        },
        credentials: { ...lentCredentials, expiresAt: clock.now + scope.lifetimeSeconds * 1000 },
      }
    },
    publish: async (message: DeviceMessage, { expiresInSeconds }: { expiresInSeconds?: number } = {}) => {
      fail('broker')
      sent.push({ ...message, expiresInSeconds })
    },
    organizations: organizationStore(table),
    collections: collectionStore(table),
    runs: runStore(table),
    starts: startStore(table),
    bindings: bindings(table),
    now,
    newId,
  }
  const atWork = dockAtWork({
    ...use,
    machines: connectDocks(table),
    drivenAt: drivenAttempts(upgradeStore(table, now)),
  })
  const handle = onHttp(routes, () => ({
    ...registerDocks(use),
    ...removeDocks({ ...use, atWork, unbind: (dockSn, by) => use.bindings.unbind(dockSn, 'all', by) }),
    ...manageDockAccounts(use),
    ...requestListing(use),
    ...startLogUpload(use),
    ...cancelLogUpload(use),
    ...downloadArchive({ ...use, docks: use.removed }),
    ...retryUpload(use),
    ...lendCredentials(use),
    ...deleteArchive({ ...use, docks: use.removed }),
    ...readDocuments(async (name) => documents[name]()),
    ...readOverview(use),
    ...readDocks(use),
    ...readLogs(use),
    ...readAlarmRecords(use),
    ...readDebugMode(use),
    ...openDebugMode({ ...use, power: connectAircraftPower(table, connectDocks(table), use.publish, now) }),
    ...closeDebugMode({ ...use, power: connectAircraftPower(table, connectDocks(table), use.publish, now) }),
    ...readRejected(use),
    ...manageOrganizations(use),
    ...manageCollections(use),
    ...readCollections(use),
  }))
  const { uploads } = use
  return {
    ...use,
    clock,
    sent,
    cutOff,
    lent,
    storage,
    broken,
    call: async (route: RouteName, call: Call = {}): Promise<Answer> =>
      declared(route, answerOf(await handle(eventOf(route, call)))),
    sweep: sweepUploads({ ...use, due: dueItems(table, dueKinds.upload), get: uploads.get }),
    continueUploads: continueUploads({ ...use, due: dueItems(table, dueKinds.followUp) }),

    /**
     * A registered dock that has listed boots 1 to 4 of its own and 11 to 12 of its aircraft, each of an
     * hour.
     */
    listedDock: async (dockSn: string, fleet = 'north') => {
      const dock = await use.docks.register(dockSn, { fleet }, 'all', clock.now)
      if (!dock) throw new Error('not registered')
      const id = newId(clock.now)
      const times = { createdAt: clock.now, deadlineAt: clock.now + 30_000 }
      await use.listings.open(
        dock,
        { id, ...times, modules: ['aircraft', 'dock'], requestedBy: 'ann' },
        undefined,
      )
      const hour = 3_600_000
      const log = (bootIndex: number, hoursAgo: number) => ({
        bootIndex,
        startTime: opened - hoursAgo * hour,
        endTime: opened - (hoursAgo - 1) * hour,
        sizeBytes: 1000,
      })
      const modules = [
        { module: 'aircraft' as const, result: 0, logs: [log(11, 2), log(12, 1)] },
        { module: 'dock' as const, result: 0, logs: [log(1, 4), log(2, 3), log(3, 2), log(4, 1)] },
      ]
      const receipt = { receivedAt: clock.now, receiptId: 'receipt-listing' }
      await use.listings.answer(dockSn, id, { commandId: id, result: 0, modules }, receipt)
      return dock
    },
  }
}

export type Api = ReturnType<typeof wireApi>
