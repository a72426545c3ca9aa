import type { Clock } from '../clock.ts'
import type { Resources } from '../declared.ts'
import type { Session } from '../iam/principals.ts'
import { type ChaosOptions, createChaos } from './chaos.ts'
import { startMapping } from './event-source-mapping.ts'
import { readMappings, readQueuePolicies, readQueues } from './from-template.ts'
import { openMessageStore } from './message-store.ts'
import { openQueue } from './queue.ts'
import { createQueueAccess, type QueueAccess } from './queue-access.ts'

type Options = {
  clock: Clock
  region: string
  /** The file of the messages; without one in memory. */
  path?: string | undefined
  chaos?: ChaosOptions | undefined
}

/** The template's queues, with the messages that they held when the process last ended. */
export const openQueues = (resources: Resources, { clock, region, path, chaos }: Options) => {
  const store = openMessageStore(path)
  const settings = readQueues(resources, region)
  const deadLetterArns = new Set(settings.map((one) => one.redrive?.arn))
  const disturbances = settings.map(() => createChaos(chaos))
  const queues = settings.map((one, n) => openQueue(one, { store, clock, chaos: disturbances[n] }))
  return {
    access: createQueueAccess({ queues, policies: readQueuePolicies(resources) }),
    /** The dead letters: all messages in dead-letter queues, or in queues that nothing reads. */
    failures: (readArns: ReadonlySet<string>) =>
      queues
        .filter(({ settings: { arn } }) => deadLetterArns.has(arn) || !readArns.has(arn))
        .flatMap((queue) => queue.peek().map((message) => ({ queue: queue.settings.name, ...message }))),
    /** Disturbs the queues from now on, for tests; the returned function ends it. */
    disturb: (options: ChaosOptions): (() => void) => {
      for (const one of disturbances) one.set(options)
      return () => disturbances.forEach((one) => void one.set(undefined))
    },
    /** A full disk, for tests. */
    fillDisk: store.fill,
    close: (): void => {
      for (const queue of queues) queue.close()
      store.close()
    },
  }
}

/** The permissions that Lambda needs to read a queue for a function; otherwise it refuses the mapping. */
const readActions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']

/**
 * Starts the template's event source mappings. @throws Error that names the mapping whose function may not
 * read its queue.
 */
export const startMappings = (
  resources: Resources,
  needs: {
    queues: QueueAccess
    functions: { find: (name: string) => { session: Session; invoke: (event: unknown) => Promise<unknown> } }
    clock: Clock
    region: string
    redeliverAfterSeconds?: number | undefined
  },
) =>
  readMappings(resources).map(({ logicalId, queueArn, functionName, settings }) => {
    const to = needs.functions.find(functionName)
    try {
      needs.queues.check(to.session, readActions, queueArn)
    } catch (error) {
      throw new Error(
        `${logicalId} (AWS::Lambda::EventSourceMapping): ${error instanceof Error ? error.message : error}`,
      )
    }
    const { clock, region, redeliverAfterSeconds } = needs
    const queue = needs.queues.find(queueArn)
    return {
      queueArn,
      ...startMapping(settings, { queue, invoke: to.invoke, clock, region, redeliverAfterSeconds }),
    }
  })
