import { type Handlers, onHttp } from '../http.ts'
import { ok, problem } from '../outcomes.ts'
import { defaultFleet, readDevice } from '../store/devices.ts'
import { connectTable, type Table } from '../store/dynamodb.ts'
import { deviceKey } from '../store/keys.ts'
import { includes } from '../store/pages.ts'
import { replaceSettings } from '../store/settings.ts'
import { iso } from '../store/upload-view.ts'

/** Registers devices, and which gateway may report for them. Safe to repeat: the same settings again change nothing. */

type Needs = { table: Table; now: () => number }

export const registerDevices = ({ table, now }: Needs): Handlers<'registerDevice'> => ({
  registerDevice: async ({ params: { deviceId }, body, fleets }) => {
    const fleet = body.fleet ?? defaultFleet
    const { parentId } = body
    if (!includes(fleets, fleet))
      return problem('not-permitted', `You may not put devices into fleet ${fleet}.`)
    if (parentId === deviceId)
      return problem('invalid-request', 'See `errors` for what to change.', {
        errors: [{ path: 'parentId', message: 'a device is not its own gateway' }],
      })
    const settings = { fleet, parentId, deviceId, kind: 'device', kindKey: deviceId }
    const item = await replaceSettings(table, deviceKey(deviceId), settings, { registeredAt: now() }, fleets)
    if (!item) return problem('not-permitted', `Device ${deviceId} is in a fleet that is not yours.`)
    const { registeredAt } = readDevice(item)
    return ok({ deviceId, parentId, fleet, registeredAt: registeredAt && iso(registeredAt) })
  },
})

export const handler = onHttp<'registerDevice'>((env) =>
  registerDevices({ table: connectTable(env), now: Date.now }),
)
