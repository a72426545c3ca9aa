import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { queues, storageEvents, type TopicRuleTrigger, topicRules } from '../../lambdas/triggers.ts'
import type { DeviceLink } from '../docks/device-link.ts'
import { failureQueue } from '../functions/failure-queue.ts'
import { QueueConsumer } from '../functions/queue-consumer.ts'
import { TopicRule } from '../functions/topic-rule.ts'
import type { Packages } from '../packages/packages.ts'
import type { ArchiveStorage } from '../storage/archive-storage.ts'
import type { Store } from '../storage/store.ts'

export type IngestProps = {
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  readonly packages: Packages
  /** Whether docks' alarms and flights are recorded. */
  readonly alarms: boolean
}

/** What docks and devices send: topic rules and storage events fill queues, whose functions record it. */
export class Ingest extends Construct {
  readonly consumers: readonly QueueConsumer[]
  /** The rules that have alarms. */
  readonly watchedRules: readonly TopicRule[]
  /**
   * Messages that a rule could not deliver to its queue; each names its topic, so one queue serves all rules.
   */
  readonly ruleFailures: Queue

  constructor(scope: Construct, id: string, { store, uploads, link, packages, alarms }: IngestProps) {
    super(scope, id)
    const consumer = (name: keyof typeof queues, description: string): QueueConsumer =>
      new QueueConsumer(this, name, { trigger: queues[name], description })
    const consumers: Record<TopicRuleTrigger['queue'], QueueConsumer> = {
      replies: consumer('replies', 'Records what docks answer to commands'),
      progress: consumer('progress', 'Records how uploads advance'),
      upgrades: consumer('upgrades', 'Records what devices report of their upgrades'),
    }
    store.grant(consumers.replies.function, 'read', 'readMany', 'list', 'put', 'update')
    store.grant(consumers.progress.function, 'read', 'readMany', 'list', 'put', 'update')
    store.grant(consumers.upgrades.function, 'read', 'readMany', 'list', 'put', 'update')
    link.grantDockCommands(consumers.replies.function)
    link.grantDockCommands(consumers.progress.function)
    // Reports that end something use the queue of replies.
    for (const { function: fn } of [consumers.replies, consumers.progress]) link.grantDockAcknowledgements(fn)
    link.grantDeviceAnswers(consumers.upgrades.function)
    packages.grantOffer(consumers.upgrades.function)

    this.ruleFailures = failureQueue(this, 'RuleFailures')
    const rules = Object.entries<TopicRuleTrigger>(topicRules).map(
      ([name, { sql, sqlWithoutAlarms = sql, description, queue, ends, mendsItself }]) => {
        const divert = ends && { where: ends.where, to: consumers[ends.queue].queue }
        const to = { target: { queue: consumers[queue].queue, divert }, failures: this.ruleFailures }
        const rule = new TopicRule(this, name, { sql: alarms ? sql : sqlWithoutAlarms, description, ...to })
        // An older version of the function could not handle these messages.
        if (ends) rule.node.addDependency(consumers[ends.queue].function.lambda)
        return { rule, mendsItself }
      },
    )
    this.watchedRules = rules.flatMap(({ rule, mendsItself }) => (mendsItself ? [] : [rule]))
    this.consumers = Object.values(consumers)
    if (!uploads.announceTo) return
    const archives = consumer(storageEvents.queue, 'Records which archives have arrived')
    store.grant(archives.function, 'read', 'list', 'put', 'update')
    uploads.announceTo(archives)
    this.consumers = [...this.consumers, archives]
  }
}
