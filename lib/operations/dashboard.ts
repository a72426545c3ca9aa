import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { accountWideName } from '../account-wide.ts'
import { counted, period } from './metrics.ts'
import { titleOf, type Watch } from './watches.ts'

export type DashboardProps = {
  /** Each gets a graph under the same name. */
  readonly watches: readonly Watch[]
}

/**
 * All values of a dimension that were ever counted; a search is free, unlike a metric for each possible
 * value.
 */
const each = (metricName: string, dimension: string): IMetric =>
  new MathExpression({
    expression: `SEARCH('{Groundcrew,service,${dimension}} MetricName="${metricName}"', 'Sum', ${period.toSeconds()})`,
    label: '',
    period,
  })

const graph = (title: string, left: IMetric[], more: object = {}): GraphWidget =>
  new GraphWidget({ title, left, width: 6, height: 5, ...more })

/** The system's work for its operators. */
const business = (): GraphWidget[] => [
  graph(
    'Uploads',
    ['UploadsStarted', 'UploadsVerified'].map((name) => counted(name)),
  ),
  graph('Uploads that failed, by reason', [each('UploadsFailed', 'reason')]),
  graph('Milliseconds until docks answer', [
    ...['p50', 'p99'].map((statistic) => counted('CommandReplyTime').with({ statistic, label: statistic })),
  ]),
  graph('Upgrades, by result', [each('UpgradesEnded', 'result')]),
  graph('Messages that were not understood or not used', [
    ...['RejectedMessages', 'DroppedFields', 'UnknownReplies', 'UnclaimedReports', 'IllegalSources'].map(
      (name) => counted(name),
    ),
  ]),
]

/** Alarms and business on one page. CloudWatch charges for it from the account's fourth dashboard on. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { watches }: DashboardProps) {
    super(scope, id)
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      // Dashboards belong to the account, not to the region.
      dashboardName: accountWideName(this),
    })
    dashboard.addWidgets(...business())
    dashboard.addWidgets(
      new TextWidget({
        markdown: '## Alarms\n`docs/runbook.md` has an entry for each.',
        width: 24,
        height: 2,
      }),
    )
    dashboard.addWidgets(
      ...watches.map((watch) =>
        graph(titleOf(watch), [watch.metric], {
          leftAnnotations: [{ value: 'over' in watch.limit ? watch.limit.over : watch.limit.under }],
        }),
      ),
    )
  }
}
