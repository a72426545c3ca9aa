import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { sqsQueues } from '../../redrive/sqs-queues.ts'
import { stackQueues } from '../../redrive/stack-queues.ts'
import type { Local } from './story.ts'

const command = join(import.meta.dirname, '../../bin/redrive.ts')

/** `npm run redrive` with these arguments, as an operator in another terminal. */
export const redriveAs = async (t: TestContext, env: NodeJS.ProcessEnv, args: readonly string[]) => {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  t.after(() => child.kill('SIGKILL'))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code: child.exitCode }
}

/** On the local stack over this data. */
export const runRedrive = (t: TestContext, data: string, ...args: string[]) =>
  // What an operator has from elsewhere must not matter.
  redriveAs(t, { ...process.env, AWS_ACCESS_KEY_ID: 'AKIAELSEWHERE', AWS_REGION: 'us-east-1' }, [
    '--local',
    '--data',
    data,
    ...args,
  ])

/** The queues of a local stack as the operator's tools see them. */
export const operatorsQueues = async (t: TestContext, { operator }: Pick<Local, 'operator'>) => {
  const sqs = sqsQueues({
    endpoint: operator.AWS_ENDPOINT_URL_SQS ?? '',
    region: operator.AWS_REGION ?? '',
    credentials: {
      accessKeyId: operator.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: operator.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: operator.AWS_SESSION_TOKEN ?? '',
    },
  })
  t.after(() => sqs.close())
  const stackName = operator.GROUNDCREW_STACK ?? ''
  return { sqs, stackName, queues: await stackQueues(sqs, stackName) }
}
