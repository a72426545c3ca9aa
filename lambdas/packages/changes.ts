import type { Change, ChangeSource } from '../changes/change.ts'
import { packageKey } from '../table/keys.ts'
import { UpgradePackage } from './package.ts'
import { packageView } from './view.ts'

/** The events of packages: whether their file is the one that was announced. */
export const packageChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith(packageKey('').pk) && sk === packageKey('').sk,
  eventsOf: ({ before, after }: Change) => {
    const [now, earlier] = [after, before].map((item) => item && UpgradePackage.parse(item))
    const state = now?.file?.state
    if (!now || (state !== 'proved' && state !== 'refused')) return []
    // A file that replaces a refused one has a key of its own.
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
