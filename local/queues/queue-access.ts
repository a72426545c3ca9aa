import { authorize } from '../iam/authorize.ts'
import { explain } from '../iam/evaluate.ts'
import type { Policy } from '../iam/policy.ts'
import type { Session } from '../iam/principals.ts'
import type { Queue } from './queue.ts'

type Options = {
  queues: readonly Queue[]
  /** Queue policies by queue URL. */
  policies: ReadonlyMap<string, Policy>
}

/** Sends to queues for other services, with SQS's checks: the sender's role, or the queue's own policy. */
export const createQueueAccess = ({ queues, policies }: Options) => {
  const byArn = new Map(queues.map((queue) => [queue.settings.arn, queue]))
  const byUrl = new Map(queues.map((queue) => [queue.settings.url, queue]))

  /** Finds a queue by ARN or URL. @throws Error if the template has no such queue. */
  const find = (name: string): Queue => {
    const queue = byArn.get(name) ?? byUrl.get(name)
    if (!queue) throw new Error(`${name} is no queue of the template`)
    return queue
  }

  const check = (session: Session, action: string, { settings }: Queue): void => {
    const policy = policies.get(settings.url)
    const decision = authorize(session, {
      action,
      resource: settings.arn,
      ...(policy ? { resourcePolicy: policy } : {}),
    })
    if (decision.outcome === 'denied') throw new Error(decision.message)
  }

  return {
    all: queues,
    find,
    /** @throws Error if the role lacks one of the actions; nothing is sent or received. */
    check: (session: Session, actions: readonly string[], queueName: string): void => {
      for (const action of actions) check(session, action, find(queueName))
    },
    /** @throws Error with IAM's message if the role lacks the permission. */
    sendAsRole: (session: Session, queueName: string, body: string): void => {
      const queue = find(queueName)
      check(session, 'sqs:SendMessage', queue)
      queue.send(body)
    },
    /**
     * Sends for a service in its own name, as EventBridge does. @throws Error if the queue's policy does not
     * allow it.
     */
    sendAsService: (
      service: string,
      sourceArn: string,
      queueName: string,
      body: string,
      delayMs = 0,
    ): void => {
      const queue = find(queueName)
      const { arn, url, name } = queue.settings
      const policy = policies.get(url)
      const { decision } = explain(
        { identity: [], ...(policy ? { resource: policy } : {}) },
        {
          action: 'sqs:SendMessage',
          resource: arn,
          caller: { kind: 'service', service },
          context: {
            'aws:SourceArn': sourceArn,
            'aws:SourceAccount': sourceArn.split(':')[4] ?? '',
            'aws:SecureTransport': 'true',
          },
        },
      )
      if (decision !== 'allow')
        throw new Error(`${name}: its policy does not let ${service} send for ${sourceArn}`)
      queue.send(body, delayMs)
    },
  }
}
export type QueueAccess = ReturnType<typeof createQueueAccess>
