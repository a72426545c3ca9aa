import { Stack } from 'aws-cdk-lib'
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { options } from '../options/options.ts'
import { AlarmTopic } from './alarm-topic.ts'
import { Dashboard } from './dashboard.ts'
import { conditionOf, titleOf, type Watched, watches } from './watches.ts'

export type OperationsProps = Watched

/**
 * Alarms and dashboard for operators: alarms (`-c alarms=off` leaves them out), a mail for each (`-c
 * alarmEmail=`), an existing topic (`-c alarmTopicArn=`), a dashboard (`-c dashboard=on`). An alarm is named
 * after the stack and its entry in `docs/runbook.md`, which says what to do.
 * docs/adr/0008-what-watching-costs.md has their cost.
 */
export class Operations extends Construct {
  constructor(scope: Construct, id: string, watched: OperationsProps) {
    super(scope, id)
    const { alarms, dashboard } = options(this)
    const all = watches(watched)
    if (dashboard === 'on') new Dashboard(this, 'Dashboard', { watches: all })
    if (alarms === 'off') return
    const topics = this.topics()
    for (const watch of all) {
      const alarm = new Alarm(this, titleOf(watch), {
        alarmName: `${Stack.of(this).stackName}-${titleOf(watch)}`,
        alarmDescription: `${watch.meaning} What to do: docs/runbook.md#${watch.name.toLowerCase()}`,
        metric: watch.metric,
        ...conditionOf(watch),
      })
      for (const topic of topics) {
        alarm.addAlarmAction(new SnsAction(topic))
        alarm.addOkAction(new SnsAction(topic))
        if (watch.silenceIsFault) alarm.addInsufficientDataAction(new SnsAction(topic))
      }
    }
  }

  private topics(): ITopic[] {
    const { alarmEmail, alarmTopicArn } = options(this)
    return [
      ...(alarmEmail ? [new AlarmTopic(this, 'Announcements', { email: alarmEmail }).topic] : []),
      ...(alarmTopicArn ? [Topic.fromTopicArn(this, 'GivenTopic', alarmTopicArn)] : []),
    ]
  }
}
