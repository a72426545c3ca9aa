import { campaignExamples } from './examples/campaigns.ts'
import { deviceId, dockSn, id } from './examples/common.ts'
import { dockExamples } from './examples/docks.ts'
import { logExamples } from './examples/logs.ts'
import { otherExamples } from './examples/others.ts'
import { upgradeExamples } from './examples/upgrades.ts'

/** By the name of what they are, or by the operation where that has no name. A test holds each against its schema. */
export const examples: Readonly<Record<string, unknown>> = {
  ...dockExamples,
  ...logExamples,
  ...upgradeExamples,
  ...campaignExamples,
  ...otherExamples,
}

/** Of what is in an address; an `id` is another at each place. */
export const parameterExamples: Readonly<Record<string, unknown>> = {
  dockSn,
  deviceId,
  runId: '0123456789abcdef0123456789abcdef',
  codeId: id,
  userName: 'dockabcdefgh',
  module: 'dock',
  'Logs.id': id,
  'Devices.id': id,
  'Campaigns.id': 'spring',
  'Packages.id': 'rtu-2-4-0',
  'Organizations.id': 'depot',
  'Webhooks.id': 'tickets',
  'Collections.id': 'warnings',
}
