import { Construct } from 'constructs'
import { queues, storageEvents, topicRules } from '../lambdas/triggers.ts'
import type { DeviceLink } from './device-link.ts'
import { QueueConsumer } from './queue-consumer.ts'
import type { Store } from './store.ts'
import { TopicRule } from './topic-rule.ts'
import type { UploadStorage } from './upload-storage.ts'

export type IngestProps = {
  readonly store: Store
  readonly uploads: UploadStorage
  readonly link: DeviceLink
}

/** What docks and devices tell: topic rules and storage events fill queues, whose functions record what happened. */
export class Ingest extends Construct {
  constructor(scope: Construct, id: string, { store, uploads, link }: IngestProps) {
    super(scope, id)
    const consumer = (name: keyof typeof queues, description: string): QueueConsumer =>
      new QueueConsumer(this, name, { trigger: queues[name], description })
    const consumers: Record<keyof typeof queues, QueueConsumer> = {
      replies: consumer('replies', 'Records what docks answer to commands'),
      progress: consumer('progress', 'Records how uploads advance'),
      upgrades: consumer('upgrades', 'Records what devices report of their upgrades'),
      archives: consumer('archives', 'Records which archives have arrived'),
    }
    for (const { function: fn } of Object.values(consumers)) store.grantWrite(fn)
    link.grantAcknowledge(consumers.progress.function)
    link.grantAsk(consumers.upgrades.function)

    for (const [name, { sql, description, queue }] of Object.entries(topicRules))
      new TopicRule(this, name, { sql, description, queue: consumers[queue].queue })
    uploads.announceTo(consumers[storageEvents.queue])
  }
}
