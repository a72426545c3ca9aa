import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { eventTriggers } from '../../lambdas/triggers.ts'
import type { DeviceLink } from '../docks/device-link.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import type { ArchiveStorage } from '../storage/archive-storage.ts'
import type { Store } from '../storage/store.ts'
import type { Events } from './events.ts'

export type CollectionsProps = {
  readonly events: Events
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  /** The function that the schedule starts for the same purpose. */
  readonly clock: BackendFunction
}

/**
 * Collects logs automatically: events at docks start a function that advances runs at once, and the schedule
 * starts another for due runs and those whose event was lost. Both have the same rights; they are two
 * functions, so that an alarm can watch the starts by the schedule.
 */
export class Collections extends Construct {
  constructor(scope: Construct, id: string, { events, store, uploads, link, clock }: CollectionsProps) {
    super(scope, id)
    const { function: name } = eventTriggers.collections
    const fn = new BackendFunction(this, name, {
      file: `events/${name}`,
      description: 'Collects logs automatically after events',
      timeout: Duration.seconds(50),
      failures: events.failures,
    })
    for (const one of [fn, clock]) {
      store.grant(one, 'listDue', 'listKind', 'list', 'read', 'readMany', 'put', 'update')
      link.grantDockCommands(one)
      uploads.grantLend(one)
      one.setEnv(env.longUploads, options(this).longUploads)
    }
    events.on(
      'Happenings',
      [
        'groundcrew.alarm.raised.v1',
        'groundcrew.flight.ended.v1',
        'groundcrew.collection.started.v1',
        'groundcrew.listing.*',
        'groundcrew.debug.*',
        'groundcrew.presence.online.v1',
        ...ends,
      ],
      fn,
    )
  }
}

/** After these events a dock's slot may be free, or an archive stored. */
const ends = [
  'groundcrew.upload.uploaded.v1',
  'groundcrew.upload.verified.v1',
  'groundcrew.upload.missing.v1',
  'groundcrew.upload.rejected.v1',
  'groundcrew.upload.failed.v1',
  'groundcrew.upload.canceled.v1',
  'groundcrew.upload.timedOut.v1',
  'groundcrew.upload.partial.v1',
] as const
