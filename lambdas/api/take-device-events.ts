import { createHash, randomUUID } from 'node:crypto'
import type { DeviceReport } from '../batch.ts'
import { type Handlers, onHttp } from '../http.ts'
import { ok } from '../outcomes.ts'
import { publisher } from '../publish.ts'
import { connectTable } from '../store/dynamodb.ts'
import { rejectedStore } from '../store/rejected-messages.ts'
import { upgradeStore } from '../store/upgrades.ts'
import { type ReportNeeds, takeReports } from '../upgrade-reports.ts'

/**
 * The same reports as by MQTT, from forwarders that vouch for the devices' ids. An entry with `receivedAt` may be sent again: the
 * same entry is the same report.
 */
export const takeDeviceEvents = (use: ReportNeeds): Handlers<'takeDeviceEvents'> => ({
  takeDeviceEvents: async ({ body }) => {
    const reports = body.map((entry, n): DeviceReport => {
      const text = JSON.stringify(entry.body ?? null)
      const receivedAt = entry.receivedAt === undefined ? use.now() : Date.parse(entry.receivedAt)
      const receiptId =
        entry.receivedAt === undefined
          ? randomUUID()
          : createHash('sha256')
              .update(`${entry.deviceId}\n${receivedAt}\n${text}`)
              .digest('hex')
              .slice(0, 32)
      const receipt = { receivedAt, receiptId }
      return { messageId: String(n), source: entry.deviceId, payload: Buffer.from(text), receipt }
    })
    const { failed, rejections } = await takeReports(use, reports)
    const results = reports.map(({ messageId }) => {
      if (failed.includes(messageId)) return { outcome: 'failed' as const }
      const own = rejections.filter((rejection) => rejection.messageId === messageId)
      if (own.length === 0) return { outcome: 'accepted' as const }
      return { outcome: 'rejected' as const, rejections: own.map(({ reason, path }) => ({ reason, path })) }
    })
    return ok({ results })
  },
})

export const handler = onHttp<'takeDeviceEvents'>((env) => {
  const table = connectTable(env)
  return takeDeviceEvents({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    publish: publisher(env),
    now: Date.now,
  })
})
