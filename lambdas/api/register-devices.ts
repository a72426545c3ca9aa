import { type Handlers, onHttp } from '../http.ts'
import { ok, problem } from '../outcomes.ts'
import { readDevice } from '../store/devices.ts'
import { connectTable, type Table } from '../store/dynamodb.ts'
import { deviceKey } from '../store/keys.ts'
import { includes } from '../store/pages.ts'
import { placing, replaceSettings } from '../store/settings.ts'
import { iso } from '../store/upload-view.ts'

/** Registers devices, and which gateway may report for them. Safe to repeat: the same settings again change nothing. */

type Needs = { table: Table; now: () => number }

export const registerDevices = ({ table, now }: Needs): Handlers<'registerDevice'> => ({
  registerDevice: async ({ params: { deviceId }, body, fleets }) => {
    const { fleet, parentId } = body
    if (fleet && !includes(fleets, fleet))
      return problem('not-permitted', `You may not put devices into fleet ${fleet}.`)
    if (parentId === deviceId)
      return problem('invalid-request', 'See `errors` for what to change.', {
        errors: [{ path: 'parentId', message: 'a device is not its own gateway' }],
      })
    const place = placing(fleet)
    const settings = { ...place.settings, parentId, kind: 'device', kindKey: deviceId }
    const once = { ...place.once, registeredAt: now() }
    const item = await replaceSettings(table, deviceKey(deviceId), settings, once, fleets)
    if (!item) return problem('not-permitted', `Device ${deviceId} is not in a fleet of yours.`)
    const { registeredAt, fleet: itsFleet } = readDevice(item)
    return ok({ deviceId, parentId, fleet: itsFleet, registeredAt: registeredAt && iso(registeredAt) })
  },
})

export const handler = onHttp<'registerDevice'>((env) =>
  registerDevices({ table: connectTable(env), now: Date.now }),
)
