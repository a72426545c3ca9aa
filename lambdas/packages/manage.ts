import type { Handlers, Request } from '../http/on-http.ts'
import { done, type HttpReply, ok, problem, unknownPackage } from '../http/reply.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { PackageFiles } from '../storage/package-files.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { completeUpload } from './complete.ts'
import type { UpgradePackage } from './package.ts'
import { putPackage } from './put.ts'
import type { packageRoutes } from './routes.ts'
import { isVisible, mayChange, packageStore } from './store.ts'
import { beginUpload, removeFile } from './upload.ts'
import { type StillNeeds, usersOf } from './users.ts'
import { packageView, userHref } from './view.ts'

/** Creates packages, takes their files, and deletes them. Idempotent. */

type Needs = {
  table: Table
  files: PackageFiles
  stillNeeds: StillNeeds
  /** Whether devices can download packages with a token in this deployment. */
  hasDownloads: boolean
  now: () => number
  newId: NewId
}

export type PackageRoute = 'putPackage' | 'uploadPackage' | 'completePackageUpload' | 'deletePackage'

const gone = () => problem('package-deleted', 'Its id stays taken for a while. Make another package.')
const noDownloads = () =>
  problem(
    'package-downloads-off',
    'The offer v1 needs the option packageDownloads (docs/deploy.md), which needs the stack’s own bucket on AWS.',
  )
const notYours = () =>
  problem('not-permitted', 'The package is for all fleets: changing it needs the permission for all.')

export const managePackages = ({
  table,
  files,
  stillNeeds,
  hasDownloads,
  now,
  newId,
}: Needs): Handlers<typeof packageRoutes, PackageRoute> => {
  const packages = packageStore(table)
  const use = { packages, files, now, newId }

  const changeable = async (id: string, fleets: Fleets): Promise<UpgradePackage | HttpReply> => {
    const known = await packages.get(id)
    if (!known || !isVisible(known, fleets)) return unknownPackage(id)
    return mayChange(known, fleets) ? known : notYours()
  }

  /** Deletes a package that nothing may still need, if it has not changed since it was read. */
  const remove = async (known: UpgradePackage, by: string): Promise<HttpReply> => {
    if (!known.deleted) {
      const users = await usersOf(table, known.id, now(), stillNeeds)
      if (users.length > 0)
        return problem(
          'package-in-use',
          'Wait until the campaigns and attempts in `hrefs` have ended; it lists the first ten.',
          {
            hrefs: users.map(userHref),
          },
        )
      if (!(await packages.markDeleted(known, { at: now(), by })))
        return problem('try-again', 'The package was changed or used at this very moment.')
    }
    // Comes last, so that no package is given out whose file is being deleted; a repeat completes an
    // interrupted deletion.
    if (known.file) await removeFile(files, known.file)
    return done()
  }

  return {
    putPackage: async ({ params: { id }, body, fleets, caller }) =>
      body.offer === 'v1' && !hasDownloads
        ? noDownloads()
        : put(table, id, body, { fleets, by: caller.name, now: now() }),

    uploadPackage: async ({ params: { id }, body, fleets }) => {
      const known = await changeable(id, fleets)
      if ('status' in known) return known
      return known.deleted ? gone() : beginUpload(use, known, body)
    },

    completePackageUpload: async ({ params: { id }, fleets }) => {
      const known = await changeable(id, fleets)
      if ('status' in known) return known
      return known.deleted ? gone() : completeUpload(use, known)
    },

    deletePackage: async ({ params: { id }, fleets, caller }) => {
      const known = await changeable(id, fleets)
      return 'status' in known ? known : remove(known, caller.name)
    },
  }
}

const put = async (
  table: Table,
  id: string,
  { machines = 'devices', ...body }: Request<typeof packageRoutes.putPackage>['body'],
  who: { fleets: Fleets; by: string; now: number },
): Promise<HttpReply> => {
  const { fleet } = body
  if (who.fleets !== 'all' && !(fleet && includes(who.fleets, fleet)))
    return problem('not-permitted', 'The package needs one of your fleets.')
  const known = await putPackage(table, id, { ...body, machines }, who)
  if (known === 'notYours')
    return problem('not-permitted', `The id ${id} is taken by a package that is not in your fleets.`)
  if (known === 'fixed')
    return problem(
      'package-fixed',
      'Its file has been proved, so it cannot be changed. Make another package.',
    )
  return known === 'deleted' ? gone() : ok(packageView(known))
}
