import { randomUUID } from 'node:crypto'
import type { RouteName } from '../lambdas/contract/routes.ts'
import type { ApiFunction } from '../lambdas/http/route.ts'
import type { wireBackend } from '../test/support/backend.ts'
import {
  batchOf,
  objectCreated,
  progressPayload,
  queued,
  replyPayload,
} from '../test/support/dock-messages.ts'
import { type Call, eventOf } from '../test/support/http-calls.ts'
import { versions } from '../test/support/upgrades.ts'

/**
 * An event for each function that triggers its usual first action: read a record, write a fact, query what is
 * due. Functions of the API are asked for unknown records, so that all of them are at the same point when
 * they answer.
 */

type Upload = Awaited<ReturnType<ReturnType<typeof wireBackend>['open']>>

const dockSn = 'BENCH00000001'
const deviceId = 'bench-device'
const id = '01a2007c-9dff-76b2-81ae-9d5a5c76bf7b'

const requests: Record<ApiFunction, [RouteName, Call]> = {
  'read-records': ['getDock', { params: { dockSn } }],
  'register-docks': ['registerDock', { params: { dockSn: 'BENCH00000002' }, body: {} }],
  'manage-dock-accounts': ['revokeDockAccount', { params: { userName: 'dockbenchnne' } }],
  'register-devices': ['registerDevice', { params: { deviceId: 'bench-other' }, body: {} }],
  'remove-docks': ['deleteDock', { params: { dockSn: 'BENCHNONE' } }],
  'request-listing': ['requestListing', { params: { dockSn }, body: {} }],
  'start-log-upload': [
    'startUpload',
    { params: { dockSn }, body: { selections: [{ module: 'dock', bootIndexes: [1] }] } },
  ],
  'cancel-log-upload': ['cancelUpload', { params: { dockSn, id }, body: {} }],
  'manage-debug-mode': ['closeDebugMode', { params: { dockSn: 'BENCHNONE' } }],
  'lend-credentials': ['lendCredentials', { params: { dockSn, id } }],
  'download-archive': ['downloadArchive', { params: { dockSn, id, module: 'dock' } }],
  'delete-archive': ['deleteArchive', { params: { dockSn, id, module: 'dock' } }],
  'check-storage': ['checkStorage', {}],
  'read-upgrades': ['getUpgrade', { params: { deviceId: 'bench-none' } }],
  'manage-upgrades': ['closeUpgradeAttempt', { params: { deviceId: 'bench-none', id } }],
  'manage-campaigns': ['abortCampaign', { params: { id: 'bench-none' } }],
  'manage-packages': ['completePackageUpload', { params: { id: 'bench-none' } }],
  'manage-organizations': ['listOrganizations', {}],
  'manage-collections': ['deleteCollection', { params: { id: 'bench-none' } }],
  'manage-webhooks': ['getWebhook', { params: { id: 'bench' } }],
  'take-device-events': [
    'takeDeviceEvents',
    { body: [{ deviceId: 'bench-forwarded', body: { services: [versions('v1')] } }] },
  ],
}

/**
 * The events by the functions' files. Messages about an upload are about this one. `docks/answer-docks` is
 * missing: it answers through IoT Core, for which there is no stand-in.
 */
export const firstEvents = (upload: Upload): Map<string, object> => {
  const receivedAt = Date.now()
  const file = { module: '0', key: upload.keyOf('aircraft'), progress: { status: 'file_pull', progress: 5 } }
  const message = (source: string, payload: object) =>
    batchOf(queued({ dockSn: source, payload, receivedAt }))
  const object = { key: upload.keyOf('dock'), size: 1, etag: 'e'.repeat(32), sequencer: '1', at: receivedAt }
  const login = { username: 'dockbenchnne', password: 'cGFzc3dvcmQ=', clientId: dockSn }
  const clock = [
    'sweep-uploads',
    'sweep-upgrades',
    'sweep-campaigns',
    'continue-uploads',
    'prove-packages',
    'retry-webhooks',
  ]
  const happening = {
    id: 'evt_bench',
    type: 'groundcrew.upload.verified.v1',
    subject: 'docks/BENCH',
    time: new Date(receivedAt).toISOString(),
  }
  return new Map<string, object>([
    ...Object.entries(requests).map(
      ([name, [route, call]]) => [`api/${name}`, eventOf(route, call)] as const,
    ),
    ['ingest/record-replies', message(dockSn, replyPayload(randomUUID(), { result: 0 }))],
    ['ingest/record-progress', message(upload.dockSn, progressPayload(upload.id, [file]))],
    ['ingest/record-upgrades', message(deviceId, { services: [versions('v1')] })],
    ['ingest/verify-archives', batchOf(objectCreated(object))],
    ['events/send-webhooks', { detail: happening }],
    ['docks/authorize-dock', { protocolData: { mqtt: login } }],
    ...clock.map((name) => [`clock/${name}`, {}] as const),
  ])
}
