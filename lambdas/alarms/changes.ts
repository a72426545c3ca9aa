import type { ChangeSource } from '../changes/change.ts'
import { alarmsPrefix, flightPrefix } from '../table/keys.ts'
import { StoredAlarm } from './alarm.ts'
import { StoredFlight } from './flights.ts'
import { alarmView, flightView } from './view.ts'

/** The events of alarms, when they are raised and cleared, and of flights that have ended. */

export const alarmChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith('DOCK#') && sk.startsWith(alarmsPrefix),
  eventsOf: ({ before, after }) => {
    if (!after) return []
    const alarm = StoredAlarm.parse(after)
    const earlier = before && StoredAlarm.parse(before)
    // A new raise is an event even if the stream shows no clearing in between.
    const isSame = earlier?.state === alarm.state && earlier.raisedAt === alarm.raisedAt
    if (isSame) return []
    return [
      {
        type: alarm.state === 'standing' ? 'groundcrew.alarm.raised.v1' : 'groundcrew.alarm.cleared.v1',
        subject: `docks/${alarm.dockSn}/alarms`,
        fleet: alarm.fleet,
        record: alarmView(alarm),
        previous: { state: earlier?.state },
      },
    ]
  },
}

export const flightChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith('DOCK#') && sk.startsWith(flightPrefix),
  eventsOf: ({ before, after }) => {
    if (!after) return []
    const flight = StoredFlight.parse(after)
    if (before && StoredFlight.parse(before).endedAt === flight.endedAt) return []
    return [
      {
        type: 'groundcrew.flight.ended.v1',
        subject: `docks/${flight.dockSn}`,
        fleet: flight.fleet,
        record: flightView(flight),
      },
    ]
  },
}
