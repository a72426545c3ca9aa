import { routes } from '../../lambdas/contract/routes.ts'
import { answerRules, eventTriggers, logins, queues, schedules, streams } from '../../lambdas/triggers.ts'

const names = (triggers: Record<string, { function: string }>, folder: string): string[] =>
  Object.values(triggers).map((trigger) => `${folder}/${trigger.function}`)

/**
 * The functions, as paths of their files under `lambdas/functions/` without `.ts`: all that a route, a queue,
 * a topic rule, a login, the schedule, the table's stream or an event starts. Nothing else is bundled, so a
 * file without a trigger is never deployed.
 */
export const functionFiles: readonly string[] = [
  ...new Set([
    ...names(routes, 'api'),
    ...names(queues, 'ingest'),
    ...names(answerRules, 'docks'),
    ...names(logins, 'docks'),
    ...names(schedules, 'clock'),
    ...names(streams, 'stream'),
    ...names(eventTriggers, 'events'),
  ]),
]
