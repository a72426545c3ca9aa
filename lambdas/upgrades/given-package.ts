import { type HttpReply, invalid, problem, unknownPackage } from '../http/reply.ts'
import { provedOf, type UpgradePackage } from '../packages/package.ts'
import { isVisible } from '../packages/store.ts'
import type { Fleets } from '../table/fleets.ts'
import type { Package } from './attempt.ts'

/** Checks whether a device may be upgraded to the package that an operator names. Pure. */

/** What an operator requests: a package of ours, or a version that another platform installs. */
export type UpgradeRequest = {
  packageId?: string | undefined
  package?: Package | undefined
  targetVersion?: string | undefined
}

/** What an attempt upgrades, and to which version. */
export type Aim = {
  package: Package
  targetVersion: string
  packageId?: string | undefined
  machines?: 'docks'
}

/** The aim of a request without `packageId`. The request's schema already demands both fields. */
export const aimWithout = ({ package: kind, targetVersion }: UpgradeRequest): Aim | { refusal: HttpReply } =>
  kind === undefined || targetVersion === undefined
    ? {
        refusal: invalid([
          { path: 'packageId', message: 'must be given, or a `package` and a `targetVersion`' },
        ]),
      }
    : { package: kind, targetVersion }

type Machine = { fleet: string; model: string | undefined; isOfDock: boolean }

/**
 * The aim of a request with this package, or why the device does not get it. A caller who may not see the
 * package gets the same answer as for one that does not exist.
 */
export const aimAt = (
  request: UpgradeRequest & { packageId: string },
  known: UpgradePackage | undefined,
  machine: Machine,
  fleets: Fleets,
): Aim | { refusal: HttpReply } => {
  if (!known || known.deleted || !isVisible(known, fleets))
    return { refusal: unknownPackage(request.packageId) }
  const errors = [...contradictions(request, known), ...misfits(known, machine)]
  if (errors.length > 0) return { refusal: invalid(errors) }
  if (!provedOf(known)) return { refusal: packageNotReady(known) }
  const { id: packageId, package: kind, version, machines } = known
  return { packageId, package: kind, targetVersion: version, ...(machines === 'docks' ? { machines } : {}) }
}

const contradictions = (request: UpgradeRequest, known: UpgradePackage) => [
  ...(request.package === undefined || request.package === known.package
    ? []
    : [{ path: 'package', message: `is ${known.package} in the package` }]),
  ...(request.targetVersion === undefined || request.targetVersion === known.version
    ? []
    : [{ path: 'targetVersion', message: `is ${known.version} in the package` }]),
]

const misfits = ({ machines, models, fleet }: UpgradePackage, machine: Machine) => {
  const because = (message: string) => [{ path: 'packageId', message }]
  if (machines === 'docks' && !machine.isOfDock)
    return because(
      'is for docks and their aircraft: no registered dock has this serial number, or such an aircraft',
    )
  if (fleet !== undefined && fleet !== machine.fleet) return because('is a package of another fleet')
  if (models === undefined) return []
  if (machine.model === undefined)
    return because(
      'is for some models only, and the model of the device is unknown: register the device with its `model`',
    )
  return models.includes(machine.model) ? [] : because(`is not for the model ${machine.model}`)
}

export const packageNotReady = ({ id, file }: Pick<UpgradePackage, 'id' | 'file'>): HttpReply =>
  problem(
    'package-not-ready',
    file?.state === 'refused'
      ? `The file of ${id} is not the one that was announced (${file.fault}). Upload it again.`
      : `The file of ${id} has not been proved to be in storage yet. Upload it, then POST /v1/packages/${id}/upload/complete.`,
  )
