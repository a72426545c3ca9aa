import type { Change, ChangeSource } from '../table/change.ts'
import { packageKey } from '../table/keys.ts'
import { UpgradePackage } from './package.ts'
import { packageView } from './view.ts'

/** What is told of packages: whether their files are what was announced. */
export const packageChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith(packageKey('').pk) && sk === packageKey('').sk,
  eventsOf: ({ before, after }: Change) => {
    const [now, earlier] = [after, before].map((item) => item && UpgradePackage.parse(item))
    const state = now?.file?.state
    if (!now || (state !== 'proved' && state !== 'refused')) return []
    // A file that takes the place of another that was refused has a key of its own.
    const isSame = state === earlier?.file?.state && now.file?.key === earlier.file.key
    if (isSame) return []
    return [
      {
        type: `groundcrew.package.${state}.v1`,
        subject: `packages/${now.id}`,
        fleet: now.fleet,
        record: packageView(now),
        previous: { state: earlier?.file?.state },
      },
    ]
  },
}
