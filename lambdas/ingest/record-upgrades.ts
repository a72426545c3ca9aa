import type { SQSEvent } from 'aws-lambda'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { onQueue, readReports } from '../batch.ts'
import { publisher } from '../publish.ts'
import { connectTable } from '../store/dynamodb.ts'
import { rejectedStore } from '../store/rejected-messages.ts'
import { upgradeStore } from '../store/upgrades.ts'
import { type ReportNeeds, takeReports } from '../upgrade-reports.ts'

/**
 * Takes devices' upgrade and version reports. Started by the queue `upgrades`, which the topic rules fill; the same reports
 * again, in any order, change nothing.
 */
export const recordUpgrades = (use: ReportNeeds) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, deviceIdPattern)
  const { failed } = await takeReports(use, reports)
  return [...unreadable, ...failed]
}

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return recordUpgrades({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    publish: publisher(env),
    now: Date.now,
  })
})
