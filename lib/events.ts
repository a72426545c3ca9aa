import { Aws, Duration, Stack, Token } from 'aws-cdk-lib'
import { EventBus, type IEventBus, type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { type EventSelection, eventSource } from '../lambdas/events/names.ts'
import { streams } from '../lambdas/triggers.ts'
import { BackendFunction } from './backend-function.ts'
import { failureQueue } from './failure-queue.ts'
import { options } from './options.ts'
import type { Store } from './store.ts'
import { WrongOptions } from './wrong-options.ts'

/**
 * Changes are told to whoever wants to know: the table's stream starts a function that puts what changed on a
 * bus. Ours hang functions on it by `on`, others their own rules; `docs/events.md` says how. What cannot be told,
 * or fails in a function that an event or the clock started, waits in one queue.
 */
export class Events extends Construct {
  readonly eventBus: IEventBus
  readonly busArn: string
  /** What could not be told, and starts that failed: give it to functions that `on` or the clock starts. */
  readonly failures: Queue
  /** Reads the table's stream. */
  readonly teller: BackendFunction
  private readonly source: string

  constructor(scope: Construct, id: string, { store }: { readonly store: Store }) {
    super(scope, id)
    this.source = eventSource(Aws.STACK_NAME)
    this.failures = failureQueue(this, 'EventFailures')
    this.eventBus = this.busOf(options(this).eventBusArn)
    this.busArn = this.eventBus.eventBusArn
    const { changes } = streams
    const teller = new BackendFunction(this, changes.function, {
      file: `stream/${changes.function}`,
      description: 'Tells others what changes',
      timeout: Duration.seconds(60),
    })
    this.teller = teller
    store.grant(teller, 'readMany')
    this.grantTell(teller)
    teller.allow(['sqs:SendMessage'], [this.failures.queueArn])
    teller.tell(env.eventFailures, this.failures.queueUrl)
    store.announceChanges(teller, changes, this.failures)
  }

  /** Lets `fn` put events on the bus. */
  grantTell(fn: BackendFunction): void {
    fn.allow(['events:PutEvents'], [this.busArn])
    fn.tell(env.eventBus, this.busArn)
    fn.tell(env.eventSource, this.source)
  }

  /**
   * Starts `fn` asynchronously with each event of these types of this stack: at least once, in no order. EventBridge
   * tries for a day, then its event waits among the failures.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   */
  on(id: string, types: readonly EventSelection[], fn: BackendFunction): void {
    this.rule(this, id, {
      types,
      description: `What starts ${fn.node.id}`,
      targets: [
        new LambdaFunction(fn.lambda, {
          deadLetterQueue: this.failures,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    })
  }

  /** A rule for events of these types of this stack. */
  rule(scope: Construct, id: string, { types, description, targets }: EventRule): Rule {
    return new Rule(scope, id, {
      eventBus: this.eventBus,
      ...(description === undefined ? {} : { description }),
      eventPattern: {
        source: ['groundcrew'],
        detailType: Match.anyOf(...types.map(matching)),
        detail: { source: [this.source] },
      },
      targets: [...targets],
    })
  }

  /** @throws WrongOptions for a bus that is not where the stack is, as far as that is known before it is deployed. */
  private busOf(arn: string | undefined): IEventBus {
    // The CDK's own types are not made for `exactOptionalPropertyTypes`.
    if (arn === undefined) return new EventBus(this, 'Bus', { eventBusName: Aws.STACK_NAME }) as IEventBus
    if (Token.isUnresolved(arn)) return EventBus.fromEventBusArn(this, 'Bus', arn)
    const [, , , region = '', account = ''] = arn.split(':')
    const { CDK_DEFAULT_REGION, CDK_DEFAULT_ACCOUNT } = process.env
    this.mustBe('region', Stack.of(this).region, CDK_DEFAULT_REGION, region)
    this.mustBe('account', Stack.of(this).account, CDK_DEFAULT_ACCOUNT, account)
    return EventBus.fromEventBusArn(this, 'Bus', arn)
  }

  /** A stack without a place of its own goes where the CDK's command line says. */
  private mustBe(what: string, own: string, usual: string | undefined, given: string): void {
    const place = Token.isUnresolved(own) ? usual : own
    if (place === undefined || place === given) return
    throw new WrongOptions(
      `These options (-c name=value) are wrong:\n  eventBusArn: must be in the stack’s ${what}, ${place}`,
    )
  }
}

export type EventRule = {
  readonly types: readonly EventSelection[]
  readonly description?: string | undefined
  readonly targets: readonly IRuleTarget[]
}

const matching = (type: EventSelection): string | string[] =>
  type.endsWith('.*') ? Match.prefix(type.slice(0, -1)) : type
