import type { Handlers } from '../http/on-http.ts'
import { type HttpReply, ok, problem, unknownDevice } from '../http/reply.ts'
import { type Fleets, includes, narrowed } from '../table/fleets.ts'
import type { Device } from './devices.ts'
import type { upgradeReader } from './reader.ts'
import { reportViews } from './report-view.ts'
import type { upgradeRoutes } from './routes.ts'
import type { signStore } from './signs.ts'
import type { traitStore } from './traits.ts'
import { attemptView, registrationView, upgradeView } from './view.ts'

/** What operators read about devices and their upgrades. Only reads, so that it needs no other right. */

type Needs = {
  upgrades: ReturnType<typeof upgradeReader>
  signs: Pick<ReturnType<typeof signStore>, 'of'>
  traits: Pick<ReturnType<typeof traitStore>, 'of'>
  now: () => number
}

type UpgradeReadRoute =
  | ('getDevice' | 'listDevices')
  | ('getUpgrade' | 'listUpgradeAttempts' | 'listUpgradeReports' | 'listUpgrades')

export const readUpgrades = ({
  upgrades,
  signs,
  traits,
  now,
}: Needs): Handlers<typeof upgradeRoutes, UpgradeReadRoute> => {
  const ofDevice = async (
    deviceId: string,
    fleets: Fleets,
    then: (device: Device) => Promise<HttpReply>,
  ): Promise<HttpReply> => {
    const device = await upgrades.get(deviceId)
    return device && includes(fleets, device.fleet) ? then(device) : unknownDevice(deviceId)
  }

  /** A removed device is hidden. Its attempts and reports stay readable until they expire. */
  const ofKnown: typeof ofDevice = (deviceId, fleets, then) =>
    ofDevice(deviceId, fleets, async (device) => (device.isRemoved ? unknownDevice(deviceId) : then(device)))

  const views = async (devices: readonly Device[], consistent = false) => {
    const ids = devices.map(({ deviceId }) => deviceId)
    const [known, described] = await Promise.all([signs.of(ids), traits.of(ids, consistent)])
    return devices.map((device, n) => upgradeView(device, now(), known[n], described[n]))
  }

  const registrations = async (devices: readonly Device[], consistent = false) => {
    const described = await traits.of(
      devices.map(({ deviceId }) => deviceId),
      consistent,
    )
    return devices.map((device, n) => registrationView(device, described[n]))
  }

  return {
    getDevice: ({ params, fleets }) =>
      ofKnown(params.deviceId, fleets, async (device) => ok((await registrations([device], true))[0])),

    listDevices: async ({ query, fleets }) => {
      const { items, next } = await upgrades.ofFleets(narrowed(fleets, query.fleet), query)
      return ok({ items: await registrations(items), next })
    },

    getUpgrade: ({ params, fleets }) =>
      ofKnown(params.deviceId, fleets, async (device) => ok((await views([device], true))[0])),

    listUpgradeAttempts: ({ params, query, fleets }) =>
      ofDevice(params.deviceId, fleets, async (device) => {
        const { items, next } = await upgrades.attempts(device, query)
        return ok({ items: items.map(({ of, attempt }) => attemptView(of, attempt, now())), next })
      }),

    listUpgradeReports: ({ params, query, fleets }) =>
      ofDevice(params.deviceId, fleets, async (device) => {
        const found = await upgrades.reports(device, params.id, query)
        if (!found) return problem('not-found', `The device has no attempt ${params.id}.`)
        return ok({ items: reportViews(found.items, found.attempt), next: found.next })
      }),

    listUpgrades: async ({ query, fleets }) => {
      const { items, next } = await upgrades.ofFleets(narrowed(fleets, query.fleet), query)
      return ok({ items: await views(items), next })
    },
  }
}
