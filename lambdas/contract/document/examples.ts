import { campaignExamples } from './examples/campaigns.ts'
import { deviceId, dockSn, id } from './examples/common.ts'
import { dockExamples } from './examples/docks.ts'
import { logExamples } from './examples/logs.ts'
import { otherExamples } from './examples/others.ts'
import { upgradeExamples } from './examples/upgrades.ts'

/**
 * Examples by schema name, or by operation if the schema has no name. A test checks each against its schema.
 */
export const examples: Readonly<Record<string, unknown>> = {
  ...dockExamples,
  ...logExamples,
  ...upgradeExamples,
  ...campaignExamples,
  ...otherExamples,
}

/** Examples of path parameters; `id` means another record under each tag. */
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
