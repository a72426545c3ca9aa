import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { Api } from './api.ts'
import type { DockLogin } from './dock-login.ts'
import type { DockServer } from './dock-server.ts'
import type { Events } from './events.ts'
import type { Ingest } from './ingest.ts'
import {
  ageOfChanges,
  counted,
  deadLettersOf,
  errorsOf,
  failuresOf,
  lostMessagesOf,
  ofApi,
  oldestOf,
  period,
  ruleErrorsOf,
  startsBy,
  throttledFunctions,
  throttledWritesOf,
} from './metrics.ts'
import type { Store } from './store.ts'
import type { Upkeep } from './upkeep.ts'

export type Watched = {
  readonly api: Api
  readonly ingest: Ingest
  readonly store: Store
  readonly upkeep: Upkeep
  readonly dockServer?: DockServer | undefined
  readonly events: Events
  readonly login: DockLogin | undefined
}

/** Something to be called about: `name` is the heading of its entry in `docs/runbook.md`. */
export type Watch = {
  name: string
  /**
   * What it looks at, where several of its kind are one alarm each; the alarm is called by the name and this.
   */
  of?: string
  /** What it means, in one sentence. */
  meaning: string
  metric: IMetric
  /** Called when the metric is more than this, or less. */
  limit: { over: number } | { under: number }
  /** For so many periods of five minutes in a row. @default 1 */
  periods?: number
  /**
   * No data is a fault too: the alarm then has insufficient data, of which the mail tells as well. @default
   * false
   */
  silenceIsFault?: boolean
}

const sweepsAPeriod = period.toMinutes()

/**
 * Few, because each costs by the metrics that it looks at, and each calls for something to be done. What
 * mends itself by a retry calls nobody, until it does not. A metric of several is one alarm where the same is
 * to be done about each.
 */
export const watches = ({ api, ingest, store, upkeep, dockServer, events, login }: Watched): Watch[] => {
  const { consumers, watchedRules: rules, ruleFailures } = ingest
  const lettersIn = (queue: typeof ruleFailures) =>
    queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period })
  return [
    {
      name: 'DeadLetters',
      meaning:
        'What devices or storage told could not be recorded in five attempts, and waits to be put back.',
      metric: deadLettersOf(consumers),
      limit: { over: 0 },
    },
    {
      name: 'MessagesDelayed',
      meaning: 'What devices or storage told has waited for more than five minutes to be recorded.',
      metric: oldestOf(consumers),
      limit: { over: 300 },
    },
    {
      name: 'RuleFailures',
      meaning: 'A topic rule could not hand a message to its queue; the message waits to be put back.',
      metric: lettersIn(ruleFailures),
      limit: { over: 0 },
    },
    {
      name: 'RuleErrors',
      meaning: 'IoT Core could not read a message with a rule of ours, or dropped it for exceeding a limit.',
      metric: ruleErrorsOf(rules),
      limit: { over: 0 },
    },
    ...rules.map((rule) => ({
      name: 'MessagesLost',
      of: rule.node.id,
      meaning: 'A topic rule could hand a message neither to its queue nor to the queue for failures.',
      metric: lostMessagesOf(rule),
      limit: { over: 0 },
    })),
    {
      // One queue and one alarm for all that EventBridge starts and nobody waits for, the clock's sweeps among it.
      name: 'EventFailures',
      meaning: 'A change could not be told to others, or what it or the clock starts failed three times.',
      metric: lettersIn(events.failures),
      limit: { over: 0 },
    },
    {
      name: 'EventsDelayed',
      meaning: 'Changes have waited for more than a quarter of an hour to be told to others.',
      metric: ageOfChanges(events.teller),
      limit: { over: 15 * 60_000 },
    },
    ...(dockServer
      ? [
          {
            name: 'AnswerFailures',
            meaning: 'What a dock asked or said was tried three times in vain; docks may not come online.',
            metric: lettersIn(dockServer.failures),
            limit: { over: 0 },
          },
        ]
      : []),
    {
      name: 'SweepsStopped',
      meaning: 'A sweep is not started once a minute any more: nothing ends what is due.',
      metric: startsBy(upkeep.clock),
      // One sweep that is not started is five starts less; the clock may be off by a few.
      limit: { under: sweepsAPeriod * upkeep.clock.reduce((sum, { starts }) => sum + starts, 0) - 3 },
      // In the first minutes of a stack some sweeps are started and others not yet.
      periods: 3,
      silenceIsFault: true,
    },
    {
      name: 'FunctionErrors',
      meaning: 'Functions that record what devices and storage tell have been crashing for fifteen minutes.',
      metric: errorsOf(consumers.map((consumer) => consumer.function)),
      limit: { over: 0 },
      periods: 3,
    },
    {
      name: 'FunctionThrottles',
      meaning: 'The account runs as many functions at once as it may.',
      metric: throttledFunctions,
      limit: { over: 0 },
      periods: 2,
    },
    {
      name: 'ApiErrors',
      meaning: 'Requests of operators failed for reasons that are not theirs.',
      metric: ofApi(api, '5xx', 'Sum'),
      limit: { over: 4 },
    },
    {
      name: 'ApiSlow',
      meaning: 'One in a hundred requests of operators took more than five seconds, for fifteen minutes.',
      metric: ofApi(api, 'Latency', 'p99'),
      limit: { over: 5_000 },
      periods: 3,
    },
    {
      name: 'TableThrottled',
      meaning: 'The table refused writes: its fuse, the account or one busy record is at its limit.',
      metric: throttledWritesOf(store),
      limit: { over: 0 },
      periods: 2,
    },
    {
      // Rare, and each for somebody to look at on that day: one count for all, since each would cost by itself.
      name: 'Incidents',
      meaning:
        'A dock may still be in debug mode, in which it cannot fly, or an archive was overwritten in storage.',
      metric: counted('Incidents'),
      limit: { over: 0 },
    },
    {
      name: 'UploadsStopped',
      meaning: 'A dock fell silent in the middle of an upload until its time was over.',
      metric: counted('UploadsFailed', { reason: 'timedOut' }),
      limit: { over: 0 },
    },
    ...(login ? loginWatches(login) : []),
  ]
}

const loginWatches = (login: DockLogin): Watch[] => [
  {
    name: 'DockLoginsRefused',
    meaning: 'Somebody tries to log in as a dock, again and again, and is refused.',
    metric: counted('DockLoginsRefused'),
    // A hand that mistypes is not meant; a dock with a wrong password comes again every few seconds.
    limit: { over: 20 },
  },
  {
    name: 'DockLoginsFailed',
    meaning: 'Docks that connect could not be asked for their login: the function failed, or was not free.',
    metric: failuresOf(login.function),
    limit: { over: 0 },
    periods: 2,
  },
]

/** What the alarm is called within its stack. */
export const titleOf = ({ name, of }: Watch): string => (of === undefined ? name : `${name}-${of}`)

/**
 * A watch as CloudWatch has it. Where silence is a fault it is told from the silence before the first
 * deployment by the change of the alarm's state: it begins with insufficient data, and only a change to that
 * calls anybody.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const conditionOf = ({ limit, periods = 1, silenceIsFault = false }: Watch) => ({
  ...('over' in limit
    ? { threshold: limit.over, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }
    : { threshold: limit.under, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }),
  evaluationPeriods: periods,
  treatMissingData: silenceIsFault ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
})
