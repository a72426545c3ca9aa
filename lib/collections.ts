import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { eventTriggers } from '../lambdas/triggers.ts'
import type { ArchiveStorage } from './archive-storage.ts'
import { BackendFunction } from './backend-function.ts'
import type { DeviceLink } from './device-link.ts'
import type { Events } from './events.ts'
import { options } from './options.ts'
import type { Store } from './store.ts'

export type CollectionsProps = {
  readonly events: Events
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  /** What the clock starts for the same. */
  readonly clock: BackendFunction
}

/**
 * Logs that are collected by themselves: what happens at docks starts a function that carries runs on at once,
 * and the clock another, which does what is due and what an event was lost for. They have the same rights; two
 * functions, so that how often the clock starts its own can be watched.
 */
export class Collections extends Construct {
  constructor(scope: Construct, id: string, { events, store, uploads, link, clock }: CollectionsProps) {
    super(scope, id)
    const { function: name } = eventTriggers.collections
    const fn = new BackendFunction(this, name, {
      file: `events/${name}`,
      description: 'Collects logs by itself when something happened',
      timeout: Duration.seconds(50),
      failures: events.failures,
    })
    for (const one of [fn, clock]) {
      store.grant(one, 'listDue', 'listKind', 'list', 'read', 'readMany', 'put', 'update')
      link.grantCommand(one)
      uploads.grantLend(one)
      one.tell(env.longUploads, options(this).longUploads)
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

/** After these a dock may have its slot free, or an archive is there. */
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
