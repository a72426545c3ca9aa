import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { eventTriggers } from '../../lambdas/triggers.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import type { Store } from '../storage/store.ts'
import type { Events } from './events.ts'

/**
 * Sends events to webhooks over HTTPS: each event starts a function, which sends it to all webhooks in
 * parallel. The sweep in `Upkeep` retries deliveries that failed. It costs nothing while nothing happens.
 */
export class Webhooks extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { store, events }: { readonly store: Store; readonly events: Events },
  ) {
    super(scope, id)
    const { function: name } = eventTriggers.webhooks
    const sender = new BackendFunction(this, name, {
      file: `events/${name}`,
      description: 'Sends events to webhooks',
      // For two tries, and deliveries that waited for a receiver that is back.
      timeout: Duration.seconds(60),
      failures: events.failures,
    })
    store.grant(sender, 'list', 'listDue', 'read', 'readMany', 'put', 'update')
    events.on('Webhooks', ['groundcrew.*'], sender)
  }
}
