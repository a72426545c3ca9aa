/**
 * The backend that `killed-telling.test.ts` kills, with a witness of its bus: a queue that gets every event and that
 * nobody reads. Says each event that is put on the bus, when it is taken.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import * as z from 'zod'
import type { Template } from '../../lib/synthesize.ts'
import { start } from '../../local/start.ts'

const service = 'events.amazonaws.com'

export const withWitness = (template: Template): void => {
  const [bus] =
    Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::Events::EventBus') ?? []
  Object.assign(template.Resources, {
    Witness: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
    WitnessPolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Witness' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: service }, Action: 'sqs:SendMessage', Resource: '*' },
          ],
        },
      },
    },
    WitnessRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: bus },
        EventPattern: { source: ['groundcrew'] },
        Targets: [{ Id: 'Witness', Arn: { 'Fn::GetAtt': ['Witness', 'Arn'] } }],
      },
    },
  })
}

const Ready = z.object({ url: z.string() })

/** Starts one; `onTold` hears of every event that its bus takes. */
export const startTelling = async (t: TestContext, dataDirectory: string, onTold: () => void) => {
  const child: ChildProcess = spawn(process.execPath, [import.meta.filename, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  t.after(kill)
  if (!child.stdout) throw new Error('no output')
  const ready = Promise.withResolvers<string>()
  void exited.then(() => ready.reject(new Error('the backend ended before it was ready')))
  ready.promise.catch(() => {})
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'told') onTold()
    else ready.resolve(Ready.parse(JSON.parse(line)).url)
  })
  return { url: await ready.promise, kill }
}

if (import.meta.main) {
  const [, , dataDirectory = ''] = process.argv
  const onEvent = () => console.log('told')
  const { url } = await start({ dataDirectory, alter: withWitness, onEvent })
  console.log(JSON.stringify({ url }))
}
