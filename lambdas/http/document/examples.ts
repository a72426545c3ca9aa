import { campaignExamples } from './examples/campaigns.ts'
import { deviceId, dockSn, fleet, id } from './examples/common.ts'
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
  ...{ dockSn, deviceId, fleet, runId: '0123456789abcdef0123456789abcdef', codeId: id },
  ...{ userName: 'dockabcdefgh', module: 'dock', limit: 50, force: false, presence: 'online' },
  ...{ createdAfter: '2026-11-21T09:00:00Z', createdBefore: '2026-11-21T11:00:00Z' },
  ...{ version: '2.3.1', campaignId: 'spring', source: dockSn },
  ...{ 'Logs.id': id, 'Devices.id': id, 'Campaigns.id': 'spring', 'Packages.id': 'rtu-2-4-0' },
  ...{ 'Organizations.id': 'depot', 'Webhooks.id': 'tickets', 'Collections.id': 'warnings' },
}
