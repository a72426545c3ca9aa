import { textsPage } from '../../protocols/dji-alarms/topics.ts'
import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { StoredAlarm } from './alarm.ts'
import type { StoredFlight } from './flights.ts'
import type * as shapes from './shapes.ts'

/** Alarms and flights as the API and events show them. Pure. */

export const alarmView = ({
  fleet: _,
  checkAt: __,
  expiresAt: ___,
  raisedAt,
  seenAt,
  clearedAt,
  ...alarm
}: StoredAlarm): View<typeof shapes.AlarmRecord> => ({
  ...alarm,
  help: textsPage,
  raisedAt: iso(raisedAt),
  seenAt: iso(seenAt),
  ...(clearedAt === undefined ? {} : { clearedAt: iso(clearedAt) }),
})

export const flightView = ({
  fleet: _,
  endedAt,
  ...flight
}: StoredFlight): View<typeof shapes.EndedFlight> => ({
  ...flight,
  endedAt: iso(endedAt),
})
