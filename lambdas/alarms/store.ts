import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Alarm } from '../../protocols/dji-alarms/facts.ts'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { alarmKey, alarmPrefix, alarmsPrefix, dockKey } from '../table/keys.ts'
import { type Key, listKeys, type Page, type PageRequest, readListed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { wholeQuery } from '../table/whole-query.ts'
import { type AlarmChange, type AlarmState, alarmId, StoredAlarm, silentAfterMs } from './alarm.ts'

/**
 * Alarms in the table: pk `DOCK#{dockSn}`, sk `ALARM#{sn}#{code}#{component}#{sensor}`. Each write is
 * conditional on older data, so that a repeated or late report changes nothing. There is one item for each
 * alarm of a machine: when it is raised again, it replaces the earlier occurrence. This is no history.
 */

/** Partition of the index `due`. */
export const alarmDueKind = 'alarm'

/** A machine with alarms, and the dock that speaks for it. */
export type Machine = { dockSn: string; sn: string; fleet: string }

export const alarmStore = (table: Table) => {
  const raise = (machine: Machine, { alarm, raisedAt = 0, seenAt }: AlarmChange) =>
    unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...alarmKey(machine.dockSn, machine.sn, alarmId(alarm)),
            ...valuesOf(alarm),
            ...machine,
            state: 'standing',
            raisedAt,
            seenAt,
            kind: 'alarm',
            kindKey: kindKeyOf(machine, alarm, raisedAt),
            dueKind: alarmDueKind,
            checkAt: seenAt + silentAfterMs,
            expiresAt: expiry(seenAt, table.retention.uploads),
          },
          // Only a cleared alarm has `clearedAt`.
          ConditionExpression: 'attribute_not_exists(pk) OR clearedAt < :raisedAt',
          ExpressionAttributeValues: { ':raisedAt': raisedAt },
        }),
      ),
    )

  /** Writes to a standing alarm that was last seen before `before`. Resolves either way. */
  const writeStanding = async (key: Key, before: number, set: Readonly<Record<string, unknown>>) => {
    const { ExpressionAttributeNames, ...update } = updateOf({
      set,
      values: { ':standing': 'standing', ':before': before },
    })
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: { pk: key.pk, sk: key.sk },
          ...update,
          ExpressionAttributeNames: { ...ExpressionAttributeNames, '#state': 'state', '#seenAt': 'seenAt' },
          ConditionExpression: '#state = :standing AND #seenAt < :before',
        }),
      ),
    )
  }

  const clear = (key: Key, clearedAt: number) =>
    writeStanding(key, clearedAt, {
      state: 'cleared',
      clearedAt,
      dueKind: undefined,
      checkAt: undefined,
      expiresAt: expiry(clearedAt, table.retention.uploads),
    })

  return {
    /** Drops a cleared alarm, unless it stands again: from now on it counts as absent. */
    giveUp: async ({ dockSn, sn }: Machine, id: string): Promise<void> => {
      await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: alarmKey(dockSn, sn, id),
            UpdateExpression: 'SET expiresAt = :expired',
            ConditionExpression: '#state = :cleared',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':expired': expired, ':cleared': 'cleared' },
          }),
        ),
      )
    },

    /** The stored alarms of a machine, by id. */
    ofMachine: async ({ dockSn, sn }: Pick<Machine, 'dockSn' | 'sn'>): Promise<Map<string, StoredAlarm>> => {
      const alarms = await within(table, dockSn, alarmPrefix(sn))
      return new Map(alarms.map((alarm) => [alarmId(alarm), alarm]))
    },

    /** Writes a change; an alarm with newer data is left as it is. */
    write: async (machine: Machine, change: AlarmChange): Promise<void> => {
      const { alarm, raisedAt, seenAt, clearedAt } = change
      const key = alarmKey(machine.dockSn, machine.sn, alarmId(alarm))
      if (raisedAt !== undefined) await raise(machine, change)
      else if (clearedAt === undefined)
        // Contains no attribute of an index but the fleet, since it is written every `seenEveryMs`.
        await writeStanding(key, seenAt, {
          ...valuesOf(alarm),
          fleet: machine.fleet,
          seenAt,
          expiresAt: expiry(seenAt, table.retention.uploads),
        })
      if (clearedAt !== undefined) await clear(key, clearedAt)
    },

    /** Clears an alarm that has not been reported for too long; otherwise sets when to look again. */
    review: async (key: Key, now: number): Promise<void> => {
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: { pk: key.pk, sk: key.sk }, ConsistentRead: true }),
      )
      const alarm = Item && StoredAlarm.parse(Item)
      if (alarm?.state !== 'standing') return
      const endsAt = alarm.seenAt + silentAfterMs
      if (endsAt <= now) await clear(key, endsAt)
      else if (alarm.checkAt !== endsAt) await writeStanding(key, endsAt, { checkAt: endsAt })
    },

    /** The alarms of a dock and its aircraft, newest first. */
    ofDock: async (dockSn: string, state: AlarmState | undefined): Promise<StoredAlarm[]> => {
      const alarms = await within(table, dockSn, alarmsPrefix)
      return alarms
        .filter((alarm) => state === undefined || alarm.state === state)
        .toSorted((one, other) => other.raisedAt - one.raisedAt)
    },

    /** The alarms of all docks, newest first. */
    list: async (
      { fleets, state }: { fleets: Fleets; state: AlarmState | undefined },
      request: PageRequest,
    ): Promise<Page<StoredAlarm>> => {
      const query = { kind: 'alarm' as const, fleets, where: { state }, newestFirst: true }
      const { items, next } = await listKeys(table, query, request)
      const found = await readListed(table, query, items)
      const alarms = found.map((item) => StoredAlarm.parse(item))
      return { items: alarms.filter(({ expiresAt }) => expiresAt !== expired), next }
    },
  }
}

/** An expiry in the past: DynamoDB deletes the item within days. */
const expired = 1

/** All alarms of a dock whose sort key has this prefix. */
const within = async (table: Table, dockSn: string, prefix: string): Promise<StoredAlarm[]> => {
  const items = await wholeQuery(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': dockKey(dockSn).pk, ':prefix': prefix },
    ConsistentRead: true,
  })
  return items.map((item) => StoredAlarm.parse(item)).filter(({ expiresAt }) => expiresAt !== expired)
}

const valuesOf = ({ code, level, module, imminent, inTheSky, component, sensor, model }: Alarm) => ({
  code,
  level,
  module,
  imminent,
  inTheSky,
  component,
  sensor,
  model,
})

const kindKeyOf = ({ dockSn, sn }: Machine, alarm: Alarm, raisedAt: number): string =>
  `${String(raisedAt).padStart(13, '0')}#${dockSn}#${sn}#${alarmId(alarm)}`
