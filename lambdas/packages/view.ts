import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { PackageUser } from '../table/keys.ts'
import type { PackageFile, UpgradePackage } from './package.ts'
import type * as shapes from './shapes.ts'

/** Packages as the API shows them. */

export const userHref = (user: PackageUser): string =>
  'campaignId' in user
    ? `/v1/campaigns/${user.campaignId}`
    : `/v1/devices/${user.deviceId}/upgrade-attempts/${user.attemptId}`

const fileView = ({ key: _key, etag: _etag, multipart: _parts, provedAt, ...file }: PackageFile) => ({
  ...file,
  provedAt: provedAt === undefined ? undefined : iso(provedAt),
})

export const packageView = (known: UpgradePackage): View<typeof shapes.Package> => {
  const { rev: _rev, checkAt: _checkAt, createdAt, offer, file, deleted, ...shown } = known
  return {
    ...shown,
    offer: offer ?? 'v2',
    createdAt: iso(createdAt),
    file: file && fileView(file),
    deleted: deleted && { ...deleted, at: iso(deleted.at) },
  }
}
