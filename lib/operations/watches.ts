import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { Api } from '../api/api.ts'
import type { Events } from '../background/events.ts'
import type { Ingest } from '../background/ingest.ts'
import type { Upkeep } from '../background/upkeep.ts'
import type { DockLogin } from '../docks/dock-login.ts'
import type { DockServer } from '../docks/dock-server.ts'
import type { Store } from '../storage/store.ts'
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

export type Watched = {
  readonly api: Api
  readonly ingest: Ingest
  readonly store: Store
  readonly upkeep: Upkeep
  readonly dockServer?: DockServer | undefined
  readonly events: Events
  readonly login: DockLogin | undefined
}

/** Something that raises an alarm; `name` is the heading of its entry in `docs/runbook.md`. */
export type Watch = {
  name: string
  /**
   * The resource that it watches, if several of its kind have an alarm each; it becomes part of the alarm's
   * name.
   */
  of?: string
  /** Its meaning, in one sentence. */
  meaning: string
  metric: IMetric
  /** The alarm is raised if the metric is above or below this. */
  limit: { over: number } | { under: number }
  /** The number of consecutive periods of five minutes. @default 1 */
  periods?: number
  /**
   * Missing data is a fault too: the alarm then has insufficient data, and sends a mail for that as well.
   * @default false
   */
  silenceIsFault?: boolean
}

const sweepsAPeriod = period.toMinutes()

/**
 * Few alarms: each costs by the number of its metrics, and each requires action. A fault that is retried
 * raises an alarm only when the retries are used up. Metrics that require the same action share an alarm.
 */
export const watches = ({ api, ingest, store, upkeep, dockServer, events, login }: Watched): Watch[] => {
  const { consumers, watchedRules: rules, ruleFailures } = ingest
  const lettersIn = (queue: typeof ruleFailures) =>
    queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period })
  return [
    {
      name: 'DeadLetters',
      meaning:
        'Messages of devices or storage could not be recorded in five attempts, and wait to be put back.',
      metric: deadLettersOf(consumers),
      limit: { over: 0 },
    },
    {
      name: 'MessagesDelayed',
      meaning: 'Messages of devices or storage have waited for more than five minutes to be recorded.',
      metric: oldestOf(consumers),
      limit: { over: 300 },
    },
    {
      name: 'RuleFailures',
      meaning: 'A topic rule could not deliver a message to its queue; the message waits to be put back.',
      metric: lettersIn(ruleFailures),
      limit: { over: 0 },
    },
    {
      name: 'RuleErrors',
      meaning: 'IoT Core could not parse a message for one of our rules, or dropped it because of a limit.',
      metric: ruleErrorsOf(rules),
      limit: { over: 0 },
    },
    ...rules.map((rule) => ({
      name: 'MessagesLost',
      of: rule.node.id,
      meaning: 'A topic rule could deliver a message neither to its queue nor to the failure queue.',
      metric: lostMessagesOf(rule),
      limit: { over: 0 },
    })),
    {
      // One queue and one alarm for everything that EventBridge starts asynchronously, including the sweeps.
      name: 'EventFailures',
      meaning:
        'A change could not be published, or a function started by an event or the schedule failed three times.',
      metric: lettersIn(events.failures),
      limit: { over: 0 },
    },
    {
      name: 'EventsDelayed',
      meaning: 'Changes have waited for more than a quarter of an hour to be published.',
      metric: ageOfChanges(events.publisher),
      limit: { over: 15 * 60_000 },
    },
    ...(dockServer
      ? [
          {
            name: 'AnswerFailures',
            meaning:
              'A message of a dock could not be answered in three attempts; docks may not come online.',
            metric: lettersIn(dockServer.failures),
            limit: { over: 0 },
          },
        ]
      : []),
    {
      name: 'SweepsStopped',
      meaning: 'A sweep is no longer started once a minute: due items are not processed.',
      metric: startsBy(upkeep.clock),
      // One sweep that is not started means five starts fewer; the schedule may be off by a few.
      limit: { under: sweepsAPeriod * upkeep.clock.reduce((sum, { starts }) => sum + starts, 0) - 3 },
      // In a stack's first minutes not all sweeps have started.
      periods: 3,
      silenceIsFault: true,
    },
    {
      name: 'FunctionErrors',
      meaning: 'Functions that record messages of devices and storage have been failing for fifteen minutes.',
      metric: errorsOf(consumers.map((consumer) => consumer.function)),
      limit: { over: 0 },
      periods: 3,
    },
    {
      name: 'FunctionThrottles',
      meaning: 'The account has reached its limit of concurrent functions.',
      metric: throttledFunctions,
      limit: { over: 0 },
      periods: 2,
    },
    {
      name: 'ApiErrors',
      meaning: 'Requests of operators failed because of faults on our side.',
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
      meaning:
        'The table refused writes: its own limit, the account’s or that of one busy record is reached.',
      metric: throttledWritesOf(store),
      limit: { over: 0 },
      periods: 2,
    },
    {
      // Rare, and to be looked at on the same day: one count for all, since each metric would cost by itself.
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
    // This tolerates typing errors; a dock with a wrong password retries every few seconds.
    limit: { over: 20 },
  },
  {
    name: 'DockLoginsFailed',
    meaning: 'Logins of docks could not be checked: the function failed, or was not free.',
    metric: failuresOf(login.function),
    limit: { over: 0 },
    periods: 2,
  },
]

/** The alarm's name within its stack. */
export const titleOf = ({ name, of }: Watch): string => (of === undefined ? name : `${name}-${of}`)

/**
 * A watch as CloudWatch's condition. If silence is a fault, the alarm's change of state tells it from the
 * silence before the first deployment: it begins with insufficient data, and only a change to that state
 * sends a mail.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const conditionOf = ({ limit, periods = 1, silenceIsFault = false }: Watch) => ({
  ...('over' in limit
    ? { threshold: limit.over, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }
    : { threshold: limit.under, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }),
  evaluationPeriods: periods,
  treatMissingData: silenceIsFault ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
})
